using FakeNewsOnnx.Files;
using FakeNewsOnnx.Hub;

namespace FakeNewsOnnx.Tests.Hub;

/// <summary>The environment variables of huggingface_hub, and the names it takes.</summary>
internal sealed class HubOptionsTests
{
    [Test]
    public void WithoutVariables_TheHubIsHuggingFace_AndTheCacheIsPythons()
    {
        HubOptions options = HubOptions.FromEnvironment(name => name == "HF_TOKEN_PATH" ? "/no/such/token" : null);
        Assert.That(options.Endpoint, Is.EqualTo(new Uri("https://huggingface.co")));
        Assert.That(options.CacheFolder, Is.EqualTo(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", "hub")));
        Assert.That((options.Token, options.IsOffline), Is.EqualTo(((string?)null, false)));
    }

    [Test]
    public void Variables_AreReadAsPythonDoes()
    {
        using var home = new TemporaryFolder();
        home.Write("token", "hf_from_file\n");
        var variables = new Dictionary<string, string> { ["HF_HOME"] = home.Path, ["HF_ENDPOINT"] = "https://mirror.example/hf/", ["HF_HUB_OFFLINE"] = "yes" };
        HubOptions options = Read();
        Assert.That((options.CacheFolder, options.Token, options.IsOffline, options.Endpoint.AbsoluteUri), Is.EqualTo((home.In("hub"), "hf_from_file", true, "https://mirror.example/hf")));

        variables["HF_HUB_CACHE"] = "~/elsewhere";
        variables["HF_TOKEN"] = " hf_variable ";
        variables["HF_HUB_OFFLINE"] = "0";
        options = Read();
        Assert.That((options.CacheFolder, options.Token, options.IsOffline), Is.EqualTo((Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "elsewhere"), "hf_variable", false)));

        variables["HF_ENDPOINT"] = "ftp://example.org";
        Assert.That(Read, Throws.TypeOf<UsageException>().With.Message.EqualTo("HF_ENDPOINT must be an address such as https://huggingface.co; found 'ftp://example.org'."));

        HubOptions Read() => HubOptions.FromEnvironment(variables.GetValueOrDefault);
    }

    [TestCase("gpt2", "gpt2", "main")]
    [TestCase("openai-community/gpt2-medium", "openai-community/gpt2-medium", "main")]
    [TestCase("a/b.c_d@refs/pr/7", "a/b.c_d", "refs/pr/7")]
    [TestCase("a/b@0123456789abcdef0123456789abcdef01234567", "a/b", "0123456789abcdef0123456789abcdef01234567")]
    [TestCase("../gpt2", null, null)]
    [TestCase("a/b/c", null, null)]
    [TestCase("models\\gpt2", null, null)]
    [TestCase("a--b/c", null, null)]
    [TestCase("a..b", null, null)]
    [TestCase(".hidden", null, null)]
    [TestCase("a/b@", null, null)]
    [TestCase("a/b@x/../y", null, null)]
    [TestCase("a b", null, null)]
    [TestCase("", null, null)]
    public void Names_AreThoseThatTheHubGives(string text, string? id, string? revision)
    {
        HubRepository? repository = HubRepository.TryParse(HubKind.Model, text);
        Assert.That((repository?.Id, repository?.Revision), Is.EqualTo((id, revision)));
    }
}
