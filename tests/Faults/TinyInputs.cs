using FakeNewsOnnx.Fuzz;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>A base model and articles so small that a whole training takes a moment.</summary>
internal sealed class TinyInputs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyInputs()
    {
        Directory.CreateDirectory(Base);
        foreach (string file in Directory.GetFiles(ReferenceModel.Tiny.Base))
        {
            File.Copy(file, In("base", Path.GetFileName(file)));
        }

        File.WriteAllBytes(In("base", Gpt2Tokenizer.VocabularyFile), SmallVocabulary.Json);
        File.WriteAllBytes(In("base", Gpt2Tokenizer.MergesFile), SmallVocabulary.Merges);
        File.WriteAllText(Articles, "title,content,classification\n" + string.Concat(Enumerable.Range(1, 48).Select(i =>
            $"title {i},\"{(i % 2 == 0 ? "The council met" : "Aliens landed!!")} {i * 7919 % 101}, said {i}.\",{(i % 2 == 0 ? "real" : "fake")}\n")));
    }

    public string Base => In("base");

    public string Articles => In("articles.csv");

    public string In(params ReadOnlySpan<string> parts) => _folder.In(parts);

    /// <summary>The arguments of a training that takes a second once it has started, with a checkpoint every two steps.</summary>
    public string[] Fit(string output, params string[] more) => FitFor(4, output, more);

    /// <summary>The same for another number of epochs.</summary>
    public string[] FitFor(int epochs, string output, params string[] more) =>
    [
        "fit", "--data", Articles, "--base", Base, "--out", output, "--cache-dir", In("cache"), "--recipe", "sample", "--max-length", "48", "--num-train-epochs", $"{epochs}",
        "--per-device-train-batch-size", "8", "--lora-dropout", "0.1", "--save-strategy", "steps", "--save-steps", "2", .. more,
    ];

    /// <summary>The files of a finished training, but for those that hold times.</summary>
    public static SortedDictionary<string, string> BytesOf(string output) => new(
        Directory.GetFiles(output, "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("runs", StringComparison.Ordinal) && Path.GetFileName(file) != "report.html")
            .ToDictionary(file => Path.GetRelativePath(output, file), file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))),
        StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();
}
