using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>A row of the input.</summary>
/// <param name="FileIndex">Which of the files it comes from.</param>
/// <param name="File">That file's name.</param>
/// <param name="Row">The record.</param>
internal sealed record InputRow(int FileIndex, string File, ArticleRow Row);

/// <summary>A row of the input with either a result or the reason why there is none.</summary>
internal sealed record ScoredRow(InputRow Input, Classification? Result, string? Error);

/// <summary>What the summary counts of a row that is done.</summary>
/// <param name="Label">The predicted label; null for a row that could not be scored.</param>
/// <param name="Truncated">Whether the model did not read all of it.</param>
internal readonly record struct Outcome(string? Label, bool Truncated);
