using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class AtomicFileTests
{
    private TemporaryFolder _folder = null!;

    private string Target => _folder.In("target.bin");

    [SetUp]
    public void CreateFolder() => _folder = new();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Write_ReplacesAnOlderFileAndLeavesNothingElse()
    {
        File.WriteAllText(Target, "older and longer");

        AtomicFile.Write(Target, stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(Target), Is.EqualTo("new"));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.EqualTo(new[] { Target }));
    }

    [Test]
    public void Write_ThatThrowsLeavesTheOlderFile()
    {
        File.WriteAllText(Target, "older");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write("half of it"u8);
            throw new InvalidOperationException();
        }));

        Assert.That(File.ReadAllText(Target), Is.EqualTo("older"));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Is.EqualTo(new[] { Target }));
    }

    [Test]
    public void Create_ShowsNothingBeforeCommit()
    {
        using var file = AtomicFile.Create(Target);
        file.Stream.Write("streamed"u8);
        Assert.That(File.Exists(Target), Is.False);

        file.Commit();

        Assert.That(File.ReadAllText(Target), Is.EqualTo("streamed"));
    }

    [Test]
    public void Create_InAMissingFolderNamesTheFolder()
    {
        string path = _folder.In("missing", "target.bin");

        var error = Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Create(path));

        Assert.That(error!.Message, Is.EqualTo($"{path}: the folder '{_folder.In("missing")}' does not exist."));
    }

    [Test]
    public void Create_OverAFolderIsAnError()
    {
        var error = Assert.Throws<IOException>(() => AtomicFile.Create(_folder.Path));

        Assert.That(error!.Message, Is.EqualTo($"{_folder.Path}: expected a file to write; found a folder."));
    }
}
