using BenchmarkDotNet.Attributes;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>A small part of the whole, which BenchmarkDotNet times beside the usual way.</summary>
/// <remarks>Its methods: one that is marked as the baseline, and one that is ours.</remarks>
public abstract class PartBenchmark
{
    /// <summary>The repository's folder.</summary>
    protected static readonly string Root = Environment.GetEnvironmentVariable("FAKENEWSONNX_ROOT")
        ?? throw new InvalidOperationException("FAKENEWSONNX_ROOT must name the repository's folder; build.cake sets it.");

    /// <summary>The sample of 326 articles.</summary>
    protected static readonly string Sample = Path.Combine(Root, "samples/horne-adali-2017.csv");

    /// <summary>What is measured, and against what.</summary>
    internal abstract string Name { get; }

    /// <summary>Bytes that go in and come out.</summary>
    internal abstract double Bytes { get; }
}

/// <summary>All rows of the sample as articles with their bytes and positions.</summary>
public class CsvBenchmarks : PartBenchmark
{
    private readonly string _sample = Sample;

    internal override string Name => "CSV rows of the sample, against CsvHelper's fields alone";

    internal override double Bytes => new FileInfo(Sample).Length;

    /// <summary>Fields as strings.</summary>
    [Benchmark(Baseline = true)]
    public int Library()
    {
        using Stream file = File.OpenRead(_sample);
        using var reader = CsvHelper.CsvReader.Create(file, new CsvHelper.CsvReaderOptions(), false);
        int chars = 0;
        while (reader.Read())
        {
            for (int i = 0; i < reader.FieldCount; i++)
            {
                chars += reader.GetString(i).Length;
            }
        }

        return chars;
    }

    /// <summary>Ours.</summary>
    [Benchmark]
    public int Ours()
    {
        using CsvArticleReader reader = CsvArticleReader.Open(_sample);
        return reader.ReadValidRows().Count();
    }
}

/// <summary>Every token of the sample, on one thread.</summary>
public class TokenizerBenchmarks : PartBenchmark
{
    private Gpt2Tokenizer _tokenizer = null!;
    private Microsoft.ML.Tokenizers.Tokenizer _library = null!;
    private string[] _texts = [];

    internal override string Name => "tokens of the sample, against Microsoft.ML.Tokenizers";

    internal override double Bytes => new FileInfo(Sample).Length;

    /// <summary>Loads the tokenizers and the texts.</summary>
    [GlobalSetup]
    public void Load()
    {
        string vocabulary = Path.Combine(Root, "models/gpt2-mini", Gpt2Tokenizer.VocabularyFile), merges = Path.Combine(Root, "models/gpt2-mini", Gpt2Tokenizer.MergesFile);
        _library = Microsoft.ML.Tokenizers.CodeGenTokenizer.Create(File.OpenRead(vocabulary), File.OpenRead(merges));
        using BaseModel baseModel = BaseModel.Open(Path.Combine(Root, "models/gpt2-mini"));
        _tokenizer = baseModel.RequireTokenizer();
        using CsvArticleReader reader = CsvArticleReader.Open(Sample);
        _texts = [.. reader.ReadValidRows().Select(row => row.Article!.ToText())];
    }

    /// <summary>Its CodeGen tokenizer has GPT-2's words and merges.</summary>
    [Benchmark(Baseline = true)]
    public int Library() => _texts.Sum(text => _library.EncodeToIds(text).Count);

    /// <summary>Ours.</summary>
    [Benchmark]
    public int Ours() => _texts.Sum(text => _tokenizer.Encode(text, int.MaxValue).InputIds.Length);
}

/// <summary>A LoRA update of rank 8 into c_attn of GPT-2.</summary>
public class MergeBenchmarks : PartBenchmark
{
    private const int Rank = 8, Inputs = 768, Outputs = 3 * Inputs;

    private readonly float[] _weight = new float[Inputs * Outputs], _a = new float[Rank * Inputs], _b = new float[Outputs * Rank];
    private readonly float[] _copy = new float[Inputs * Outputs];

    internal override string Name => "merge of rank 8 into [768, 2304], against a copy of the weight";

    internal override double Bytes => 2.0 * sizeof(float) * _weight.Length;

    /// <summary>Random numbers.</summary>
    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(1);
        foreach (float[] values in (float[][])[_weight, _a, _b])
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (random.NextSingle() - 0.5f) * 1e-3f; // many merges into one weight stay finite
            }
        }
    }

    /// <summary>The weight as it is.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _weight.CopyTo(_copy, 0);

    /// <summary>Ours.</summary>
    [Benchmark]
    public void Ours() => LoraMerge.Add(_weight, _a, _b, Rank, 2);
}

/// <summary>The small base as an ONNX file in memory.</summary>
public class WriterBenchmarks : PartBenchmark
{
    private OnnxModel _model = null!;
    private byte[] _file = [];
    private byte[] _target = [];

    internal override string Name => "ONNX file of the mini model into memory, against a copy of its bytes";

    internal override double Bytes
    {
        get
        {
            Load();
            return 2.0 * _file.Length;
        }
    }

    /// <summary>Reads the weights.</summary>
    [GlobalSetup]
    public void Load()
    {
        using BaseModel baseModel = BaseModel.Open(Path.Combine(Root, "models/gpt2-mini"));
        using AdapterDirectory adapter = AdapterDirectory.Open(Path.Combine(Root, "tests/Fixtures/sample-tuned/adapter"), baseModel.Config);
        var merged = new MergedModel(baseModel, adapter);
        var weights = new Dictionary<string, float[]>();
        _model = Gpt2Graph.Build(merged.Config, merged.Labels, 50256, name => weights.TryGetValue(name, out float[]? values) ? values : weights[name] = merged.Read(name), new(), []);
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, _model);
        _file = stream.ToArray();
        _target = new byte[_file.Length];
    }

    /// <summary>The bytes as they are.</summary>
    [Benchmark(Baseline = true)]
    public void Copy() => _file.CopyTo(_target, 0);

    /// <summary>Ours.</summary>
    [Benchmark]
    public void Ours()
    {
        using var stream = new MemoryStream(_target);
        OnnxWriter.Write(stream, _model);
    }
}

/// <summary>The order and batches of as many articles as ReCOVery has.</summary>
public class PackingBenchmarks : PartBenchmark
{
    private int[] _lengths = [];

    internal override string Name => "packing plan for recovery's articles, against sorting their lengths";

    internal override double Bytes
    {
        get
        {
            Load();
            return 2.0 * sizeof(int) * _lengths.Length;
        }
    }

    /// <summary>Reads the lengths.</summary>
    [GlobalSetup]
    public void Load() => _lengths = LengthFixture.Lengths(Root, "recovery");

    /// <summary>What any plan has to do.</summary>
    [Benchmark(Baseline = true)]
    public int Sort()
    {
        int[] sorted = [.. _lengths];
        Array.Sort(sorted);
        return sorted[0];
    }

    /// <summary>Ours, in scoring.</summary>
    [Benchmark]
    public int Ours() => Packing.Batches(_lengths, 1 << 14).Count();
}
