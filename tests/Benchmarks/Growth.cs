using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests;
using FakeNewsOnnx.Train.Report.Plots;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace FakeNewsOnnx.Benchmarks;

/// <summary>
/// How time and memory grow with the tokens of an article, the batch, the rows and the model's width: <c>growth.json</c>, and two plots for each in <c>artifacts/benchmark</c>.
/// Each point is a process of its own.
/// </summary>
internal static class Growth
{
    private const int Width = 560, Height = 340;

    private static readonly OxyColor[] Colors = [OxyColor.FromRgb(0x1F, 0x6F, 0xB4), OxyColor.FromRgb(0xC4, 0x4E, 0x10)];

    /// <summary>Measures, prints and draws.</summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="folder">For the results.</param>
    public static void Write(string root, string folder)
    {
        using var bases = new TemporaryFolder();
        GrowthPoint[] points = [.. Tokens(root, bases.Path), .. Batches(root, bases.Path), .. Widths(root, bases.Path), .. Rows(root, bases.Path)];
        File.WriteAllBytes(Path.Combine(folder, "growth.json"), JsonSerializer.SerializeToUtf8Bytes(points));
        foreach (var plot in points.GroupBy(point => (point.Plot, point.Axis)))
        {
            Draw(Path.Combine(folder, $"{plot.Key.Plot}-time.svg"), plot.Key.Axis, "seconds", plot, point => point.Seconds);
            Draw(Path.Combine(folder, $"{plot.Key.Plot}-memory.svg"), plot.Key.Axis, "largest working set, MB", plot, point => point.Megabytes);
        }
    }

    private static IEnumerable<GrowthPoint> Tokens(string root, string bases)
    {
        string model = ScoringModels.Gpt2(root, "gpt2-fp32.onnx"), directory = Base(root, bases, 768);
        foreach (int tokens in (int[])[64, 128, 256, 512, 768, 1024])
        {
            yield return GrowthPoint.Of("tokens", "tokens per article", "scoring an article, one thread", tokens, MeasuredProcess.Run("scoring", model, $"{tokens}"));
            yield return GrowthPoint.Of("tokens", "tokens per article", "training step of two", tokens, Training(directory, 2, tokens));
        }
    }

    private static IEnumerable<GrowthPoint> Batches(string root, string bases)
    {
        string directory = Base(root, bases, 768);
        foreach (int rows in (int[])[1, 2, 4, 8])
        {
            yield return GrowthPoint.Of("batch", "articles of 256 tokens in a step", "training step", rows, Training(directory, rows, 256));
            yield return GrowthPoint.Of("batch", "articles of 256 tokens in a step", "with gradient checkpointing", rows, Training(directory, rows, 256, checkpointing: true));
        }
    }

    private static IEnumerable<GrowthPoint> Widths(string root, string bases)
    {
        foreach (int width in (int[])[256, 512, 768, 1024, 1280])
        {
            string directory = Base(root, bases, width), model = ScoringModels.OfBase(root, $"gpt2-width-{width}.onnx", directory);
            yield return GrowthPoint.Of("width", "hidden size, 12 blocks", "scoring 512 tokens, one thread", width, MeasuredProcess.Run("scoring", model, "512"));
            yield return GrowthPoint.Of("width", "hidden size, 12 blocks", "training step of one with 512", width, Training(directory, 1, 512));
            File.Delete(model);
        }
    }

    /// <summary>Synthetic rows of two short fields, and next to no model: what is left is reading, tokenizing and writing.</summary>
    private static IEnumerable<GrowthPoint> Rows(string root, string bases)
    {
        string model = ScoringModels.TokenizerOnly(root), input = Path.Combine(bases, "rows.csv");
        foreach (int rows in (int[])[1_000, 10_000, 100_000, 1_000_000])
        {
            File.WriteAllLines(input, Enumerable.Range(0, rows).Select(n => $"title {n},content of article {n}").Prepend("title,content"));
            yield return GrowthPoint.Of("rows", "rows", "scoring without a model, two threads", rows, MeasuredProcess.Run("rows", model, input));
        }
    }

    private static (double Seconds, double Megabytes) Training(string directory, int rows, int tokens, bool checkpointing = false) =>
        MeasuredProcess.Run("training", directory, $"{rows}", $"{tokens}", "Fp32", $"{checkpointing}");

    /// <summary>GPT-2's twelve blocks in another width, with heads of 64.</summary>
    private static string Base(string root, string bases, int width)
    {
        string directory = Path.Combine(bases, $"{width}");
        if (!Directory.Exists(directory))
        {
            JsonNode config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(root, "tests/Fixtures/full124m/base", Gpt2Config.FileName)))!;
            config["n_embd"] = width;
            config["n_head"] = width / 64;
            string file = Path.Combine(bases, $"config-{width}.json");
            File.WriteAllText(file, config.ToJsonString());
            Directory.CreateDirectory(directory);
            Tests.Parity.Full124M.WriteBase(file, directory);
        }

        return directory;
    }

    private static void Draw(string path, string bottom, string left, IEnumerable<GrowthPoint> points, Func<GrowthPoint, double> value)
    {
        bool isWide = points.Max(point => point.X) >= 1000 * points.Min(point => point.X);
        var plot = new PlotModel { Background = OxyColors.White, PlotAreaBorderColor = OxyColors.LightGray };
        plot.Axes.Add(Axis(isWide, AxisPosition.Bottom, bottom));
        plot.Axes.Add(Axis(isWide, AxisPosition.Left, left));
        plot.Legends.Add(new Legend { LegendPosition = LegendPosition.TopLeft });
        foreach (var (place, series) in points.GroupBy(point => point.Series).Index())
        {
            var line = new LineSeries { Title = series.Key, Color = Colors[place], MarkerType = MarkerType.Circle, MarkerFill = Colors[place] };
            line.Points.AddRange(series.Select(point => new DataPoint(point.X, value(point))));
            plot.Series.Add(line);
        }

        File.WriteAllText(path, new SvgExporter { Width = Width, Height = Height, TextMeasurer = new PageTextMeasurer() }.ExportToString(plot));
    }

    private static Axis Axis(bool isLogarithmic, AxisPosition position, string title)
    {
        Axis axis = isLogarithmic ? new LogarithmicAxis() : new LinearAxis { Minimum = 0, MaximumPadding = 0.05 };
        (axis.Position, axis.Title, axis.MajorGridlineStyle, axis.MajorGridlineColor) = (position, title, LineStyle.Solid, OxyColors.LightGray);
        return axis;
    }
}

/// <summary>One measured point.</summary>
/// <param name="Plot">The plots' name.</param>
/// <param name="Axis">What grows.</param>
/// <param name="Series">What is measured.</param>
/// <param name="X">How much there is of what grows.</param>
/// <param name="Seconds">Of the work done once more, after once to warm up.</param>
/// <param name="Megabytes">The process's largest working set.</param>
internal sealed record GrowthPoint(string Plot, string Axis, string Series, double X, double Seconds, double Megabytes)
{
    /// <summary>Makes a point and prints it.</summary>
    public static GrowthPoint Of(string plot, string axis, string series, double x, (double Seconds, double Megabytes) measured)
    {
        var point = new GrowthPoint(plot, axis, series, x, measured.Seconds, measured.Megabytes);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{series}, {x} {axis}: {measured.Seconds:G4} s, {measured.Megabytes:F0} MB"));
        return point;
    }
}
