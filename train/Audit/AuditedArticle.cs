using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>An article as the audit sees it.</summary>
/// <param name="Article">Title and content.</param>
/// <param name="Label">Its label's id.</param>
/// <param name="Part">The part of the data that it belongs to.</param>
/// <param name="File">Its file's name, where there are several; null for the one file that is audited.</param>
/// <param name="Line">Where its record starts in its file, from 1.</param>
internal readonly record struct AuditedArticle(Article Article, int Label, SplitPart Part, string? File, long Line);
