using System.CommandLine;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Export;

/// <summary>The options of every command that merges.</summary>
internal static class ModelOptions
{
    public static readonly Option<string> Base = new("--base")
    {
        Description = BaseSource.Description,
        HelpName = "DIR|NAME",
        Required = true,
    };

    public static readonly Option<string?> Adapter = new("--adapter")
    {
        Description = "The LoRA adapter, from 'train fit' or from PEFT: a directory with adapter_config.json and adapter_model.safetensors. Without it the base must have a classifier head.",
        HelpName = "DIR",
    };

    public static readonly Option<string?> Labels = new("--labels")
    {
        Description = "Label names in the order of their ids, separated by commas: fake,real. By default those of the adapter's manifest, else id2label of config.json.",
        HelpName = "NAMES",
    };

    /// <summary>The directory of the base, after a download if it is on the hub.</summary>
    /// <exception cref="IOException">It is neither here nor there.</exception>
    public static string ResolveBase(ParseResult parsed, CancellationToken cancellation)
    {
        using HubClient hub = HubClient.Open();
        return BaseSource.Resolve(parsed.GetRequiredValue(Base), hub, cancellation).Directory;
    }

    /// <exception cref="UsageException">Not two or more different names.</exception>
    public static LabelMap? ParseLabels(ParseResult parsed)
    {
        string? names = parsed.GetValue(Labels);
        try
        {
            return names is null ? null : LabelMap.Parse(names);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--labels {names}: {e.Message}");
        }
    }

    public static void PrintNotes(IEnumerable<string> notes)
    {
        foreach (string note in notes)
        {
            Console.Error.WriteLine($"note: {note}");
        }
    }
}
