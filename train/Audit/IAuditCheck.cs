namespace FakeNewsOnnx.Train.Audit;

/// <summary>One thing that an audit looks for.</summary>
internal interface IAuditCheck
{
    /// <summary>Looks for it.</summary>
    IEnumerable<CheckResult> Find(AuditData data);
}

/// <summary>A finding, and what it means.</summary>
/// <param name="Finding">What was found.</param>
/// <param name="Sentence">What it means, in plain words; null if it adds nothing to the verdict.</param>
/// <param name="Strength">Orders findings of one severity: from 0 to 1.</param>
internal sealed record CheckResult(Finding Finding, string? Sentence, double Strength);
