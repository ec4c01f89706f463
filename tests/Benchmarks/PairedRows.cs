using System.Text.Json;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>The paired measurements: a group a key, each giving its rows.</summary>
internal static class PairedRows
{
    private static readonly Dictionary<string, Func<string, IEnumerable<PairedResult>>> Groups = new(StringComparer.Ordinal)
    {
        ["training-shape"] = TrainingRows.OfOneShape,
        ["training-notebook"] = TrainingRows.WithTheNotebooksDropouts,
        ["training-webis"] = root => TrainingRows.OnLengths(root, "webis", 3.2),
        ["training-recovery"] = root => TrainingRows.OnLengths(root, "recovery", 2.4),
        ["training-mpi"] = ClusterRows.OfTwoRanks,
        ["scoring-fp32"] = root => ScoringRows.AgainstPadding(root, ScoringModels.Gpt2(root, "gpt2-fp32.onnx"), "fp32", recovery: 2.0, webis: 2.5),
        ["scoring-int8"] = root => ScoringRows.AgainstPadding(root, ScoringModels.Gpt2(root, "gpt2-int8.onnx", "--precision", "int8"), "int8", recovery: 5, webis: 6.5),
        ["export-forms"] = ExportRows.OfForms,
        ["scoring-gemm"] = ScoringRows.AgainstMatrixProducts,
        ["scoring-rest"] = ScoringRows.WithoutModel,
    };

    /// <summary>The groups that need a GPU: a name of its own chooses them, so that the others stay what they are without one.</summary>
    private static readonly Dictionary<string, Func<string, IEnumerable<PairedResult>>> GpuGroups = new(StringComparer.Ordinal)
    {
        ["cuda-training"] = root => TrainingRows.OnLengths(root, "recovery", null, TorchSharp.torch.CUDA),
        ["cuda-scoring"] = ScoringRows.OnCuda,
    };

    /// <summary>Runs the groups whose key contains <paramref name="filter"/>; prints each row and writes them all to <c>results.json</c> and, as a table, <c>results.md</c> in <c>artifacts/benchmark</c>.</summary>
    public static void Run(string filter)
    {
        string root = Environment.GetEnvironmentVariable("FAKENEWSONNX_ROOT")
            ?? throw new InvalidOperationException("FAKENEWSONNX_ROOT must name the repository's folder; build.cake sets it.");
        var results = new List<PairedResult>();
        foreach (var (_, rows) in (filter.StartsWith("cuda", StringComparison.OrdinalIgnoreCase) ? GpuGroups : Groups).Where(group => group.Key.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            foreach (PairedResult row in rows(root))
            {
                Console.WriteLine(row);
                results.Add(row);
            }
        }

        string folder = Directory.CreateDirectory(Path.Combine(root, "artifacts/benchmark")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "results.json"), JsonSerializer.SerializeToUtf8Bytes(results));
        File.WriteAllLines(Path.Combine(folder, "results.md"), ["| row | usual | ours | times as fast | aim | |", "|---|---|---|---|---|---|", .. results.Select(result => result.ToMarkdown())]);
    }
}
