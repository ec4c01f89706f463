using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Train.Data;

/// <summary>Encodes articles on all cores, and keeps their tokens in a file for the next run, as 16-bit numbers by a hash of the article's text.</summary>
/// <remarks>
/// The file: entries of hash (the first 16 bytes of SHA-256), number of tokens (int32, its highest bit set if the article was longer) and tokens (uint16),
/// then the SHA-256 of all that. A file that is broken counts as empty: what it held can be made again.
/// </remarks>
internal sealed class TokenCache
{
    private const int KeyBytes = 16;
    private const int HeadBytes = KeyBytes + sizeof(int);
    private const int TruncatedBit = int.MinValue;
    private const long MostBytesKept = 256 << 20;
    private const int ArticlesAtOnce = 256;

    /// <summary>The texts that were read and are done with; left to itself the collector lets several times this pile up.</summary>
    private const long MaxGarbageBytes = 80_000_000;

    private readonly Gpt2Tokenizer _tokenizer;
    private readonly int _maxTokens;
    private readonly string? _path;
    private readonly Dictionary<UInt128, StoredTokens> _known = [];

    /// <param name="folder">Where the file lies, created when missing; null to keep nothing.</param>
    /// <param name="tokenizer">Of the base model; another tokenizer has another file.</param>
    /// <param name="maxTokens">Tokens of an article that are read; another number has another file.</param>
    public TokenCache(string? folder, Gpt2Tokenizer tokenizer, int maxTokens)
    {
        _tokenizer = tokenizer;
        _maxTokens = maxTokens;
        bool isWide = tokenizer.VocabularySize > ushort.MaxValue + 1;
        Tokens = new(folder is null ? Path.GetTempPath() : Directory.CreateDirectory(folder).FullName, isWide);
        _path = folder is null || isWide ? null : Path.Combine(folder, FormattableString.Invariant($"tokens-{tokenizer.Sha256[..16]}-{maxTokens}.bin"));
    }

    /// <summary>Holds the tokens of this run.</summary>
    public TokenFile Tokens { get; }

    /// <summary>Encodes articles as they are enumerated, in their order; when all are, the file is written.</summary>
    /// <param name="rows">The articles and what belongs to them.</param>
    /// <param name="articleOf">The article of a row.</param>
    public IEnumerable<(T Row, StoredTokens Tokens)> Encode<T>(IEnumerable<T> rows, Func<T, Article> articleOf)
    {
        using FileStream? file = _path is not null && File.Exists(_path) ? File.OpenRead(_path) : null;
        Dictionary<UInt128, StoredTokens> old = file is null ? [] : ReadEntries(file);
        bool hasNew = false;
        foreach (T[] chunk in rows.Chunk(ArticlesAtOnce))
        {
            if (GC.GetTotalMemory(forceFullCollection: false) > MaxGarbageBytes)
            {
                GC.Collect();
            }

            var keys = new UInt128[chunk.Length];
            var encoded = new EncodedArticle?[chunk.Length];
            Parallel.For(0, chunk.Length, i =>
            {
                Article article = articleOf(chunk[i]);
                keys[i] = KeyOf(article);
                encoded[i] = _known.ContainsKey(keys[i]) || old.ContainsKey(keys[i]) ? null : _tokenizer.Encode(article, _maxTokens);
            });
            for (int i = 0; i < chunk.Length; i++)
            {
                if (!_known.TryGetValue(keys[i], out StoredTokens tokens))
                {
                    tokens = encoded[i] is { } article ? Tokens.Append(article.InputIds, article.Truncated) : Copy(file!, old[keys[i]]);
                    hasNew |= encoded[i] is not null;
                    _known.Add(keys[i], tokens);
                }

                yield return (chunk[i], tokens);
            }
        }

        if (_path is not null && hasNew)
        {
            Write(file, old);
        }
    }

    private static UInt128 KeyOf(Article article) =>
        BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(article.ToText())));

    /// <summary>Where the entries' tokens are in the file; none if its hash is not that of its bytes.</summary>
    private static Dictionary<UInt128, StoredTokens> ReadEntries(FileStream file)
    {
        var entries = new Dictionary<UInt128, StoredTokens>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long end = file.Length - SHA256.HashSizeInBytes;
        var head = new byte[HeadBytes];
        var tokens = new byte[1 << 12];
        while (file.Position + HeadBytes <= end)
        {
            file.ReadExactly(head);
            int count = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(KeyBytes));
            long bytes = (count & ~TruncatedBit) * (long)sizeof(ushort);
            if (file.Position + bytes > end || bytes > Array.MaxLength)
            {
                return [];
            }

            entries[BinaryPrimitives.ReadUInt128LittleEndian(head)] = new(file.Position, count & ~TruncatedBit, (count & TruncatedBit) != 0);
            tokens = tokens.Length >= bytes ? tokens : new byte[bytes];
            file.ReadExactly(tokens.AsSpan(0, (int)bytes));
            hash.AppendData(head);
            hash.AppendData(tokens.AsSpan(0, (int)bytes));
        }

        var expected = new byte[SHA256.HashSizeInBytes];
        return file.Position == end && file.Read(expected) == expected.Length && hash.GetHashAndReset().SequenceEqual(expected) ? entries : [];
    }

    private StoredTokens Copy(FileStream file, StoredTokens tokens) => Tokens.AppendBytes(ReadFrom(file, tokens), tokens.IsTruncated);

    private static byte[] ReadFrom(FileStream file, StoredTokens tokens)
    {
        var bytes = new byte[tokens.Count * sizeof(ushort)];
        file.Position = tokens.Offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Writes this run's articles, and the older ones while the file stays small.</summary>
    private void Write(FileStream? file, Dictionary<UInt128, StoredTokens> old)
    {
        using AtomicFile target = AtomicFile.Create(_path!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var head = new byte[HeadBytes];
        foreach (var (key, tokens) in _known)
        {
            Append(key, tokens, Tokens.ReadBytes(tokens));
        }

        foreach (var (key, tokens) in old.Where(entry => !_known.ContainsKey(entry.Key)).TakeWhile(_ => target.Stream.Length <= MostBytesKept))
        {
            Append(key, tokens, ReadFrom(file!, tokens));
        }

        target.Stream.Write(hash.GetHashAndReset());
        file?.Dispose(); // Windows does not replace an open file
        target.Commit();

        void Append(UInt128 key, StoredTokens tokens, ReadOnlySpan<byte> bytes)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(head, key);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(KeyBytes), tokens.Count | (tokens.IsTruncated ? TruncatedBit : 0));
            hash.AppendData(head);
            hash.AppendData(bytes);
            target.Stream.Write(head);
            target.Stream.Write(bytes);
        }
    }
}
