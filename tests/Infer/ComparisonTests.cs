using System.CommandLine;
using FakeNewsOnnx.Cli;
using FakeNewsOnnx.Infer;

namespace FakeNewsOnnx.Tests.Infer;

/// <summary>What <c>infer compare</c> lets pass.</summary>
internal sealed class ComparisonTests
{
    private static readonly LabelMap Labels = LabelMap.Default;

    [Test]
    public void FewRows_AreDecidedByFlipsAndProbabilities()
    {
        ScoredModel reference = Scored([0.9f, 0.6f, 0.2f], [0, 0, 1]);

        Assert.That(Compare(reference, [0.89f, 0.49f, 0.2f]).Passed, Is.False, "p99 is 0.11");
        Assert.That(Compare(Scored([0.9f, 0.505f, 0.2f], [0, 0, 1]), [0.89f, 0.495f, 0.2f]).Passed, Is.True, "one flip");
        Assert.That(Compare(Scored([0.505f, 0.505f, 0.2f], [0, 0, 1]), [0.495f, 0.495f, 0.2f]).Passed, Is.False, "two flips");
        Assert.That(Compare(reference, [0.9f, 0.6f, 0.2f]).Rule, Is.EqualTo("fewer than 400 rows: at most 1 label may change, and 99 % of the probabilities may move by 0.02"));
    }

    [Test]
    public void ManyRows_AreDecidedByAccuracy()
    {
        float[] before = [.. Enumerable.Repeat(0.9f, 400)];
        int[] labels = [.. Enumerable.Repeat(0, 400)];

        Comparison twoWrong = Compare(Scored(before, labels), [0.1f, 0.1f, .. before[2..]]);
        Comparison threeWrong = Compare(Scored(before, labels), [0.1f, 0.1f, 0.1f, .. before[3..]]);

        Assert.That((twoWrong.Passed, twoWrong.CandidateAccuracy, twoWrong.LabelFlips), Is.EqualTo((true, 0.995, 2)));
        Assert.That((threeWrong.Passed, threeWrong.ReferenceAccuracy, threeWrong.CandidateAccuracy), Is.EqualTo((false, 1.0, 0.9925)));
        Assert.That(twoWrong.Rule, Is.EqualTo("accuracy may drop by 0.50 %"));
    }

    [Test]
    public void P99_LeavesOutOneRowInAHundred()
    {
        float[] before = [.. Enumerable.Repeat(0.9f, 100)];
        int[] labels = [.. Enumerable.Repeat(0, 100)];

        Comparison one = Compare(Scored(before, labels), [0.6f, .. before[1..]]), two = Compare(Scored(before, labels), [0.6f, 0.7f, .. before[2..]]);

        Assert.That((one.Passed, one.MaxProbabilityDifference, one.P99ProbabilityDifference), Is.EqualTo((true, 0.3, 0.0)).Using<(bool, double, double)>(Near));
        Assert.That((two.Passed, two.P99ProbabilityDifference), Is.EqualTo((false, 0.2)).Using<(bool, double)>((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-6));
    }

    [Test]
    public void OtherLabels_AreAnError()
    {
        ScoredModel reference = Scored([0.9f], [0]);
        var error = Assert.Throws<InvalidDataException>(() => Comparison.Of(reference, reference with { Path = "b.onnx", Labels = LabelMap.Parse("real,fake") }, 0.005));
        Assert.That(error!.Message, Is.EqualTo("b.onnx: expected the labels of a.onnx, 'fake', 'real'; found 'real', 'fake'."));
    }

    private static bool Near((bool, double, double) a, (bool, double, double) b) =>
        a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-6 && Math.Abs(a.Item3 - b.Item3) < 1e-6;

    private static Comparison Compare(ScoredModel reference, float[] fakes) =>
        Comparison.Of(reference, Scored(fakes, [.. reference.LabelIds]), 0.005);

    private static ScoredModel Scored(float[] fakes, int[] labels) =>
        new("a.onnx", 100, 10, Labels, labels, [.. fakes.Select(fake => new[] { fake, 1 - fake })], null);
}

/// <summary><c>infer compare</c> as its user sees it.</summary>
[NonParallelizable]
internal sealed class CompareCommandTests
{
    private TemporaryFolder _folder = null!;
    private CapturedConsole _console = null!;
    private string _reference = null!;

    [SetUp]
    public void Prepare()
    {
        _folder = new();
        _reference = _folder.In("reference.onnx");
        File.WriteAllBytes(_reference, ByteModel.ToBytes());
        _console = new();
    }

    [TearDown]
    public void CleanUp()
    {
        _console.Dispose();
        _folder.Dispose();
    }

    /// <summary>Letters are real and digits fake; the third row's label is wrong, the fourth has no content.</summary>
    [Test]
    public async Task TheSameFile_Passes()
    {
        string data = _folder.Write("data.csv", "title,content,classification\na,letters,real\n1,111111111,fake\na,letters,fake\na,,real\n");

        Assert.That(await Run(_reference, _reference, data), Is.Zero, _console.Error.ToString());

        string[] lines = _console.Out.ToString().Split(Environment.NewLine);
        Assert.That(lines[3], Is.EqualTo("accuracy, 3 rows               66.67 %       66.67 %"));
        Assert.That(lines[4], Is.EqualTo("label flips 0, |Δ probability| max 0, p99 0"));
        Assert.That(lines[5], Is.EqualTo("4 rows read = 3 used + 1 left out (1 blank content)"));
        Assert.That(lines[6], Does.StartWith("passed: fewer than 400 rows"));
    }

    [Test]
    public async Task AWorseFile_Fails()
    {
        string candidate = _folder.In("candidate.onnx");
        File.WriteAllBytes(candidate, ByteModel.ToBytes(ByteModel.Manifest with { Temperature = 100 }));
        string data = _folder.Write("data.csv", "title,content,verdict\na,letters,real\n");

        Assert.That(await Run(_reference, candidate, data, "--column", "label=verdict"), Is.EqualTo(1));
        Assert.That(_console.Out.ToString(), Does.Contain("failed: fewer than 400 rows"));
    }

    [TestCase("title,content,classification\na,letters,satire\n", "data.csv(2): label must be one of 'fake', 'real'; found 'satire'.")]
    [TestCase("title,content\na,letters\n", "data.csv: expected a column of labels, 'classification', or another that --column label=NAME names; found 'title', 'content'.")]
    [TestCase("title,content,classification\n", "data.csv: expected labelled articles; found none; 0 rows read = 0 used + 0 left out.")]
    public async Task DataWithoutLabels_IsAnError(string text, string message)
    {
        Assert.That(await Run(_reference, _reference, _folder.Write("data.csv", text)), Is.EqualTo(1));
        Assert.That(_console.Error.ToString(), Does.EndWith($"{message}{Environment.NewLine}"));
    }

    [Test]
    public async Task ADropAboveOne_IsBadUsage()
    {
        Assert.That(await Run(_reference, _reference, "data.csv", "--max-accuracy-drop", "5"), Is.EqualTo(2));
        Assert.That(_console.Error.ToString(), Is.EqualTo($"error: --max-accuracy-drop must be from 0 to 1; found 5.{Environment.NewLine}"));
    }

    private static Task<int> Run(string reference, string candidate, string data, params string[] options) =>
        ProgramHost.RunAsync(new RootCommand { CompareCommand.Create() }, ["compare", reference, candidate, "--data", data, .. options]);
}
