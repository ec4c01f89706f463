using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace FakeNewsOnnx.Fuzz;

/// <summary>Runs one target on input that grows from its seeds: whatever takes a new branch is kept and changed further.</summary>
internal sealed class FuzzLoop : IDisposable
{
    /// <summary>What a case may take.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private const int MostFindings = 20;

    private readonly FuzzTarget _target;
    private readonly string _folder;
    private readonly CoverageMap _map = new();
    private readonly List<byte[]> _corpus = [];
    private readonly Dictionary<string, string> _findings = new(StringComparer.Ordinal);
    private readonly MemoryMappedViewAccessor _current;
    private TimeSpan _slowest;
    private double _mostBytesPerByte;

    /// <param name="target">What to run.</param>
    /// <param name="folder">For what is found.</param>
    public FuzzLoop(FuzzTarget target, string folder)
    {
        _target = target;
        _folder = Directory.CreateDirectory(folder).FullName;
        using var current = MemoryMappedFile.CreateFromFile(Path.Combine(folder, "current"), FileMode.Create, null, 1 << 20);
        _current = current.CreateViewAccessor();
    }

    /// <summary>Runs so many cases.</summary>
    /// <returns>How many findings there were.</returns>
    public int Run(int executions, int seed, IEnumerable<byte[]> inputs)
    {
        var random = new Random(seed);
        var mutator = new Mutator(random, _target.Words, _target.MostBytes);
        var clock = Stopwatch.StartNew();
        int done = 0;
        foreach (byte[] input in inputs)
        {
            Try(input);
            done++;
        }

        for (; done < executions && _findings.Count < MostFindings; done++)
        {
            // Half of the time one of the newest: what was just found has been tried least.
            int newest = Math.Min(_corpus.Count, 16);
            byte[] parent = _corpus[random.Next(2) == 0 ? random.Next(_corpus.Count) : _corpus.Count - 1 - random.Next(newest)];
            Try(mutator.Mutate(parent, _corpus[random.Next(_corpus.Count)]));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"| {_target.Name} | {done:N0} | {clock.Elapsed.TotalSeconds:F0} s | {done / clock.Elapsed.TotalSeconds:N0} | {_map.Edges:N0} | {_corpus.Count} | {_slowest.TotalMilliseconds:F0} ms | {_mostBytesPerByte:F0} of {_target.BytesPerByte} | {_findings.Count} |"));
        return _findings.Count;
    }

    /// <summary>Saves the smallest inputs that together come to every place that was come to.</summary>
    public void SaveCorpus(string folder)
    {
        Directory.CreateDirectory(folder);
        var covered = new HashSet<int>();
        foreach (byte[] input in _corpus.OrderBy(input => input.Length))
        {
            _map.Begin();
            _target.Check(input);
            HashSet<int> taken = _map.Taken();
            if (!taken.IsSubsetOf(covered))
            {
                covered.UnionWith(taken);
                File.WriteAllBytes(Path.Combine(folder, NameOf(input)), input);
            }
        }
    }

    public void Dispose()
    {
        _current.Dispose();
        _map.Dispose();
    }

    private static string NameOf(byte[] input) => Convert.ToHexStringLower(SHA256.HashData(input))[..12];

    private void Try(byte[] input)
    {
        // If the process dies, its parent finds the culprit here.
        _current.Write(0, input.Length);
        _current.WriteArray(sizeof(int), input, 0, input.Length);
        _map.Begin();
        try
        {
            TimeSpan duration = Measure(input);

            // The machine may have been busy with something else.
            for (int again = 0; duration > Limit && again < 2; again++)
            {
                TimeSpan repeated = Measure(input);
                duration = repeated < duration ? repeated : duration;
            }

            _slowest = duration > _slowest ? duration : _slowest;
            BrokenPromiseException.Unless(duration <= Limit, FormattableString.Invariant($"it takes {duration.TotalSeconds:F1} s"));
            if (_map.FindNews())
            {
                _corpus.Add(input);
            }
        }
        catch (Exception e)
        {
            _map.FindNews();
            Report(input, e);
        }
    }

    private TimeSpan Measure(byte[] input)
    {
        long start = Stopwatch.GetTimestamp();
        long allocated = _target.Check(input);
        TimeSpan duration = Stopwatch.GetElapsedTime(start);
        _mostBytesPerByte = Math.Max(_mostBytesPerByte, (double)(allocated - _target.FixedBytes) / Math.Max(1, input.Length));
        return duration;
    }

    private void Report(byte[] input, Exception e)
    {
        string place = new StackTrace(e).GetFrames().Select(frame => frame.GetMethod()).FirstOrDefault(method => method?.DeclaringType?.Namespace?.StartsWith("FakeNewsOnnx", StringComparison.Ordinal) == true)?.ToString() ?? "";
        if (_findings.TryAdd($"{e.GetType().Name} {place} {(e is BrokenPromiseException ? e.Message[..Math.Min(20, e.Message.Length)] : "")}", NameOf(input)))
        {
            string path = Path.Combine(_folder, $"found-{NameOf(input)}");
            File.WriteAllBytes(path, input);
            File.WriteAllText($"{path}.txt", e.ToString());
            Console.WriteLine($"{_target.Name}: {e.GetType().Name}: {e.Message[..Math.Min(200, e.Message.Length)]} ({path})");
        }
    }
}
