using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FakeNewsOnnx.Data;

namespace FakeNewsOnnx.Train.Training;

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

    private readonly Gpt2Tokenizer _tokenizer;
    private readonly int _maxTokens;
    private readonly string? _path;

    /// <param name="folder">Where the file lies, created when missing; null to keep nothing.</param>
    /// <param name="tokenizer">Of the base model; another tokenizer has another file.</param>
    /// <param name="maxTokens">Tokens of an article that are read; another number has another file.</param>
    public TokenCache(string? folder, Gpt2Tokenizer tokenizer, int maxTokens)
    {
        _tokenizer = tokenizer;
        _maxTokens = maxTokens;
        _path = folder is null || tokenizer.VocabularySize > ushort.MaxValue + 1 ? null
            : Path.Combine(Directory.CreateDirectory(folder).FullName, FormattableString.Invariant($"tokens-{tokenizer.Sha256[..16]}-{maxTokens}.bin"));
    }

    /// <summary>The tokens of each article, in their order.</summary>
    public EncodedArticle[] Encode(IReadOnlyList<Article> articles)
    {
        Dictionary<UInt128, EncodedArticle> known = _path is not null && File.Exists(_path) ? Parse(File.ReadAllBytes(_path)) : [];
        var keys = new UInt128[articles.Count];
        var encoded = new EncodedArticle[articles.Count];
        int misses = 0;
        Parallel.For(0, articles.Count, i =>
        {
            keys[i] = KeyOf(articles[i]);
            if (!known.TryGetValue(keys[i], out EncodedArticle? found))
            {
                found = _tokenizer.Encode(articles[i], _maxTokens);
                Interlocked.Increment(ref misses);
            }

            encoded[i] = found;
        });
        if (_path is not null && misses > 0)
        {
            Write(keys, encoded, known);
        }

        return encoded;
    }

    private static UInt128 KeyOf(Article article) =>
        BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(article.ToText())));

    private static Dictionary<UInt128, EncodedArticle> Parse(byte[] file)
    {
        var known = new Dictionary<UInt128, EncodedArticle>();
        if (file.Length < SHA256.HashSizeInBytes || !SHA256.HashData(file.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(file.AsSpan(^SHA256.HashSizeInBytes..)))
        {
            return known;
        }

        ReadOnlySpan<byte> rest = file.AsSpan(..^SHA256.HashSizeInBytes);
        while (!rest.IsEmpty)
        {
            UInt128 key = BinaryPrimitives.ReadUInt128LittleEndian(rest);
            int count = BinaryPrimitives.ReadInt32LittleEndian(rest[KeyBytes..]);
            bool truncated = (count & TruncatedBit) != 0;
            ReadOnlySpan<ushort> tokens = MemoryMarshal.Cast<byte, ushort>(rest.Slice(HeadBytes, (count & ~TruncatedBit) * sizeof(ushort)));
            known[key] = new(Array.ConvertAll(tokens.ToArray(), id => (int)id), truncated);
            rest = rest[(HeadBytes + (tokens.Length * sizeof(ushort)))..];
        }

        return known;
    }

    /// <summary>Writes this run's articles, and the older ones while the file stays small.</summary>
    private void Write(UInt128[] keys, EncodedArticle[] encoded, Dictionary<UInt128, EncodedArticle> known)
    {
        var entries = keys.Zip(encoded).Concat(known.Select(entry => (entry.Key, entry.Value))).DistinctBy(entry => entry.Item1);
        AtomicFile.Write(_path!, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var head = new byte[HeadBytes];
            foreach (var (i, (key, article)) in entries.Index())
            {
                if (i >= keys.Length && stream.Length > MostBytesKept)
                {
                    break;
                }

                BinaryPrimitives.WriteUInt128LittleEndian(head, key);
                BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(KeyBytes), article.InputIds.Length | (article.Truncated ? TruncatedBit : 0));
                Append(head);
                Append(MemoryMarshal.AsBytes<ushort>([.. article.InputIds.Select(id => (ushort)id)]));
            }

            stream.Write(hash.GetHashAndReset());

            void Append(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }
}
