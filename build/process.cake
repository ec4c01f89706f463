// Running programs, and the arguments that are passed on to them.

string accelerator = $"-p:Accelerator={Argument("accelerator", "cpu")}";

string Program(string name, string root = ".") =>
    System.IO.Path.GetFullPath($"{root}/{(name == "infer" ? "infer/cli" : name)}/bin/Release/net10.0/{name}{(OperatingSystem.IsWindows() ? ".exe" : "")}");

// The command line's arguments, but for Cake's own and those named.
IEnumerable<string> Rest(params string[] taken) => Arguments(name => name is not ("target" or "accelerator" or "verbosity" or "exclusive") && !taken.Contains(name));

// Those of the command line's arguments that are named.
IEnumerable<string> Only(params string[] names) => Arguments(name => names.Contains(name));

// A flag has no value.
IEnumerable<string> Arguments(Func<string, bool> isMeant) =>
    from argument in Context.Arguments.GetArguments()
    where isMeant(argument.Key)
    from value in argument.Value
    from part in string.IsNullOrEmpty(value) ? new[] { $"--{argument.Key}" } : [$"--{argument.Key}", value]
    select part;

// Runs a program to its end; fails on an exit code other than 0, or than the one that means finished with row errors.
void Run(string program, string[] arguments, string folder = ".", Action<System.IO.StreamReader> read = null, int finished = 0)
{
    var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = read != null };
    using var process = System.Diagnostics.Process.Start(start);
    read?.Invoke(process.StandardOutput);
    process.WaitForExit();
    if (process.ExitCode != 0 && process.ExitCode != finished)
        throw new CakeException($"{System.IO.Path.GetFileName(program)} {arguments[0]} ended with exit code {process.ExitCode}.");
}

// Runs a program that prints one JSON object, and shows it.
JsonElement RunForJson(string program, string[] arguments)
{
    string output = "";
    Run(program, arguments, read: stream => Console.WriteLine(output = stream.ReadToEnd().Trim()));
    return JsonDocument.Parse(output).RootElement;
}

void Heading(string text) => Console.WriteLine($"{Environment.NewLine}== {text}");

void Row(string name, FormattableString value) => Row(name, FormattableString.Invariant(value));
void Row(string name, string value) => Console.WriteLine($"{name,-34}{value}");
