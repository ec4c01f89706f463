using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>The library inside a web service, over HTTP.</summary>
internal sealed class WebSampleTests
{
    private const string Listening = "Now listening on: ";

    [Test]
    public async Task Classify_AnswersOverHttp()
    {
        using var folder = new TemporaryFolder();
        string model = folder.In("model.onnx");
        File.WriteAllBytes(model, ByteModel.ToBytes());
        using var server = Start(model);
        try
        {
            using var client = new HttpClient { BaseAddress = new(await AddressOf(server)) };

            var answer = await client.PostAsJsonAsync("classify", new { title = (string?)null, content = "PPPPPP" });
            var refusal = await client.PostAsJsonAsync("classify", new { title = "a", content = "" });

            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo("""{"label":"real","score":0.97068775,"tokens":8,"truncated":false}"""));
            Assert.That(refusal.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(await refusal.Content.ReadFromJsonAsync<JsonElement>(), Has.Property(nameof(JsonElement.ValueKind)).EqualTo(JsonValueKind.String));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    [Test]
    public async Task AServerWithoutAModel_DoesNotStart()
    {
        using var server = Start("missing.onnx");

        string errors = await server.StandardError.ReadToEndAsync();
        await server.WaitForExitAsync();

        Assert.That(server.ExitCode, Is.Not.Zero);
        Assert.That(errors, Does.Contain("missing.onnx: there is no such model file."));
    }

    private static Process Start(string model)
    {
        string program = Repository.PathOf("samples", "web", "bin", Repository.Configuration, "net10.0", "FakeNewsOnnx.Samples.Web.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, "--model", model, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    private static async Task<string> AddressOf(Process server)
    {
        while (await server.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains(Listening, StringComparison.Ordinal))
            {
                return line.Split(Listening)[1].Trim();
            }
        }

        throw new InvalidOperationException($"the server ended: {await server.StandardError.ReadToEndAsync()}");
    }
}
