using System.CommandLine;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Data;

namespace FakeNewsOnnx.Train.Commands;

/// <summary><c>train fetch</c>: downloads models and data sets ahead of time, and prints where they are.</summary>
internal sealed class FetchCommand : Command
{
    private readonly Option<string[]> _base = new("--base") { Description = "Models of the Hugging Face hub: gpt2, openai-community/gpt2-medium[@revision].", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _data = new("--data") { Description = "Data sets of the hub: hub:owner/name[@revision][:split].", AllowMultipleArgumentsPerToken = true };

    public FetchCommand()
        : base("fetch", "Download models and data sets into the cache that train, export and Python's libraries share, and print where they are.")
    {
        Options.Add(_base);
        Options.Add(_data);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed.GetValue(_base) ?? [], parsed.GetValue(_data) ?? [], cancellation), cancellation));
    }

    private static void Run(string[] bases, string[] dataSets, CancellationToken cancellation)
    {
        if (bases.Length + dataSets.Length == 0)
        {
            throw new UsageException("fetch needs --base, --data or both.");
        }

        using HubClient hub = HubClient.Open();
        foreach (string text in bases)
        {
            BaseSource source = BaseSource.Resolve(text, hub, cancellation);
            Console.WriteLine($"{text}: {source.Directory}");
        }

        foreach (string text in dataSets)
        {
            DataSource source = DataSource.Open(text, hub, cancellation);
            foreach (var (split, files) in source.Splits)
            {
                foreach (string file in files)
                {
                    Console.WriteLine($"{text}: {(split.Length == 0 ? "" : $"{split}, ")}{file}");
                }
            }
        }
    }
}
