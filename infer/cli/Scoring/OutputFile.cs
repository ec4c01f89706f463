using System.IO.Compression;
using System.Security.Cryptography;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// The scored file while it is written: <c>FILE.partial</c>, with a <see cref="RunRecord"/> beside it, until it is whole.
/// An interrupted run leaves both, and <c>--resume</c> goes on from them. The partial file is never compressed, so that it
/// can be cut after its last whole row.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly RunRecord _record;
    private bool _keep;

    private OutputFile(string path, RunRecord record, FileStream stream)
    {
        _path = path;
        _record = record;
        _stream = stream;
    }

    /// <summary>The bytes so far.</summary>
    public Stream Stream => _stream;

    /// <summary>The name of the bytes so far.</summary>
    public string PartialPath => PartialPathFor(_path);

    /// <summary>Where an unfinished output is.</summary>
    public static string PartialPathFor(string path) => path + ".partial";

    /// <summary>Refuses a name whose ending promises a compression that is not written.</summary>
    /// <exception cref="UsageException">It ends with <c>.zst</c>.</exception>
    public static void RequireKnownCompression(string path)
    {
        if (FileNames.IsZstandard(path))
        {
            throw new UsageException($"--out is compressed by .gz alone; found '{path}'.");
        }
    }

    /// <summary>Refuses to begin where something is that would be lost.</summary>
    /// <exception cref="IOException">The output or a part of it exists.</exception>
    public static void RequireNothingThere(string path)
    {
        if (File.Exists(path) && !AtomicFile.IsDevice(path))
        {
            throw new IOException($"{path}: the file exists; --force replaces it.");
        }

        if (File.Exists(PartialPathFor(path)))
        {
            throw new IOException($"{path}: an earlier run was interrupted; --resume continues it, --force starts again.");
        }
    }

    /// <summary>Begins an output; what an earlier run left of it is lost.</summary>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public static OutputFile Create(string path, RunRecord record)
    {
        File.Delete(PartialPathFor(path));
        record.Write(path);
        return new(path, record, new(PartialPathFor(path), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0));
    }

    /// <summary>Opens what an interrupted run left.</summary>
    /// <exception cref="InvalidDataException">It was made from something else.</exception>
    /// <exception cref="IOException">Another run is writing it.</exception>
    public static OutputFile Open(string path, RunRecord record)
    {
        record.RequireSame(path);
        return new(path, record, new(PartialPathFor(path), FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0)) { _keep = true };
    }

    /// <summary>Leaves what there is for a later run.</summary>
    public void Keep() => _keep = true;

    /// <summary>Makes the output whole: flushed to disk, compressed if its name says so, renamed.</summary>
    /// <param name="startBytes">The bytes before the first row.</param>
    /// <param name="summary">Rows and errors, for the record of a part.</param>
    public void Commit(int startBytes, ScoreSummary summary)
    {
        _keep = true;
        _stream.Flush(flushToDisk: true);
        if (_record.Part is { } part)
        {
            _stream.Position = 0;
            (_record with { Part = part with { StartBytes = startBytes, Rows = summary.Rows, Errors = summary.Errors, OutputSha256 = Convert.ToHexStringLower(SHA256.HashData(_stream)) } }).Write(_path);
        }

        if (FileNames.IsGzip(_path))
        {
            _stream.Position = 0;
            AtomicFile.Write(_path, target => Compress(_stream, target));
        }

        _stream.Dispose();
        if (FileNames.IsGzip(_path))
        {
            File.Delete(PartialPath);
        }
        else
        {
            File.Move(PartialPath, _path, overwrite: true);
        }

        if (_record.Part == null)
        {
            File.Delete(RunRecord.PathFor(_path));
        }
    }

    /// <summary>Closes the output; without <see cref="Keep"/> or <see cref="Commit"/>, nothing is left of it.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_keep)
        {
            File.Delete(PartialPath);
            File.Delete(RunRecord.PathFor(_path));
        }
    }

    /// <summary>Compresses; the same bytes of a file always give the same result, as they come in blocks of one size.</summary>
    public static void Compress(FileStream source, Stream target)
    {
        using var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true);
        source.CopyTo(gzip, 1 << 16);
    }
}
