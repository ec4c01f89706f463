using System.Text.Json.Serialization;

namespace FakeNewsOnnx.Train.Recipes;

/// <summary>How the learning rate goes on after the warm-up.</summary>
[JsonConverter(typeof(ChoiceConverter<SchedulerType>))]
internal enum SchedulerType
{
    /// <summary>In a straight line to 0.</summary>
    Linear,

    /// <summary>Along half a cosine wave to 0.</summary>
    Cosine,

    /// <summary>It stays, from the first step.</summary>
    Constant,

    /// <summary>It stays after the warm-up.</summary>
    ConstantWithWarmup,
}

/// <summary>How the frozen weights are kept and multiplied.</summary>
[JsonConverter(typeof(ChoiceConverter<Precision>))]
internal enum Precision
{
    /// <summary>bfloat16 on a GPU that multiplies it, single precision elsewhere.</summary>
    Auto,

    /// <summary>Single precision.</summary>
    Fp32,

    /// <summary>bfloat16.</summary>
    Bf16,
}

/// <summary>When something is done during training.</summary>
[JsonConverter(typeof(ChoiceConverter<Strategy>))]
internal enum Strategy
{
    /// <summary>At the end of each epoch.</summary>
    Epoch,

    /// <summary>Every so many steps.</summary>
    Steps,

    /// <summary>Not at all.</summary>
    No,
}

/// <summary>What an evaluation is judged by.</summary>
[JsonConverter(typeof(ChoiceConverter<BestMetric>))]
internal enum BestMetric
{
    /// <summary>Mean cross-entropy: lower is better.</summary>
    Loss,

    /// <summary>Part of the articles that is classified rightly: higher is better.</summary>
    Accuracy,
}

/// <summary>The choices in lower case; a number is none of them.</summary>
internal sealed class ChoiceConverter<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
