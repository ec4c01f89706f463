namespace FakeNewsOnnx.Train.Audit;

/// <summary>From where on a finding matters. This is the only place where that is decided.</summary>
/// <param name="Note">Worth a line.</param>
/// <param name="Warning">A measurement may look better than it is.</param>
/// <param name="Serious">A model can score well by this alone.</param>
internal sealed record Thresholds(double Note, double Warning, double Serious)
{
    /// <summary>A difference between labels that chance gives once in 15,000 looks is no finding.</summary>
    public const double LeastStandardScore = 4;

    /// <summary>How much more often a trait of form occurs with one label than with another: form is never about truth.</summary>
    public static Thresholds Form { get; } = new(0.10, 0.20, 0.40);

    /// <summary>The same for words: some are about the matter itself.</summary>
    public static Thresholds Words { get; } = new(0.20, 0.40, 0.60);

    /// <summary>Balanced accuracy of one number, such as the length.</summary>
    public static Thresholds OneNumber { get; } = new(0.60, 0.70, 0.80);

    /// <summary>Balanced accuracy of a bag of words.</summary>
    public static Thresholds BagOfWords { get; } = new(0, 0.90, 0.97);

    /// <summary>Part of the held-out articles that have a copy elsewhere.</summary>
    public static Thresholds CopiesAcross { get; } = new(0, 0.001, 0.01);

    /// <summary>Part of the articles that are copies of others in the same part.</summary>
    public static Thresholds CopiesWithin { get; } = new(0, 0.02, 0.20);

    /// <summary>Part of the articles whose label is contradicted: by a copy's, or by a bag of words that is sure.</summary>
    public static Thresholds Contradictions { get; } = new(0, 0.001, 0.05);

    /// <summary>The severity of a value; null where it is not worth a line.</summary>
    public Severity? Judge(double value) =>
        value >= Serious ? Severity.Serious : value >= Warning ? Severity.Warning : value >= Note ? Severity.Note : null;

    /// <summary>The severity of a difference between labels; null also where it may be chance.</summary>
    public Severity? Judge(Presence presence) => presence.StandardScore >= LeastStandardScore ? Judge(presence.Difference) : null;
}
