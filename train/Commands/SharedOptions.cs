using System.CommandLine;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Hub;
using FakeNewsOnnx.Train.Data;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Train.Commands;

/// <summary>Options that several commands of this program share, and what they name: a base model or articles, on this machine or on the hub.</summary>
internal static class SharedOptions
{
    public static Option<string> Base() => new("--base") { Description = BaseSource.Description, Required = true };

    public static Option<string[]> Data(string what) => new("--data")
    {
        Description = $"{what}: files of CSV, JSON or Parquet (.gz and .zst are unpacked), folders of them, or hub:owner/name[@revision][:split].",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<DeviceChoice> Device() => new("--device") { Description = TorchDevice.Description };

    public static Option<int?> Threads() => new Option<int?>("--threads") { Description = "CPU threads of each process; another number may change the last digits [default: all, shared by the MPI ranks of the machine]." }.AtLeast(1);

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object." };

    public static Option<string?> Encoding() => new("--encoding") { Description = Recipe.EncodingDescription };

    /// <summary>An account of rows, as <c>--json</c> prints it.</summary>
    public static JsonObject ToJson(RowAccount account) => new()
    {
        ["read"] = account.Read,
        ["used"] = account.Used,
        ["left_out"] = new JsonObject(account.ByReason().Select(reason => KeyValuePair.Create(reason.Key, (JsonNode?)reason.Value))),
    };

    /// <summary>The directory that a base lies in, after a download if it needs one.</summary>
    public static BaseSource ResolveBase(string text, CancellationToken cancellation)
    {
        using HubClient hub = HubClient.Open();
        return BaseSource.Resolve(text, hub, cancellation);
    }

    /// <summary>The files that training reads, after a download if they need one.</summary>
    public static DataFiles ResolveData(IReadOnlyList<string> train, IReadOnlyList<string>? validation, IReadOnlyList<string>? test, Recipe recipe, CancellationToken cancellation)
    {
        using HubClient hub = HubClient.Open();
        return DataSource.Resolve(train, validation ?? [], test ?? [], holdsOut: recipe.TestFraction > 0, hub, cancellation);
    }

    /// <summary>The files whose articles are measured: of a data set with splits, its test split, else its validation split.</summary>
    public static DataFiles ResolveMeasured(IReadOnlyList<string> data, CancellationToken cancellation)
    {
        using HubClient hub = HubClient.Open();
        return DataSource.ResolveMeasured(data, hub, cancellation);
    }
}
