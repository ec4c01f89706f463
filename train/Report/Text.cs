using System.Globalization;
using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Report;

/// <summary>How numbers are written on the page.</summary>
internal static class Text
{
    private const string NoValue = "–";

    /// <summary>12,728</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>12,728 articles</summary>
    public static string Articles(int count) => $"{Count(count)} article{(count == 1 ? "" : "s")}";

    /// <summary>0.788</summary>
    public static string Three(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? NoValue;

    /// <summary>+0.12</summary>
    public static string Signed(double value, int digits = 2) => value.ToString(digits == 2 ? "+0.00;−0.00;0.00" : "+0.000;−0.000;0.000", CultureInfo.InvariantCulture);

    /// <summary>0.662–0.881</summary>
    public static string Interval(Estimate? estimate) => estimate is null ? NoValue : $"{Three(estimate.Low)}–{Three(estimate.High)}";

    /// <summary>78.8 %</summary>
    public static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{100 * value:F1}\u00a0%");

    /// <summary>78.8 % [66.2–88.1]</summary>
    public static string Percent(Estimate estimate) => string.Create(CultureInfo.InvariantCulture, $"{Percent(estimate.Value)} [{100 * estimate.Low:F1}–{100 * estimate.High:F1}]");

    /// <summary>0.031, or &lt; 0.001</summary>
    public static string PValue(double value) => value < 0.001 ? "< 0.001" : Three(value);

    /// <summary>4 min 12 s</summary>
    public static string Duration(double seconds)
    {
        TimeSpan rounded = TimeSpan.FromSeconds(Math.Round(seconds));
        return seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s")
            : rounded.TotalHours < 1 ? string.Create(CultureInfo.InvariantCulture, $"{rounded.Minutes} min {rounded.Seconds} s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(rounded.TotalHours):F0} h {rounded.Minutes} min");
    }

    /// <summary>A short number: 0.002, 2E-05.</summary>
    public static string Short(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? NoValue;
}
