using FakeNewsOnnx.Train.Audit;
using FakeNewsOnnx.Train.Evaluation;
using FakeNewsOnnx.Train.Recipes;
using FakeNewsOnnx.Train.Training;

namespace FakeNewsOnnx.Train.Report;

/// <summary>All that a page shows. What a run has not got is null or empty, and its section is left out.</summary>
internal sealed record ReportData
{
    /// <summary>What is reported on: "gpt2-mini, fine-tuned on articles.csv".</summary>
    public required string Title { get; init; }

    /// <summary>Label names in the order of their ids.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Articles by what became of them: "to train on", "held out", "left out: no title or content".</summary>
    public IReadOnlyList<(string What, int Articles)> Articles { get; init; } = [];

    /// <summary>The measurement on the articles at hand.</summary>
    public MetricsReport? Measured { get; init; }

    /// <summary>The measurement on held-out articles of the training data, where <see cref="Measured"/> is on others.</summary>
    public MetricsReport? InDomain { get; init; }

    /// <summary>The training's history.</summary>
    public TrainerState? Training { get; init; }

    /// <summary>How long the articles are.</summary>
    public TokenLengths? Lengths { get; init; }

    /// <summary>What the data reveals about its labels.</summary>
    public AuditReport? Audit { get; init; }

    /// <summary>Sampled articles of those measured.</summary>
    public IReadOnlyList<ReportArticle> Sample { get; init; } = [];

    /// <summary>The articles of those measured that were wrong with the highest probability, the worst first.</summary>
    public IReadOnlyList<ReportArticle> Mistakes { get; init; } = [];

    /// <summary>Those of both, each once.</summary>
    public IReadOnlyList<ReportArticle> ArticlesShown => [.. Sample.Concat(Mistakes).DistinctBy(article => article.Place)];

    /// <summary>The resolved recipe.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>SHA-256 of files, in hexadecimal, by what they are: "training data", "base model".</summary>
    public IReadOnlyList<(string What, string Sha256)> Hashes { get; init; } = [];

    /// <summary>How long it took.</summary>
    public IReadOnlyList<Timing> Timings { get; init; } = [];

    /// <summary>What it ran on, by name: "CPU", "TorchSharp".</summary>
    public IReadOnlyList<(string What, string Value)> Machine { get; init; } = [];
}

/// <summary>Tokens that were read of each article.</summary>
/// <param name="MaxTokens">The most that the model reads of one.</param>
/// <param name="Truncated">Articles that have more.</param>
/// <param name="Parts">By part: "train", "test".</param>
internal sealed record TokenLengths(int MaxTokens, int Truncated, IReadOnlyList<PartLengths> Parts);

/// <summary>The lengths of one part.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Articles">Of each article its label's id and the tokens that were read.</param>
internal sealed record PartLengths(string Name, IReadOnlyList<(int Label, int Tokens)> Articles);

/// <summary>An article with what the model makes of it.</summary>
/// <param name="Place">Its place among the articles that were measured, from 0.</param>
/// <param name="File">Its file's name where they are in several files, else null.</param>
/// <param name="Line">Where its record starts in its file, from 1.</param>
/// <param name="Article">Title and content.</param>
/// <param name="Label">Its own label's id.</param>
/// <param name="Probabilities">One for each label.</param>
/// <param name="Sentences">Its text in sentences with what each does to the verdict; null where it was not explained.</param>
internal sealed record ReportArticle(int Place, string? File, long Line, Article Article, int Label, IReadOnlyList<float> Probabilities, IReadOnlyList<ExplainedSentence>? Sentences = null)
{
    /// <summary>The id of the label with the highest probability.</summary>
    public int Predicted => Probabilities.Index().MaxBy(entry => entry.Item).Index;

    /// <summary>That probability.</summary>
    public float Confidence => Probabilities[Predicted];
}

/// <summary>A step of the work.</summary>
/// <param name="What">"reading", "training", "evaluation".</param>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="Articles">Articles that went through it; an article counts once an epoch.</param>
internal sealed record Timing(string What, double Seconds, int Articles);
