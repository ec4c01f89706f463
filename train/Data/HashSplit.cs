using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FakeNewsOnnx.Train.Data;

/// <summary>The part of the data that an article belongs to.</summary>
internal enum SplitPart
{
    /// <summary>Learnt from.</summary>
    Train,

    /// <summary>Chooses the best epoch.</summary>
    Validation,

    /// <summary>Held out for the final measurement.</summary>
    Test,
}

/// <summary>
/// Splits by a hash of the content: an article keeps its part when rows are added or reordered, and no copy of it,
/// whatever its title, lands on the other side.
/// </summary>
/// <param name="validationFraction">Expected part of the articles.</param>
/// <param name="testFraction">Expected part of the articles.</param>
/// <param name="seed">Another seed is another split.</param>
internal sealed class HashSplit(double validationFraction, double testFraction, int seed)
{
    private readonly string _salt = seed.ToString(CultureInfo.InvariantCulture) + "\n";

    /// <summary>The part of an article with this content; white space at its ends does not count.</summary>
    public SplitPart PartOf(string content)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(_salt + content.Trim()));
        double place = BinaryPrimitives.ReadUInt64BigEndian(hash) / (ulong.MaxValue + 1.0); // in [0, 1]
        return place < testFraction ? SplitPart.Test
            : place < testFraction + validationFraction ? SplitPart.Validation
            : SplitPart.Train;
    }
}
