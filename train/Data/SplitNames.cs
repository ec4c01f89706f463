using System.Text.RegularExpressions;

namespace FakeNewsOnnx.Train.Data;

/// <summary>The splits that names of files tell of, by the words that Hugging Face datasets looks for.</summary>
internal static partial class SplitNames
{
    public const string Train = "train";
    public const string Validation = "validation";
    public const string Test = "test";

    /// <summary>Files by split; those whose name has none of the words are for training, if there are others.</summary>
    public static IEnumerable<IGrouping<string, string>> Group(IReadOnlyList<string> names)
    {
        bool anyNamed = names.Any(name => Find(name) is not null);
        return names.GroupBy(name => Find(name) ?? (anyNamed ? Train : ""));
    }

    /// <summary>The split of <c>data/test-00000-of-00001.parquet</c>, whose words are those of its last folder or of its name; null if it has none.</summary>
    public static string? Find(string path) => path.Split('/').Reverse().Select(part => Words().Split(part).Select(OfWord).FirstOrDefault(split => split is not null)).FirstOrDefault(split => split is not null);

    private static string? OfWord(string word) => word switch
    {
        "train" or "training" => Train,
        "validation" or "valid" or "val" or "dev" => Validation,
        "test" or "testing" or "eval" or "evaluation" => Test,
        _ => null,
    };

    [GeneratedRegex("[^A-Za-z]+")]
    private static partial Regex Words();
}
