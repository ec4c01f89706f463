using FakeNewsOnnx.Cli;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class ProgressLineTests
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [TearDown]
    public void Empty() => _output.GetStringBuilder().Clear();

    [OneTimeTearDown]
    public void CleanUp() => _output.Dispose();

    [Test]
    public void OnATerminal_TheLineIsRewritten_CutToTheWidth_AndMakesWayForALineThatStays()
    {
        var line = new ProgressLine(_output, isTerminal: true, width: 8);

        line.Update(() => "12 of 99 rows");
        line.Print("epoch 1");

        Assert.That(_output.ToString(), Is.EqualTo("\r12 of 99\r        \repoch 1\n"));
    }

    [Test]
    public void ATerminal_IsNotWrittenToAtEveryUpdate()
    {
        var line = new ProgressLine(_output, isTerminal: true, width: 3);
        for (int i = 0; i < 1000; i++)
        {
            line.Update(() => $"{i}");
        }

        Assert.That(_output.ToString().Count(letter => letter == '\r'), Is.InRange(1, 900));
    }

    [Test]
    public void Elsewhere_OnlyTheLastLineComesAtOnce_AndNothingIsRewritten()
    {
        var line = new ProgressLine(_output, isTerminal: false);

        line.Update(() => "first");
        line.Update(() => "last", isLast: true);
        line.Clear();

        Assert.That(_output.ToString(), Is.EqualTo("last\n"));
    }

    [TestCase(60, 0.25, "0:03:00 left")]
    [TestCase(36000, 0.5, "10:00:00 left")]
    [TestCase(5, 1.0, "0:00:00 left")]
    [TestCase(5, 1.2, "0:00:00 left")]
    public void TimeLeft_IsInProportion(int seconds, double done, string expected) =>
        Assert.That(ProgressLine.TimeLeft(TimeSpan.FromSeconds(seconds), done), Is.EqualTo(expected));
}
