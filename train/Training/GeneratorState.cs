using static TorchSharp.torch;

namespace FakeNewsOnnx.Train.Training;

/// <summary>The state of libtorch's generator for the CPU, which draws the dropouts there, in Base64.</summary>
internal static class GeneratorState
{
    public static string Get()
    {
        using var scope = NewDisposeScope();
        return Convert.ToBase64String(get_rng_state().data<byte>().ToArray());
    }

    /// <param name="state">What <see cref="Get"/> gave.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InvalidDataException">Not such a state.</exception>
    public static void Set(string state, string source)
    {
        using var scope = NewDisposeScope();
        var bytes = new byte[get_rng_state().numel()];
        if (!Convert.TryFromBase64String(state, bytes, out int count) || count != bytes.Length)
        {
            throw new InvalidDataException($"{source}: rng_state must be {bytes.Length} bytes in Base64.");
        }

        set_rng_state(tensor(bytes));
    }
}
