using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Train.Data;

/// <summary>What one value of <c>--data</c> names: a file, a folder of files, or a data set on the hub.</summary>
/// <param name="Splits">Files by the name of their split; an empty name where nothing is said of splits.</param>
/// <param name="Name">What a report calls it.</param>
/// <param name="Revision">The hub's commit, as <c>hub:owner/name@commit</c>; null for files of the user's own.</param>
internal sealed record DataSource(IReadOnlyDictionary<string, IReadOnlyList<string>> Splits, string Name, string? Revision)
{
    private const string HubPrefix = "hub:";

    /// <summary>The same without folders.</summary>
    public string ShortName => Revision is null ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Name)) : Name;

    /// <summary>Finds the files of each part, after a download if they are on the hub. A part that is not named here is taken from the splits of the training data, if these have it.</summary>
    /// <param name="train">Values of <c>--data</c>.</param>
    /// <param name="validation">Values of <c>--validation-data</c>; none to look for a split.</param>
    /// <param name="test">Values of <c>--test-data</c>; none to look for a split.</param>
    /// <param name="holdsOut">Whether the recipe wants held-out articles. If it does not, a test split validates where there is no validation split, as in the notebook.</param>
    /// <param name="hub">Downloads what is not here.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <exception cref="IOException">Something is neither here nor on the hub.</exception>
    /// <exception cref="InvalidDataException">It has no such split, or no files that can be read.</exception>
    public static DataFiles Resolve(IReadOnlyList<string> train, IReadOnlyList<string> validation, IReadOnlyList<string> test, bool holdsOut, HubClient hub, CancellationToken cancellation)
    {
        DataSource[] training = [.. train.Select(text => Open(text, hub, cancellation))];
        IReadOnlyList<string>? validationFiles = Own(validation, SplitNames.Validation, SplitNames.Test) ?? Split(SplitNames.Validation);
        IReadOnlyList<string>? testFiles = Own(test, SplitNames.Test) ?? Split(SplitNames.Test);
        if (validationFiles is null && test.Count == 0 && !holdsOut)
        {
            (validationFiles, testFiles) = (testFiles, null);
        }

        string[] revisions = [.. training.Select(source => source.Revision).OfType<string>()];
        return new([.. training.SelectMany(source => source.Pick(SplitNames.Train))], validationFiles, testFiles)
        {
            Name = string.Join(", ", training.Select(source => source.Name)),
            ShortName = string.Join(", ", training.Select(source => source.ShortName)),
            HubId = training is [{ Revision: not null } only] ? only.Revision[HubPrefix.Length..only.Revision.IndexOf('@', StringComparison.Ordinal)] : null,
            Revision = revisions.Length == 0 ? null : string.Join(", ", revisions),
        };

        IReadOnlyList<string>? Own(IReadOnlyList<string> texts, params string[] splits) => texts.Count == 0 ? null : [.. texts.SelectMany(text => Open(text, hub, cancellation).Pick(splits))];

        IReadOnlyList<string>? Split(string name) => training.SelectMany(source => source.Splits.GetValueOrDefault(name) ?? []).ToArray() is { Length: > 0 } files ? files : null;
    }

    /// <summary>Finds the files whose articles are to be measured: of each value the test split, else the validation split, else its only one.</summary>
    /// <inheritdoc cref="Resolve"/>
    public static DataFiles ResolveMeasured(IReadOnlyList<string> data, HubClient hub, CancellationToken cancellation)
    {
        DataSource[] sources = [.. data.Select(text => Open(text, hub, cancellation))];
        return new([.. sources.SelectMany(source => source.Pick(SplitNames.Test, SplitNames.Validation))])
        {
            Name = string.Join(", ", sources.Select(source => source.Name)),
            ShortName = string.Join(", ", sources.Select(source => source.ShortName)),
        };
    }

    /// <summary>Finds the files of one value.</summary>
    /// <inheritdoc cref="Resolve"/>
    public static DataSource Open(string text, HubClient hub, CancellationToken cancellation)
    {
        if (text.StartsWith(HubPrefix, StringComparison.Ordinal))
        {
            return HubDataSet.Open(text, text[HubPrefix.Length..], hub, cancellation);
        }

        if (!Directory.Exists(text))
        {
            return File.Exists(text)
                ? new(new Dictionary<string, IReadOnlyList<string>> { [""] = [text] }, text, null)
                : throw new FileNotFoundException($"{text}: no such file or folder; a data set on the hub is {HubPrefix}owner/name.");
        }

        string[] names = [.. Directory.EnumerateFiles(text).Select(file => Path.GetFileName(file)).Where(ArticleFile.IsArticles).Order(StringComparer.Ordinal)];
        return names.Length == 0
            ? throw new InvalidDataException($"{text}: expected files of CSV, JSON Lines or Parquet; found none.")
            : new(SplitNames.Group(names).ToDictionary(split => split.Key, IReadOnlyList<string> (split) => [.. split.Select(name => Path.Combine(text, name))]), text, null);
    }

    /// <summary>The files of the first of these splits that is there, or of the only one.</summary>
    /// <exception cref="InvalidDataException">It has several, and none of these.</exception>
    public IReadOnlyList<string> Pick(params ReadOnlySpan<string> splits)
    {
        foreach (string split in splits)
        {
            if (Splits.TryGetValue(split, out var files))
            {
                return files;
            }
        }

        return Splits.Count == 1
            ? Splits.Values.Single()
            : throw new InvalidDataException($"{Name}: expected the split {string.Join(" or ", splits.ToArray().Select(split => $"'{split}'"))}; found {string.Join(", ", Splits.Keys.Select(split => $"'{split}'"))}.");
    }
}
