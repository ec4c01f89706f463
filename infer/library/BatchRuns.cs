using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace FakeNewsOnnx.Inference;

/// <summary>
/// Runs of several rows at once, with memory bound to the model's inputs and output; on CUDA it is pinned, so that the GPU copies
/// it by itself. Thread-safe.
/// </summary>
internal sealed class BatchRuns : IDisposable
{
    private readonly InferenceSession _session;
    private readonly int _labels;
    private readonly OrtMemoryInfo? _pinned;
    private readonly OrtAllocator _allocator;

    /// <param name="session">The model; not disposed here, but it must outlive this.</param>
    /// <param name="labels">How many logits a row has.</param>
    /// <param name="cudaDevice">The CUDA device that the model runs on; null for the CPU.</param>
    public BatchRuns(InferenceSession session, int labels, int? cudaDevice)
    {
        _session = session;
        _labels = labels;
        _pinned = cudaDevice is { } device ? new(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, device, OrtMemType.CpuOutput) : null;
        _allocator = _pinned is null ? OrtAllocator.DefaultInstance : new(session, _pinned);
    }

    /// <summary>Runs a batch.</summary>
    /// <returns>[rows × labels] logits.</returns>
    /// <exception cref="InvalidDataException">The model cannot be run on these ids.</exception>
    public float[] ComputeLogits(TokenBatch batch)
    {
        using var ids = Allocate(TensorElementType.Int64, batch.Rows, batch.Columns);
        using var mask = Allocate(TensorElementType.Int64, batch.Rows, batch.Columns);
        using var logits = Allocate(TensorElementType.Float, batch.Rows, _labels);
        batch.InputIds.CopyTo(ids.GetTensorMutableDataAsSpan<long>());
        batch.AttentionMask.CopyTo(mask.GetTensorMutableDataAsSpan<long>());

        using var binding = _session.CreateIoBinding();
        binding.BindInput(ModelFile.InputIds, ids);
        binding.BindInput(ModelFile.AttentionMask, mask);
        binding.BindOutput(ModelFile.Logits, logits);
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            _session.RunWithBinding(options, binding);
            binding.SynchronizeBoundOutputs();
        }
        catch (OnnxRuntimeException e)
        {
            throw ModelRun.CannotRun(e);
        }

        return logits.GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>Frees the memory that was pinned.</summary>
    public void Dispose()
    {
        if (_pinned is not null)
        {
            _allocator.Dispose();
            _pinned.Dispose();
        }
    }

    private OrtValue Allocate(TensorElementType type, params long[] shape) => OrtValue.CreateAllocatedTensorValue(_allocator, type, shape);
}
