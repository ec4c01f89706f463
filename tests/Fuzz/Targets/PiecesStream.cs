namespace FakeNewsOnnx.Fuzz;

/// <summary>Gives a few bytes at a time.</summary>
internal sealed class PiecesStream(byte[] bytes, int piece) : MemoryStream(bytes)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(piece, buffer.Length)]);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(piece, count));
}
