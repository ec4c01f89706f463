using System.Text;
using System.Text.Json.Nodes;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>Which manifests of other versions of the programs are read, in an adapter directory and in an ONNX file alike.</summary>
internal sealed class ManifestVersionTests
{
    /// <summary>Written by 0.1.0; it must stay readable.</summary>
    private static readonly string Written = File.ReadAllText(Repository.PathOf("tests", "Fixtures", "sample-tuned", "adapter", "fakenews.json"));

    [Test]
    public void Parse_ReadsAManifestOf010() => Assert.That(Parse(Written).Labels, Is.EqualTo(new[] { "fake", "real" }));

    [Test]
    public void Parse_IgnoresAKeyThatItDoesNotKnow() => Assert.That(Parse(With("a_later_key", 1)).ToUtf8Json(), Is.EqualTo(Parse(Written).ToUtf8Json()));

    [TestCase(0)]
    [TestCase(2)]
    public void Parse_RefusesAnotherVersion(int version) => Assert.That(
        () => Parse(With("manifest_version", version)),
        Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"fakenews.json: manifest_version must be 1; found {version}."));

    private static Manifest Parse(string json) => Manifest.Parse(Encoding.UTF8.GetBytes(json), "fakenews.json");

    private static string With(string key, int value)
    {
        JsonNode manifest = JsonNode.Parse(Written)!;
        manifest[key] = value;
        return manifest.ToJsonString();
    }
}
