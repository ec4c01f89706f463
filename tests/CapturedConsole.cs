namespace FakeNewsOnnx.Tests;

/// <summary>Standard output and error as text, until disposed. One at a time: the console is the process's.</summary>
internal sealed class CapturedConsole : IDisposable
{
    private readonly TextWriter _originalOut = Console.Out;
    private readonly TextWriter _originalError = Console.Error;

    public CapturedConsole()
    {
        Console.SetOut(Out);
        Console.SetError(Error);
    }

    public StringWriter Out { get; } = new();

    public StringWriter Error { get; } = new();

    public void Dispose()
    {
        Console.SetOut(_originalOut);
        Console.SetError(_originalError);
        Out.Dispose();
        Error.Dispose();
    }
}
