namespace FakeNewsOnnx.Hub;

/// <summary>The hub does not give what was asked for.</summary>
/// <param name="message">What was asked, what came back and what to do.</param>
/// <param name="inner">The cause.</param>
public sealed class HubException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Whether the hub gave no answer at all, so that what is in the cache is as good as it gets.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>Whether there is no such repository, revision or file, or none in the cache when only that may be asked.</summary>
    public bool IsMissing { get; init; }
}
