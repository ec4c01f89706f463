using System.Text.Json;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>Articles as long as real ones: the token counts of a published data set, filled with the sample's tokens.</summary>
internal static class LengthFixture
{
    /// <summary>Ids of <paramref name="count"/> articles.</summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="name"><c>webis</c> or <c>recovery</c>.</param>
    /// <param name="count">How many articles; their lengths are spread as evenly as the data set's, so that few stand for all.</param>
    public static int[][] Read(string root, string name, int count)
    {
        int[] lengths = Lengths(root, name);
        int[] byLength = [.. lengths.Index().OrderBy(article => article.Item).Select(article => article.Index)];
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => byLength[((2 * i) + 1) * lengths.Length / (2 * count)]).Order()];
        int[] stream = SampleTokens(root);
        int position = 0;
        return [.. chosen.Select(article =>
        {
            int length = lengths[article];
            if (position + length > stream.Length)
            {
                position = 0;
            }

            position += length;
            return stream[(position - length)..position];
        })];
    }

    /// <summary>Tokens of each article, at most 1024.</summary>
    public static int[] Lengths(string root, string name)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, $"tests/Fixtures/lengths-{name}.json")));
        return file.RootElement.GetProperty("tokens").Deserialize<int[]>()!;
    }

    private static int[] SampleTokens(string root)
    {
        using BaseModel baseModel = BaseModel.Open(Path.Combine(root, "models/gpt2-mini"));
        Gpt2Tokenizer tokenizer = baseModel.RequireTokenizer();
        using CsvArticleReader reader = CsvArticleReader.Open(Path.Combine(root, "samples/horne-adali-2017.csv"));
        return [.. reader.ReadValidRows().SelectMany(row => tokenizer.Encode(row.Article!, 1024).InputIds)];
    }
}
