using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Cli;

/// <summary>
/// Runs a command line the way all three programs do, with the exit codes of <see cref="ExitCode"/>. A failure that a user can cause is one
/// <c>error: …</c> line; a bug keeps its stack trace.
/// </summary>
public static class ProgramHost
{
    /// <summary>SIGXFSZ, by its number on Linux and macOS.</summary>
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    /// <summary>
    /// Parses and runs. The first Ctrl-C or SIGTERM cancels the command's token, so that it can clean up; a second one
    /// ends the process at once.
    /// </summary>
    /// <param name="root">The program's commands.</param>
    /// <param name="args">The arguments of <c>Main</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        ArgumentNullException.ThrowIfNull(root);
        var parsed = root.Parse(args);
        string[] mistakes = [.. EmptyValues(parsed.CommandResult)];
        if (mistakes.Length == 0 && parsed.Action is ParseErrorAction)
        {
            mistakes = [.. parsed.Errors.Select(error => error.Message)];
        }

        if (mistakes.Length > 0)
        {
            Array.ForEach(mistakes, PrintError);
            return (int)ExitCode.BadUsage;
        }

        using var cancellation = new CancellationTokenSource();
        var interrupted = ExitCode.Interrupted;
        using var interrupt = CancelOn(PosixSignal.SIGINT, ExitCode.Interrupted);
        using var terminate = CancelOn(PosixSignal.SIGTERM, ExitCode.Terminated);

        // Without this, Linux and macOS end a process that writes beyond ulimit -f; with it, the write fails.
        using var fileLimit = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(FileSizeExceeded, context => context.Cancel = true);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (int)interrupted;
        }
        catch (UsageException e)
        {
            PrintError(e.Message);
            return (int)ExitCode.BadUsage;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            PrintError(e.Message);
            return (int)ExitCode.Failure;
        }
        catch (ArgumentOutOfRangeException e) when (IsFileTooLarge(e))
        {
            PrintError("a file would become larger than its file system, or the limit of this session (ulimit -f), allows.");
            return (int)ExitCode.Failure;
        }

        PosixSignalRegistration CancelOn(PosixSignal signal, ExitCode exitCode) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = !cancellation.IsCancellationRequested;
            interrupted = exitCode;
            cancellation.Cancel();
        });
    }

    /// <summary>What an unset variable of a script leaves empty.</summary>
    private static IEnumerable<string> EmptyValues(CommandResult command) => command.Children
        .Select(child => child switch
        {
            OptionResult { Option: not TextOption } option => (option.Option.Name, option.Tokens),
            ArgumentResult argument => (argument.Argument.Name, argument.Tokens),
            _ => ("", []),
        })
        .Where(child => child.Tokens.Any(token => token.Value.Length == 0))
        .Select(child => $"{child.Name} must not be empty.");

    /// <summary>.NET takes the system's EFBIG for a caller's mistake.</summary>
    private static bool IsFileTooLarge(ArgumentOutOfRangeException e) => e.StackTrace?.TrimStart().StartsWith("at System.IO.RandomAccess.Write", StringComparison.Ordinal) == true;

    private static void PrintError(string message) => Console.Error.WriteLine($"error: {message}");
}
