using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Hub;

/// <summary>What a repository of the hub holds.</summary>
public enum HubKind
{
    /// <summary>A model.</summary>
    Model,

    /// <summary>A data set.</summary>
    DataSet,
}

/// <summary>A repository of the hub, at one of its revisions.</summary>
/// <param name="Kind">Model or data set.</param>
/// <param name="Id"><c>owner/name</c>, or <c>name</c> alone for the hub's oldest models.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
public sealed partial record HubRepository(HubKind Kind, string Id, string Revision = HubRepository.DefaultRevision)
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>The first word of the hub's addresses and of the cache's folders.</summary>
    internal string Plural => Kind == HubKind.Model ? "models" : "datasets";

    /// <summary>The path of its pages and files on the hub.</summary>
    internal string WebPath => Kind == HubKind.Model ? Id : $"datasets/{Id}";

    /// <summary>The folder's name in the cache.</summary>
    internal string FolderName => $"{Plural}--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>Whether the revision names one commit, which never changes.</summary>
    public bool IsPinned => CommitPattern().IsMatch(Revision);

    /// <summary>Reads <c>owner/name[@revision]</c>; null if the text is not of that form.</summary>
    public static HubRepository? TryParse(HubKind kind, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string id = at < 0 ? text : text[..at], revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        bool isId = IdPattern().IsMatch(id) && id.Length <= 96 && !id.Contains("--", StringComparison.Ordinal) && !id.Contains("..", StringComparison.Ordinal);
        return isId && (kind == HubKind.Model || id.Contains('/', StringComparison.Ordinal)) && RepositoryPath.FindMistake(revision) is null ? new(kind, id, revision) : null;
    }

    /// <summary>Whether a text is the name of a commit.</summary>
    internal static bool IsCommit(string? text) => text is not null && CommitPattern().IsMatch(text);

    /// <summary>As a user writes it.</summary>
    public override string ToString() => Revision == DefaultRevision ? Id : $"{Id}@{Revision}";

    [GeneratedRegex(@"^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?(?:/[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?)?\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex CommitPattern();
}
