using FakeNewsOnnx.Infer;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>Exit codes of runs that are finished but have rows with errors.</summary>
internal sealed class ExitCodeTests : InferFixture
{
    /// <summary>Three rows, two of them without content.</summary>
    [TestCase("0", 3)]
    [TestCase("1", 3)]
    [TestCase("2", 0)]
    [TestCase("66.6%", 3)]
    [TestCase("66.7%", 0)]
    [TestCase("100%", 0)]
    public async Task Score_WithRowErrors_EndsWith3_UnlessTheyAreAllowed(string allowed, int exitCode)
    {
        WriteTwoErrors();

        Assert.That(await Score(Input, "--out", Output, "--max-errors", allowed), Is.EqualTo(exitCode));

        Assert.That(File.ReadAllLines(Output), Has.Length.EqualTo(4));
        Assert.That(Error.ToString(), exitCode == 0 ? Is.Empty : Is.EqualTo($"error: 2 of 3 rows have errors; --max-errors allows {allowed}. The output is complete.{Environment.NewLine}"));
    }

    [Test]
    public async Task Score_ResumedOnAFinishedFile_EndsWithTheSameCodeAgain()
    {
        WriteTwoErrors();
        Assert.That(await Score(Input, "--out", Output), Is.EqualTo(3));

        Assert.That(await Score(Input, "--out", Output, "--resume"), Is.EqualTo(3));
        Assert.That(await Score(Input, "--out", Output, "--resume", "--max-errors", "2"), Is.Zero);
    }

    [Test]
    public async Task Score_ThatStopsOnErrors_Fails_WhateverIsAllowed()
    {
        WriteTwoErrors();

        Assert.That(await Score(Input, "--out", Output, "--on-error", "stop", "--max-errors", "100%"), Is.EqualTo(1));
    }

    [TestCase("-1")]
    [TestCase("1.5")]
    [TestCase("101%")]
    [TestCase("some")]
    [TestCase("NaN%")]
    public async Task MaxErrors_ThatIsNeitherANumberNorAShare_IsBadUsage(string allowed)
    {
        WriteTwoErrors();

        Assert.That(await Score(Input, "--out", Output, "--max-errors", allowed), Is.EqualTo(2));

        Assert.That(File.Exists(Output), Is.False);
    }

    [TestCase("0", 3)]
    [TestCase("2", 0)]
    public async Task Merge_CountsTheErrorsOfAllParts(string allowed, int exitCode)
    {
        WriteTwoErrors();
        string[] parts = [In("part-1.csv"), In("part-2.csv")];
        foreach (int part in new[] { 1, 2 })
        {
            Assert.That(await Score(Input, "--out", parts[part - 1], "--shard", $"{part}/2", "--max-errors", "100%"), Is.Zero);
        }

        Out.GetStringBuilder().Clear();
        Assert.That(await Run(MergeCommand.Create(), ["merge", .. parts, "--out", Output, "--max-errors", allowed, "--json"]), Is.EqualTo(exitCode));

        Assert.That(Out.ToString(), Does.Contain("\"rows\":3,\"errors\":2}"));
        Assert.That(File.ReadAllLines(Output), Has.Length.EqualTo(4));
    }

    private void WriteTwoErrors() => File.WriteAllText(Input, "title,content\na,\n,PPPPPP\nb,\n");
}
