using System.Security.Cryptography;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>Joins the parts of a sharded run, after checking that they are all there and belong together.</summary>
internal static class PartMerger
{
    /// <summary>Writes the parts' rows in order, with the first part's header.</summary>
    /// <param name="paths">The parts, in any order.</param>
    /// <param name="output">The joined file.</param>
    /// <returns>Number of parts, the joined file's bytes before compression, its rows, and those with errors.</returns>
    /// <exception cref="InvalidDataException">A part is missing, there twice, changed, unfinished, or from another run.</exception>
    public static MergeOutput Merge(IReadOnlyList<string> paths, string output)
    {
        OutputFile.RequireKnownCompression(output);
        var parts = Check([.. paths.Select(path => (Path: path, Record: RunRecord.Read(path)))]);
        if (!FileNames.IsGzip(output))
        {
            long bytes = 0;
            AtomicFile.Write(output, stream => bytes = Append(parts, stream));
            return Describe(bytes);
        }

        AtomicFile.RequireWritable(output);
        using var plain = new FileStream(OutputFile.PartialPathFor(output), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        Append(parts, plain);
        plain.Position = 0;
        AtomicFile.Write(output, stream => OutputFile.Compress(plain, stream));
        return Describe(plain.Length);

        MergeOutput Describe(long bytes) => new(parts.Length, bytes, parts.Sum(part => part.Part.Rows!.Value), parts.Sum(part => part.Part.Errors!.Value));
    }

    private static long Append((string Path, PartRecord Part)[] parts, Stream target) =>
        parts.Index().Sum(entry => Append(entry.Item.Path, entry.Item.Part, withStart: entry.Index == 0, target));

    private static (string Path, PartRecord Part)[] Check((string Path, RunRecord Record)[] parts)
    {
        var (firstPath, first) = parts[0];
        foreach (var (path, record) in parts)
        {
            if (record.Part is not { OutputSha256: not null, Rows: not null, Errors: not null } part)
            {
                throw new InvalidDataException($"{path}: expected a finished part of 'infer score --shard'; found another file.");
            }

            if (record.Settings != first.Settings)
            {
                throw new InvalidDataException($"{path}: expected the model and options of {firstPath}, {first.Settings}; found {record.Settings}.");
            }

            if (part.InputSha256 != first.Part!.InputSha256 || part.Shard.Count != first.Part.Shard.Count)
            {
                throw new InvalidDataException($"{path}: expected one of {first.Part.Shard.Count} parts of the input with SHA-256 {first.Part.InputSha256}; found one of {part.Shard.Count} of {part.InputSha256}.");
            }
        }

        var byIndex = parts.ToLookup(part => part.Record.Part!.Shard.Index);
        if (byIndex.FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InvalidDataException($"{twice.Last().Path}: expected each part once; {twice.First().Path} is part {twice.Key} as well.");
        }

        int count = first.Part!.Shard.Count;
        int[] missing = [.. Enumerable.Range(1, count).Where(index => !byIndex.Contains(index))];
        return missing.Length == 0
            ? [.. parts.Select(part => (part.Path, part.Record.Part!)).OrderBy(part => part.Item2.Shard.Index)]
            : throw new InvalidDataException($"expected the parts 1 to {count}; found none for {string.Join(", ", missing)}.");
    }

    private static long Append(string path, PartRecord part, bool withStart, Stream target)
    {
        using var stream = TextFile.OpenUnpacked(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        long skip = withStart ? 0 : part.StartBytes!.Value, written = 0;
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            int skipped = (int)Math.Min(skip, read);
            skip -= skipped;
            target.Write(buffer.AsSpan(skipped, read - skipped));
            written += read - skipped;
        }

        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return found == part.OutputSha256 ? written : throw new InvalidDataException($"{path}: the part was changed: expected SHA-256 {part.OutputSha256}; found {found}.");
    }
}
