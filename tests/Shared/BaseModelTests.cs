using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class BaseModelTests
{
    /// <summary>What becomes <c>base_model_name_or_path</c>: never a path of this machine.</summary>
    [TestCase("my-gpt2", "my-gpt2")]
    [TestCase("models--gpt2/snapshots/607a30d", "gpt2")]
    [TestCase("models--openai-community--gpt2-medium/snapshots/6dcaa7a", "openai-community/gpt2-medium")]
    public void Name_IsTheHubsOrTheDirectorys(string directory, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = Directory.CreateDirectory(folder.In(directory)).FullName;
        foreach (string file in Directory.EnumerateFiles(ReferenceModel.Tiny.Base))
        {
            File.Copy(file, Path.Combine(path, Path.GetFileName(file)));
        }

        using BaseModel baseModel = BaseModel.Open(path + Path.DirectorySeparatorChar);
        Assert.That(baseModel.Name, Is.EqualTo(expected));
    }
}
