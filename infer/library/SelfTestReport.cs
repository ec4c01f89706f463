namespace FakeNewsOnnx.Inference;

/// <summary>How the model's file fared on this machine with the articles and logits that it carries.</summary>
public sealed record SelfTestReport
{
    /// <summary>How many articles were tried.</summary>
    public required int Cases { get; init; }

    /// <summary>The largest |Δlogit| between this machine and training.</summary>
    public required float MaxAbsLogitDifference { get; init; }

    /// <summary>The largest |Δlogit| that passes, relative to max(1, max |logit|) of each article.</summary>
    public required double Tolerance { get; init; }

    /// <summary>One line per article that differs: what was expected and what was found.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>True when every article has the same tokens and logits within the tolerance.</summary>
    public bool Passed => Failures.Count == 0;

    /// <summary>Scores the articles that a file carries, and compares tokens and logits with those of training.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="manifest">The file's manifest.</param>
    /// <param name="tokenizer">The file's tokenizer; null to compare logits only.</param>
    /// <param name="computeLogits">Runs the model on token ids.</param>
    /// <exception cref="InvalidDataException">The file carries no self-test.</exception>
    internal static SelfTestReport Run(string path, Manifest manifest, Gpt2Tokenizer? tokenizer, Func<int[], IReadOnlyList<float>> computeLogits)
    {
        if (manifest.SelfTest is not { Cases.Count: > 0, Tolerance: { } tolerance } selfTest)
        {
            throw new InvalidDataException($"{path}: the file carries no self-test, so nothing shows that it computes what was trained.");
        }

        float maxDifference = 0;
        var failures = new List<string>();
        foreach (var (i, test) in selfTest.Cases.Index())
        {
            int[] ids = [.. test.InputIds];
            if (tokenizer is not null && !tokenizer.Encode(new Article(test.Title, test.Content), manifest.MaxTokens).InputIds.AsSpan().SequenceEqual(ids))
            {
                failures.Add($"case {i} ('{test.Title}'): other token ids than in training.");
            }

            float difference = computeLogits(ids).Zip(test.Logits, (actual, expected) => MathF.Abs(actual - expected)).Max();
            double allowed = tolerance * Math.Max(1, test.Logits.Max(MathF.Abs));
            maxDifference = MathF.Max(maxDifference, difference);
            if (!(difference <= allowed))
            {
                failures.Add($"case {i} ('{test.Title}'): expected logits within {allowed:G3}; found a difference of {difference:G3}.");
            }
        }

        return new() { Cases = selfTest.Cases.Count, MaxAbsLogitDifference = maxDifference, Tolerance = tolerance, Failures = failures };
    }
}
