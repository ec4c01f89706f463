using FakeNewsOnnx.Data;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>A row of the input with either a result or the reason why there is none.</summary>
internal sealed record ScoredRow(ArticleRow Row, Classification? Result, string? Error);
