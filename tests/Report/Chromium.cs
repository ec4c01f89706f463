using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FakeNewsOnnx.Tests.Report;

/// <summary>A headless Chromium with one page, over the DevTools protocol: <c>apt-get install chromium</c>.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Places =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];

    private readonly Process _process;
    private readonly TemporaryFolder _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonElement> _events = [];
    private int _lastId;
    private string? _session;

    private Chromium(Process process, TemporaryFolder profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>What the page has reported so far: console messages, exceptions, log entries (refused by its policy, not found, …).</summary>
    public IEnumerable<string> Messages => _events
        .Where(entry => Method(entry) is "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded" or "Audits.issueAdded")
        .Select(entry => entry.GetRawText());

    /// <summary>The addresses that it has asked for.</summary>
    public IEnumerable<string> Requests => _events
        .Where(entry => Method(entry) == "Network.requestWillBeSent")
        .Select(entry => entry.GetProperty("params").GetProperty("request").GetProperty("url").GetString()!);

    /// <summary>Starts it, or ignores the test where there is none.</summary>
    public static async Task<Chromium> StartAsync()
    {
        if (Places.FirstOrDefault(File.Exists) is not { } program)
        {
            Assert.Ignore("Chromium is not installed.");
            throw new InvalidOperationException();
        }

        TemporaryFolder profile = new();
        string[] privileges = OperatingSystem.IsLinux() && Environment.UserName == "root" ? ["--no-sandbox"] : [];
        Process process = Process.Start(new ProcessStartInfo(program, [
            "--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage",
            "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", .. privileges, "about:blank"])
        {
            RedirectStandardError = true,
        })!;
        var chromium = new Chromium(process, profile);
        await chromium.ConnectAsync();
        return chromium;
    }

    /// <summary>Loads a file and waits until it is there whole.</summary>
    public async Task OpenAsync(string path)
    {
        _events.Clear();
        await SendAsync("Page.navigate", new() { ["url"] = new Uri(path).AbsoluteUri });
        while (_events.All(entry => Method(entry) != "Page.loadEventFired"))
        {
            await ReceiveAsync();
        }
    }

    /// <summary>The value of an expression of JavaScript.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement answer = await SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        Assert.That(answer.TryGetProperty("exceptionDetails", out JsonElement details), Is.False, () => details.GetRawText());
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Sends a command of the protocol and gives its result.</summary>
    public async Task<JsonElement> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastId;
        JsonObject message = new() { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        while (true)
        {
            JsonElement answer = await ReceiveAsync();
            if (answer.TryGetProperty("id", out JsonElement answered) && answered.GetInt32() == id)
            {
                Assert.That(answer.TryGetProperty("error", out JsonElement error), Is.False, () => $"{method}: {error.GetRawText()}");
                return answer.GetProperty("result");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _profile.Dispose();
    }

    private async Task ConnectAsync()
    {
        const string announcement = "DevTools listening on ";
        string? line;
        do
        {
            line = await _process.StandardError.ReadLineAsync() ?? throw new IOException("Chromium has ended before it said where it listens.");
        }
        while (!line.StartsWith(announcement, StringComparison.Ordinal));
        _ = _process.StandardError.ReadToEndAsync();
        await _socket.ConnectAsync(new(line[announcement.Length..]), CancellationToken.None);

        JsonElement target = await SendAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        JsonElement attached = await SendAsync("Target.attachToTarget", new() { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true });
        _session = attached.GetProperty("sessionId").GetString();
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network", "Audits"])
        {
            await SendAsync($"{domain}.enable");
        }
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            message.Write(buffer.AsSpan(0, part.Count));
        }
        while (!part.EndOfMessage);

        JsonElement received = JsonElement.Parse(message.ToArray());
        if (Method(received) is not null)
        {
            _events.Add(received);
        }

        return received;
    }

    private static string? Method(JsonElement message) => message.TryGetProperty("method", out JsonElement method) ? method.GetString() : null;
}
