using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Tests.Shared;

internal sealed class AtomicFileTests
{
    private string _folder = null!;

    private string Target => Path.Combine(_folder, "target.bin");

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("fakenews-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Write_ReplacesAnOlderFileAndLeavesNothingElse()
    {
        File.WriteAllText(Target, "older and longer");

        AtomicFile.Write(Target, stream => stream.Write("new"u8));

        Assert.That(File.ReadAllText(Target), Is.EqualTo("new"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.EqualTo(new[] { Target }));
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
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.EqualTo(new[] { Target }));
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
        string path = Path.Combine(_folder, "missing", "target.bin");

        var error = Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Create(path));

        Assert.That(error!.Message, Is.EqualTo($"{path}: the folder '{Path.Combine(_folder, "missing")}' does not exist."));
    }

    [Test]
    public void Create_OverAFolderIsAnError()
    {
        var error = Assert.Throws<IOException>(() => AtomicFile.Create(_folder));

        Assert.That(error!.Message, Is.EqualTo($"{_folder}: expected a file to write; found a folder."));
    }
}
