namespace FakeNewsOnnx.Cli;

/// <summary>Exit codes of the three programs; docs/tools.md has the table.</summary>
public enum ExitCode
{
    /// <summary>Everything that was asked for is done.</summary>
    Success = 0,

    /// <summary>The work could not be finished; the last line on standard error says why.</summary>
    Failure = 1,

    /// <summary>The command line asks for something that cannot be; nothing was done.</summary>
    BadUsage = 2,

    /// <summary>The run is finished, but more rows have errors than <c>--max-errors</c> allows.</summary>
    RowErrors = 3,

    /// <summary>Ctrl-C: 128 + SIGINT.</summary>
    Interrupted = 130,

    /// <summary>128 + SIGTERM.</summary>
    Terminated = 143,
}
