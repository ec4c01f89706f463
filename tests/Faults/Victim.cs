using System.Diagnostics;
using System.Globalization;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>One of the three programs, as it was built, with its streams read to their end.</summary>
internal sealed class Victim : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private Victim(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public string Output => _output.Result;

    public string Error => _error.Result;

    /// <param name="program"><c>train</c>, <c>export</c> or <c>infer</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Victim Start(string program, params string[] arguments) => new(new("dotnet", [PathOf(program), .. arguments]));

    /// <summary>Starts a program on a disk of its own: a folder in memory that only it and its children see.</summary>
    /// <param name="disk">Options of <c>mount</c>, such as <c>size=64k</c> or <c>ro</c>.</param>
    /// <param name="folder">Where the disk is.</param>
    /// <param name="script">What the shell runs there; <c>$P</c> is the program.</param>
    /// <param name="program"><c>train</c>, <c>export</c> or <c>infer</c>.</param>
    public static Victim StartOnDisk(string disk, string folder, string script, string program)
    {
        using (var mayMount = new Victim(new("unshare", ["-rm", "true"])))
        {
            if (mayMount.Wait() != 0)
            {
                Assert.Ignore("this machine lets nobody mount a file system of his own.");
            }
        }

        return new(new("unshare", ["-rm", "sh", "-c", $"mount -t tmpfs -o {disk} none '{folder}' && cd '{folder}' && P='dotnet {PathOf(program)}' && {script}"]));
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public int Wait()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Waits until something is so, or the program has ended.</summary>
    /// <returns>Whether it runs.</returns>
    public bool WaitUntil(Func<bool> holds)
    {
        while (!_process.HasExited && !holds())
        {
            _process.WaitForExit(1);
        }

        return !_process.HasExited;
    }

    /// <summary>Lets the program run for a while, then ends it as a power cut would.</summary>
    /// <returns>Whether it was not done before.</returns>
    public bool KillAfter(TimeSpan duration)
    {
        if (_process.WaitForExit(duration))
        {
            Assert.That(Wait(), Is.Zero, Error);
            return false;
        }

        _process.Kill();
        Wait();
        return true;
    }

    /// <summary>Sends a signal by its name.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public void Dispose() => _process.Dispose();

    private static string PathOf(string program) => Path.Combine(AppContext.BaseDirectory, $"{program}.dll");
}
