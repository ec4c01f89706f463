using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Infer;

/// <summary>What <c>infer classify --json</c> prints.</summary>
internal sealed record ClassifyOutput(string Label, float Score, OrderedDictionary<string, float> Probabilities, int Tokens, bool Truncated);

/// <summary>What <c>infer selftest --json</c> prints.</summary>
internal sealed record SelfTestOutput(string Model, int Cases, float MaxAbsLogitDifference, double Tolerance, bool Passed, IReadOnlyList<string> Failures);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClassifyOutput))]
[JsonSerializable(typeof(SelfTestOutput))]
[JsonSerializable(typeof(ScoreSummary))]
[JsonSerializable(typeof(Comparison))]
internal sealed partial class InferJson : JsonSerializerContext;
