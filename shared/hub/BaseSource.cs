using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Hub;

/// <summary>Where a base model lies on this machine.</summary>
/// <param name="Directory">With config.json, model.safetensors and, usually, the tokenizer's files.</param>
/// <param name="Revision">The hub's commit; null for a directory of the user's own.</param>
public sealed record BaseSource(string Directory, string? Revision)
{
    /// <summary>What <c>--base</c> takes.</summary>
    public const string Description = "The base model: a directory with config.json, model.safetensors, vocab.json and merges.txt, or its name on the Hugging Face hub, such as gpt2 or openai-community/gpt2-medium@main.";

    /// <summary>What is downloaded of a model, where it is there. Weights come as safetensors only: a pickle can run code.</summary>
    private static readonly string[] Files =
    [
        Gpt2Config.FileName, BaseModel.WeightsFile, Gpt2Tokenizer.VocabularyFile, Gpt2Tokenizer.MergesFile,
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    ];

    /// <summary>Finds the directory that is meant, after a download if it is on the hub.</summary>
    /// <exception cref="IOException">It is neither here nor there; the message says what to do.</exception>
    /// <exception cref="InvalidDataException">The repository has no weights that are read here.</exception>
    public static BaseSource Resolve(string text, HubClient hub, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(hub);
        if (System.IO.Directory.Exists(text))
        {
            return new(text, null);
        }

        HubRepository repository = HubRepository.TryParse(HubKind.Model, text)
            ?? throw new DirectoryNotFoundException($"{text}: no such directory; a base model is a directory with {Gpt2Config.FileName} and {BaseModel.WeightsFile}, or a name on the hub such as gpt2.");
        try
        {
            HubSnapshot snapshot = hub.FetchAsync(repository, names => Choose(repository, names), cancellation).GetAwaiter().GetResult();
            return new(snapshot.Directory, snapshot.Commit);
        }
        catch (HubException e)
        {
            throw new HubException(
                $"{e.Message} {text} is no directory here, so it was looked for on the hub. "
                + $"With a network, 'train fetch --base {text}' downloads it. By hand: save {string.Join(", ", Files.Take(3))} and {Files[3]} of {hub.PageOf(repository)} in a folder, such as models/{repository.Id.Split('/')[^1]}, and give that as --base.",
                e);
        }
    }

    private static string[] Choose(HubRepository repository, IReadOnlyList<string> names)
    {
        string[] missing = [.. Files.Take(2).Where(file => !names.Contains(file))];
        return missing.Length == 0 ? [.. Files.Where(names.Contains)]
            : names.Contains(BaseModel.WeightsFile + ".index.json") ? throw new InvalidDataException($"{repository}: its weights are in several files; a base model has them in one, {BaseModel.WeightsFile}.")
            : names.Any(name => name.EndsWith(".bin", StringComparison.Ordinal)) && missing is [BaseModel.WeightsFile]
                ? throw new InvalidDataException($"{repository}: expected {BaseModel.WeightsFile}; its weights are a pickle, which could run code and is never loaded.")
            : throw new InvalidDataException($"{repository}: expected {string.Join(" and ", missing)}; found {names.Count} other files.");
    }
}
