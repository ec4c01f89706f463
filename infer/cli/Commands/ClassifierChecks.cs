using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>What the program needs of a model beyond what the library does.</summary>
internal static class ClassifierChecks
{
    /// <summary>Refuses a file that only takes token ids.</summary>
    /// <exception cref="InvalidDataException">The file holds no tokenizer.</exception>
    public static void RequireTokenizer(this ArticleClassifier classifier, string path)
    {
        if (!classifier.HasTokenizer)
        {
            throw new InvalidDataException($"{path}: the file holds no tokenizer, so it cannot read text. Export it from a base with {Gpt2Tokenizer.VocabularyFile} and {Gpt2Tokenizer.MergesFile}.");
        }
    }
}
