using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Infer;

/// <summary>
/// Beside an output that is not finished, or is one of several parts: what it was made from, so that nothing else is ever
/// added to it.
/// </summary>
internal sealed record RunRecord
{
    /// <summary>What decides the output's bytes.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>For one of several parts: which, and of what.</summary>
    public PartRecord? Part { get; init; }

    /// <summary>The record's path.</summary>
    public static string PathFor(string output) => output + ".run.json";

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is not one.</exception>
    public static RunRecord Read(string output)
    {
        string path = PathFor(output);
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"{output}: expected '{path}' beside it, which says what it was made from; found none.");
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), InferJson.Default.RunRecord) ?? throw new InvalidDataException($"{path}: the record is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not a run's record: {e.Message}", e);
        }
    }

    /// <summary>Refuses to go on with an output that was made from something else.</summary>
    /// <exception cref="InvalidDataException">Its record is another one, or there is none.</exception>
    public void RequireSame(string output)
    {
        var found = Read(output);
        if (found.Settings != Settings)
        {
            throw new InvalidDataException($"{output}: expected a run with {Settings}; found one with {found.Settings}. --force starts again.");
        }

        if (found.Part?.Shard != Part?.Shard || found.Part?.InputSha256 != Part?.InputSha256)
        {
            throw new InvalidDataException($"{output}: expected {Describe(Part)}; found {Describe(found.Part)}. --force starts again.");
        }

        static string Describe(PartRecord? part) => part == null
            ? "a run over the whole input"
            : string.Create(CultureInfo.InvariantCulture, $"part {part.Shard.Index} of {part.Shard.Count} of the input with SHA-256 {part.InputSha256}");
    }

    /// <summary>Writes the record.</summary>
    public void Write(string output) => AtomicFile.Write(PathFor(output), stream => JsonSerializer.Serialize(stream, this, InferJson.Default.RunRecord));
}

/// <summary>What decides an output's bytes, but for the input's own.</summary>
/// <param name="ModelSha256">The model file's hash.</param>
/// <param name="Device">Where the model ran.</param>
/// <param name="Format">How the records stand.</param>
/// <param name="TitleColumn">The column of titles.</param>
/// <param name="ContentColumn">The column of contents.</param>
/// <param name="MaxFieldBytes">The largest field that is read.</param>
/// <param name="LongArticles">What happens to a long article.</param>
/// <param name="Stride">Tokens from one window to the next.</param>
/// <param name="Encoding">The input's encoding, if <c>--encoding</c> names it.</param>
internal sealed record RunSettings(
    string ModelSha256, string Device, RowFormat Format, string TitleColumn, string ContentColumn, int MaxFieldBytes, string LongArticles, int? Stride, string? Encoding = null)
{
    /// <summary>The hash of a model file and of the weights that lie beside it, if any.</summary>
    public static string HashModel(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in new[] { path, path + ".data" }.Where(File.Exists))
        {
            using var stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Which part of an input an output is.</summary>
/// <param name="Shard">The part.</param>
/// <param name="InputSha256">The whole input's hash.</param>
internal sealed record PartRecord(Shard Shard, string InputSha256)
{
    /// <summary>The bytes before the first row, which only the first part gives to the whole; null until the part is finished.</summary>
    public int? StartBytes { get; init; }

    /// <summary>Number of rows of the finished part.</summary>
    public long? Rows { get; init; }

    /// <summary>Number of its rows with errors.</summary>
    public long? Errors { get; init; }

    /// <summary>The hash of the finished part's unpacked bytes.</summary>
    public string? OutputSha256 { get; init; }
}
