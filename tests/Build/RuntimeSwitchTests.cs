using System.Text.Json;

namespace FakeNewsOnnx.Tests.Build;

/// <summary>Switches of .NET that every program must have on.</summary>
internal sealed class RuntimeSwitchTests
{
    private const string StrictValidation = "System.IO.Compression.UseStrictValidation";

    /// <summary>Without it, .NET takes gzip data that were cut off for whole ones.</summary>
    [TestCase("train")]
    [TestCase("export")]
    [TestCase("infer")]
    public void EveryProgram_FindsCutGzipData(string program)
    {
        using JsonDocument configuration = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{program}.runtimeconfig.json")));

        Assert.That(configuration.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty(StrictValidation).GetBoolean(), Is.True);
    }

    [Test]
    public void TheTests_FindCutGzipData() => Assert.That(AppContext.TryGetSwitch(StrictValidation, out bool isOn) && isOn, Is.True);
}
