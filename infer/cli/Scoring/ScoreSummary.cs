using System.Globalization;

namespace FakeNewsOnnx.Infer;

/// <summary>What <c>infer score</c> reports when it is done.</summary>
/// <param name="Rows">Rows of the file, with or without a score.</param>
/// <param name="Errors">Rows that could not be scored.</param>
/// <param name="Resumed">Rows of these that an earlier run had done.</param>
/// <param name="Truncated">Scored rows with more tokens than the model read.</param>
/// <param name="Seconds">From the first row to the last.</param>
/// <param name="ArticlesPerSecond">Rows that this run scored, in a second.</param>
/// <param name="Device">Where the model ran.</param>
/// <param name="DeviceReason">Why there.</param>
/// <param name="Labels">Scored rows by predicted label, in the order of the labels' ids.</param>
/// <param name="ErrorsByReason">Rows that could not be scored, by the reason.</param>
internal sealed record ScoreSummary(
    long Rows, long Errors, long Resumed, long Truncated, double Seconds, double ArticlesPerSecond, string Device, string DeviceReason,
    OrderedDictionary<string, long> Labels, OrderedDictionary<string, long> ErrorsByReason)
{
    private string Reasons => Errors == 0 ? "" : $" ({string.Join(", ", ErrorsByReason.Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Value:N0} {reason.Key.Replace('_', ' ')}")))})";

    /// <summary>The summary as three lines of text.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Rows:N0} rows in {Seconds:F1} s, {ArticlesPerSecond:F1} articles/s; errors: {Errors:N0}{Reasons}, truncated: {Truncated:N0}, resumed: {Resumed:N0}\ndevice: {Device}. {DeviceReason}\n{string.Join(", ", Labels.Select(label => $"{label.Key} {label.Value:N0}"))}");
}
