using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace FakeNewsOnnx.Inference;

/// <summary>
/// The memory of one run of the model: pinned once, and used again for every article that a thread scores. Not thread-safe.
/// </summary>
internal sealed class ModelRun : IDisposable
{
    /// <summary>Room for token ids that stays from article to article; a single word can have millions.</summary>
    private const int MostKeptTokens = 1 << 16;

    private static readonly string[] InputNames = [ModelFile.InputIds, ModelFile.AttentionMask];
    private static readonly string[] OutputNames = [ModelFile.Logits];

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private readonly List<int> _tokens = [];
    private readonly long[] _inputIds;
    private readonly long[] _attentionMask;
    private readonly float[] _logits;
    private readonly OrtValue[] _inputs = new OrtValue[2];
    private readonly OrtValue[] _outputs;

    /// <param name="session">The model; not disposed here.</param>
    /// <param name="maxTokens">The longest row.</param>
    /// <param name="labels">How many logits.</param>
    public ModelRun(InferenceSession session, int maxTokens, int labels)
    {
        _session = session;
        _inputIds = GC.AllocateUninitializedArray<long>(maxTokens, pinned: true);
        _attentionMask = GC.AllocateUninitializedArray<long>(maxTokens, pinned: true);
        _logits = GC.AllocateUninitializedArray<float>(labels, pinned: true);
        Array.Fill(_attentionMask, 1);
        _outputs = [OrtValue.CreateTensorValueFromMemory(_logits, [1, labels])];
    }

    /// <summary>Encodes an article.</summary>
    /// <param name="article">The article.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxTokens">The most ids.</param>
    /// <param name="truncated">Whether there are more.</param>
    /// <returns>The ids, valid until the next call.</returns>
    public ReadOnlySpan<int> Encode(Article article, Gpt2Tokenizer tokenizer, int maxTokens, out bool truncated)
    {
        _tokens.Clear();
        _tokens.Capacity = Math.Min(_tokens.Capacity, MostKeptTokens);
        char[] text = ArrayPool<char>.Shared.Rent(article.TextLength);
        try
        {
            article.CopyTextTo(text);
            truncated = tokenizer.Encode(text.AsSpan(0, article.TextLength), maxTokens, _tokens);
            return CollectionsMarshal.AsSpan(_tokens);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(text);
        }
    }

    /// <summary>Runs one row by itself, without padding.</summary>
    /// <param name="inputIds">[T] token ids, at least one.</param>
    /// <returns>[labels] logits, valid until the next call.</returns>
    /// <exception cref="InvalidDataException">The model cannot be run on these ids.</exception>
    public ReadOnlySpan<float> ComputeLogits(ReadOnlySpan<int> inputIds)
    {
        int length = inputIds.Length;
        for (int i = 0; i < length; i++)
        {
            _inputIds[i] = inputIds[i];
        }

        using var ids = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _inputIds.AsMemory(0, length), [1, length]);
        using var mask = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _attentionMask.AsMemory(0, length), [1, length]);
        (_inputs[0], _inputs[1]) = (ids, mask);
        try
        {
            _session.Run(_options, InputNames, _inputs, OutputNames, _outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw CannotRun(e);
        }

        return _logits;
    }

    /// <summary>Frees what ONNX Runtime holds.</summary>
    public void Dispose()
    {
        _outputs[0].Dispose();
        _options.Dispose();
    }

    /// <summary>A graph can load and still not fit its tokenizer or its labels.</summary>
    public static InvalidDataException CannotRun(OnnxRuntimeException e) => new($"expected a model that reads these tokens and gives a logit for each label; ONNX Runtime says: {e.Message}", e);
}
