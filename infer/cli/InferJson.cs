using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Infer;

/// <summary>What <c>infer classify --json</c> prints.</summary>
internal sealed record ClassifyOutput(string Label, float Score, OrderedDictionary<string, float> Probabilities, int Tokens, bool Truncated);

/// <summary>What <c>infer explain --json</c> prints.</summary>
internal sealed record ExplainOutput(
    string Label, float Score, OrderedDictionary<string, float> Probabilities, int Tokens, bool Truncated, IReadOnlyList<ExplainedSentence> Sentences);

/// <summary>What <c>infer selftest --json</c> prints.</summary>
internal sealed record SelfTestOutput(string Model, int Cases, float MaxAbsLogitDifference, double Tolerance, bool Passed, IReadOnlyList<string> Failures);

/// <summary>What <c>infer info --json</c> prints.</summary>
internal sealed record InfoOutput(
    string Model, long Bytes, IReadOnlyList<string> Labels, int MaxTokens, double Temperature, string? Precision, string? BaseModel, string? BaseModelSha256,
    string? TokenizerSha256, string? TrainingDataSha256, IReadOnlyDictionary<string, double>? Metrics, int SelfTestCases, double? SelfTestTolerance,
    string Device, string DeviceReason, string Int8Products, string OnnxRuntime, string Cuda);

/// <summary>What <c>infer merge --json</c> prints.</summary>
internal sealed record MergeOutput(int Parts, long Bytes, long Rows, long Errors);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ClassifyOutput))]
[JsonSerializable(typeof(ExplainOutput))]
[JsonSerializable(typeof(SelfTestOutput))]
[JsonSerializable(typeof(ScoreSummary))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(InfoOutput))]
[JsonSerializable(typeof(MergeOutput))]
[JsonSerializable(typeof(Comparison))]
internal sealed partial class InferJson : JsonSerializerContext;
