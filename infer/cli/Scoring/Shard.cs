using System.Globalization;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>One of several parts of the input. The parts' borders are bytes; a row belongs to the part in which it starts.</summary>
/// <param name="Index">k, from 1 to <paramref name="Count"/>.</param>
/// <param name="Count">n.</param>
internal sealed record Shard(int Index, int Count)
{
    private const string Auto = "auto";

    /// <summary>Reads <c>k/n</c>; <c>auto</c> for what the launcher of this process says, or <c>auto/n</c> where it doesn't say n.</summary>
    /// <param name="text">The option's value.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="UsageException">It is something else, or no launcher says which part this is.</exception>
    public static Shard Parse(string text, Func<string, string?> variable)
    {
        string[] parts = text.Split('/');
        int? count = parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        if (parts[0] == Auto && (parts.Length == 1 || count > 0))
        {
            return FromLauncher(count, variable);
        }

        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index > 0 && index <= count
            ? new(index, count.Value)
            : throw new UsageException($"--shard must be k/n with k from 1 to n, auto, or auto/n; found '{text}'.");
    }

    /// <summary>A name with its <c>{k}</c> and <c>{n}</c> filled in.</summary>
    public string Fill(string name) => name
        .Replace("{k}", Index.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{n}", Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Whether a row belongs to this part.</summary>
    /// <param name="offset">The bytes of the input before the row.</param>
    /// <param name="total">The bytes of the input.</param>
    public bool Contains(long offset, long total) =>
        offset >= (long)((Int128)total * (Index - 1) / Count) && offset < (long)((Int128)total * Index / Count);

    private static Shard FromLauncher(int? count, Func<string, string?> variable)
    {
        LaunchedTask task = LaunchedTask.FindAny(variable)
            ?? throw new UsageException($"--shard {Auto}: expected the variables of a Slurm array or step, Open MPI, MPICH or a Kubernetes indexed job; found none of them.");
        int parts = task.Count ?? count ?? throw new UsageException($"--shard {Auto}: {task.Launcher} says which task this is, but not of how many: set JOB_COMPLETIONS, or write {Auto}/n.");
        return (count ?? parts) == parts && task.Index < parts
            ? new(task.Index + 1, parts)
            : throw new UsageException($"--shard {Auto}/{count}: {task.Launcher} says task {task.Index} of {task.Count?.ToString(CultureInfo.InvariantCulture) ?? "?"}, counted from 0.");
    }
}
