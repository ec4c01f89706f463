using System.Buffers.Binary;
using System.Numerics;
using FakeNewsOnnx.Train.Training;
using Google.Protobuf;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class TensorBoardLogTests
{
    /// <summary>Record: length, masked CRC-32C of the length, event, masked CRC-32C of the event (https://github.com/tensorflow/tensorboard).</summary>
    [Test]
    public void Add_WritesRecordsThatTensorBoardReads()
    {
        using var folder = new TemporaryFolder();
        var log = new TensorBoardLog(folder.Path);
        log.Add(new() { Epoch = 0.5, Step = 4, Loss = 0.25, GradientNorm = 2, LearningRate = 1e-3 });
        log.Add(new() { Epoch = 1, Step = 8, EvalLoss = 0.75, EvalAccuracy = 0.5 });
        string file = Directory.GetFiles(folder.Path).Single();
        Assert.That(Path.GetFileName(file), Does.StartWith("events.out.tfevents."));
        Assert.That(Records(File.ReadAllBytes(file)).Select(ReadScalar).Where(scalar => scalar != ""), Is.EqualTo(new[]
        {
            "4 train/loss 0.25", "4 train/grad_norm 2", "4 train/learning_rate 0.001", "4 train/epoch 0.5",
            "8 train/epoch 1", "8 eval/loss 0.75", "8 eval/accuracy 0.5",
        }));
    }

    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), Is.EqualTo(MaskedCrc(file.AsSpan(at, 8))));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), Is.EqualTo(MaskedCrc(file.AsSpan(at + 12, length))));
            yield return file[(at + 12)..(at + 12 + length)];
            at += length + 16;
        }
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }

    /// <summary>Event: step = 2, summary = 5; Summary: value = 1; Value: tag = 1, simple_value = 2.</summary>
    private static string ReadScalar(byte[] record)
    {
        var input = new CodedInputStream(record);
        long step = 0;
        string scalar = "";
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    step = input.ReadInt64();
                    break;
                case 5:
                    scalar = ReadValue(input.ReadBytes().CreateCodedInput());
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return scalar.Length == 0 ? "" : $"{step} {scalar}";
    }

    private static string ReadValue(CodedInputStream summary)
    {
        _ = summary.ReadTag();
        CodedInputStream value = summary.ReadBytes().CreateCodedInput();
        string name = "", number = "";
        for (uint tag; (tag = value.ReadTag()) != 0;)
        {
            switch (tag)
            {
                case (1 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    name = value.ReadString();
                    break;
                case (2 << 3) | (uint)WireFormat.WireType.Fixed32:
                    number = value.ReadFloat().ToString(System.Globalization.CultureInfo.InvariantCulture);
                    break;
                default:
                    value.SkipLastField();
                    break;
            }
        }

        return $"{name} {number}";
    }
}
