using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Train.Data;

/// <summary>A data set on the hub: the Parquet files into which the hub converts each one, or the files of a revision.</summary>
internal static class HubDataSet
{
    /// <summary>The branch of the conversion, with files such as <c>default/train/0000.parquet</c>.</summary>
    private const string Conversion = "refs/convert/parquet";

    private const string DefaultConfiguration = "default";
    private const string PartialPrefix = "partial-";

    /// <param name="text">As the user wrote it.</param>
    /// <param name="address"><c>owner/name[@revision][:split]</c>.</param>
    /// <param name="hub">Downloads.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <exception cref="IOException">It is not to be had; the message says what to do.</exception>
    /// <exception cref="InvalidDataException">It has no such split, or no files that can be read.</exception>
    public static DataSource Open(string text, string address, HubClient hub, CancellationToken cancellation)
    {
        int colon = address.IndexOf(':', StringComparison.Ordinal);
        string? split = colon < 0 ? null : address[(colon + 1)..];
        HubRepository repository = HubRepository.TryParse(HubKind.DataSet, colon < 0 ? address : address[..colon]) is { } parsed && split is not ""
            ? parsed
            : throw new UsageException($"--data: expected hub:owner/name[@revision][:split]; found '{text}'.");
        try
        {
            HubSnapshot files = Fetch(repository, names => Choose(text, names, split), hub, cancellation);
            var splits = files.Files.GroupBy(name => SplitOf(name)).ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group.Select(files.PathOf)]);
            return new(splits, text, $"hub:{repository.Id}@{files.Commit}{(split is null ? "" : $":{split}")}");
        }
        catch (HubException e)
        {
            throw new HubException(
                $"{e.Message} With a network, 'train fetch --data {text}' downloads it. By hand: save the Parquet files of {hub.PageOf(repository with { Revision = repository.Revision == HubRepository.DefaultRevision ? Conversion : repository.Revision })} and give them as --data FILE….",
                e);
        }
    }

    /// <summary>The conversion of what is on the main branch; a data set that has none, or another revision, is taken as it is.</summary>
    private static HubSnapshot Fetch(HubRepository repository, Func<IReadOnlyList<string>, IReadOnlyList<string>> choose, HubClient hub, CancellationToken cancellation)
    {
        if (repository.Revision == HubRepository.DefaultRevision)
        {
            try
            {
                return hub.FetchAsync(repository with { Revision = Conversion }, choose, cancellation).GetAwaiter().GetResult();
            }
            catch (HubException e) when (e.IsMissing)
            {
                // Not converted.
            }
        }

        return hub.FetchAsync(repository, choose, cancellation).GetAwaiter().GetResult();
    }

    /// <summary>The files to download: those of the only configuration or of the default one, of one split or of all that are used.</summary>
    private static string[] Choose(string text, IReadOnlyList<string> names, string? split)
    {
        string[] files = [.. names.Where(ArticleFile.IsArticles).Order(StringComparer.Ordinal)];
        string[] configurations = [.. files.Where(file => file.Split('/') is [_, _, _]).Select(file => file.Split('/')[0]).Distinct(StringComparer.Ordinal)];
        if (configurations.Length > 1)
        {
            files = configurations.Contains(DefaultConfiguration)
                ? [.. files.Where(file => file.StartsWith($"{DefaultConfiguration}/", StringComparison.Ordinal))]
                : throw new InvalidDataException($"{text}: the data set has several configurations, {string.Join(", ", configurations.Order(StringComparer.Ordinal))}; download the files of one and give them as --data FILE….");
        }

        string[] splits = [.. files.Select(SplitOf).Distinct(StringComparer.Ordinal)];
        return files.Length == 0 ? throw new InvalidDataException($"{text}: expected files of Parquet, CSV or JSON Lines; found none.")
            : split is null ? files
            : splits.Contains(split) ? [.. files.Where(file => SplitOf(file) == split)]
            : throw new InvalidDataException($"{text}: expected the split '{split}'; found {string.Join(", ", splits.Select(name => $"'{name}'"))}.");
    }

    /// <summary>In the conversion the split is a folder's name, whatever it is; elsewhere it is a word in the path.</summary>
    private static string SplitOf(string file) => file.Split('/') is [_, var folder, _]
        ? (folder.StartsWith(PartialPrefix, StringComparison.Ordinal) ? folder[PartialPrefix.Length..] : folder)
        : SplitNames.Find(file) ?? SplitNames.Train;
}
