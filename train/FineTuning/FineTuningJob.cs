using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Distributed;
using FakeNewsOnnx.Train.Recipes;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.FineTuning;

/// <summary>All that a user asks of a run.</summary>
internal sealed record FineTuningJob
{
    /// <summary>The processes that train together.</summary>
    public required Ranks Ranks { get; init; }

    /// <summary>The device that the model runs on.</summary>
    public required Device Device { get; init; }

    /// <summary>Every setting of training.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The labelled articles.</summary>
    public required DataFiles Files { get; init; }

    /// <summary>The base model.</summary>
    public required BaseSource Base { get; init; }

    /// <summary>The base's name on the hub; null for its directory's name.</summary>
    public string? BaseName { get; init; }

    /// <summary>The adapter directory to write; checkpoints and logs go there too.</summary>
    public required string Output { get; init; }

    /// <summary>True to continue from the newest checkpoint in <see cref="Output"/>.</summary>
    public bool Resume { get; init; }

    /// <summary>True to replace an adapter and checkpoints in <see cref="Output"/>.</summary>
    public bool Overwrite { get; init; }

    /// <summary>File to write the held-out rows to; null for none.</summary>
    public string? SaveTest { get; init; }

    /// <summary>Folder that keeps tokens for the next run; null for none.</summary>
    public string? CacheFolder { get; init; }
}
