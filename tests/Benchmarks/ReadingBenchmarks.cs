using BenchmarkDotNet.Attributes;
using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>What happens to the sample's 326 articles before a model sees them. Run from the repository's folder.</summary>
[MemoryDiagnoser]
[ThroughputColumn]
public class ReadingBenchmarks
{
    private static readonly string Root = Environment.GetEnvironmentVariable("FAKENEWSONNX_ROOT")
        ?? throw new InvalidOperationException("FAKENEWSONNX_ROOT must name the repository's folder; build.cake sets it.");

    private readonly string _sample = Path.Combine(Root, "samples/horne-adali-2017.csv");

    private Gpt2Tokenizer _tokenizer = null!;
    private Article[] _articles = [];

    internal static long SampleBytes => new FileInfo(new ReadingBenchmarks()._sample).Length;

    /// <summary>Loads the tokenizer and the articles that are encoded.</summary>
    [GlobalSetup]
    public void Load()
    {
        using BaseModel baseModel = BaseModel.Open(Path.Combine(Root, "models/gpt2-mini"));
        _tokenizer = baseModel.RequireTokenizer();
        using ArticleReader reader = ArticleReader.Open(_sample);
        _articles = [.. reader.ReadValidRows().Select(row => row.Article!)];
    }

    /// <summary>All rows of the CSV file.</summary>
    [Benchmark]
    public int ReadCsv()
    {
        using ArticleReader reader = ArticleReader.Open(_sample);
        return reader.ReadValidRows().Count();
    }

    /// <summary>All tokens of every article, on one core.</summary>
    [Benchmark]
    public int EncodeWhole() => _articles.Sum(article => _tokenizer.Encode(article, int.MaxValue).InputIds.Length);

    /// <summary>The first 1024 tokens of every article.</summary>
    [Benchmark]
    public int Encode() => _articles.Sum(article => _tokenizer.Encode(article, 1024).InputIds.Length);
}
