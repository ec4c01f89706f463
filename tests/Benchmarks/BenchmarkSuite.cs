using System.Text.Json;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>The measurements: a group a key, each giving its rows.</summary>
internal static class BenchmarkSuite
{
    /// <summary>The group that gives plots instead of rows.</summary>
    private const string GrowthGroup = "growth";

    private static readonly Dictionary<string, Func<string, IEnumerable<BenchmarkRow>>> Groups = new(StringComparer.Ordinal)
    {
        ["parts"] = PartRows.All,
        ["start"] = StartRows.OfTheFirstLabel,
        ["export-program"] = ExportRows.OfTheProgram,
        ["export-forms"] = ExportRows.OfForms,
        ["training-shape"] = TrainingRows.OfOneShape,
        ["training-memory"] = TrainingRows.OfMemory,
        ["training-epoch"] = TrainingRows.OfAnEpoch,
        ["training-notebook"] = TrainingRows.WithTheNotebooksDropouts,
        ["training-webis"] = root => TrainingRows.OnLengths(root, "webis", Aims.Here.Training.Webis, Aims.Here.Evaluation.Webis),
        ["training-recovery"] = root => TrainingRows.OnLengths(root, "recovery", Aims.Here.Training.Recovery, Aims.Here.Evaluation.Recovery),
        ["training-mpi"] = ClusterRows.OfTwoRanks,
        ["scoring-rest"] = ScoringRows.WithoutModel,
        ["scoring-gemm"] = ScoringRows.AgainstMatrixProducts,
        ["scoring-fp32"] = root => ScoringRows.AgainstPadding(root, ScoringModels.Gpt2(root, "gpt2-fp32.onnx"), "fp32", Aims.Here.Fp32),
        ["scoring-int8"] = root => ScoringRows.AgainstPadding(root, ScoringModels.Gpt2(root, "gpt2-int8.onnx", "--precision", "int8"), "int8", Aims.Here.Int8),
        ["scoring-load"] = StartRows.OfTheFullModel,
    };

    /// <summary>The groups that need a GPU: a name of its own chooses them, so that the others stay what they are without one.</summary>
    private static readonly Dictionary<string, Func<string, IEnumerable<BenchmarkRow>>> GpuGroups = new(StringComparer.Ordinal)
    {
        ["cuda-training"] = root => TrainingRows.OnLengths(root, "recovery", null, null, TorchSharp.torch.CUDA),
        ["cuda-scoring"] = ScoringRows.OnCuda,
    };

    /// <summary>
    /// Runs the groups whose key contains <paramref name="filter"/>, or one of several parts of it with commas between them; prints each row, and after each group writes all rows so far to <c>results.json</c> and, as a table,
    /// <c>results.md</c> in <c>artifacts/benchmark</c>.
    /// </summary>
    /// <exception cref="ArgumentException">No group has such a key.</exception>
    public static void Run(string root, string filter)
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, "artifacts/benchmark")).FullName;
        bool IsMeant(string key) => filter.Split(',').Any(part => key.Contains(part, StringComparison.OrdinalIgnoreCase));
        var groups = (filter.StartsWith("cuda", StringComparison.OrdinalIgnoreCase) ? GpuGroups : Groups).Where(group => IsMeant(group.Key)).ToArray();
        if (groups.Length == 0 && !IsMeant(GrowthGroup))
        {
            throw new ArgumentException($"expected a part of one of {string.Join(", ", [.. Groups.Keys, GrowthGroup, .. GpuGroups.Keys])}; found '{filter}'.", nameof(filter));
        }

        Console.WriteLine(Machine.Describe());
        var results = new List<BenchmarkRow>();
        foreach (var (_, rows) in groups)
        {
            foreach (BenchmarkRow row in rows(root))
            {
                Console.WriteLine(row);
                results.Add(row);
            }

            File.WriteAllBytes(Path.Combine(folder, "results.json"), JsonSerializer.SerializeToUtf8Bytes(new { machine = Machine.Describe(), processor_kind = Machine.KindName, rows = results }));
            File.WriteAllLines(Path.Combine(folder, "results.md"), [Machine.Describe(), "", .. BenchmarkRow.TableHead, .. results.Select(result => result.ToMarkdown())]);
        }

        if (IsMeant(GrowthGroup))
        {
            Growth.Write(root, folder);
        }
    }
}
