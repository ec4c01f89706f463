using System.Text.Json.Nodes;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Shared;

/// <summary>What a base's <c>config.json</c> may say. Each case changes one key of a model that is read.</summary>
internal sealed class Gpt2ConfigTests
{
    [TestCase("model_type", "\"llama\"", "model_type must be 'gpt2'; found 'llama'.")]
    [TestCase("activation_function", "\"gelu\"", "activation_function must be 'gelu_new'; found 'gelu'.")]
    [TestCase("scale_attn_weights", "false", "scale_attn_weights must be true; found false.")]
    [TestCase("scale_attn_by_inverse_layer_idx", "true", "scale_attn_by_inverse_layer_idx must be false; found true.")]
    [TestCase("add_cross_attention", "true", "add_cross_attention must be false; found true.")]
    [TestCase("vocab_size", "0", "vocab_size must lie between 1 and 10000000; found 0.")]
    [TestCase("n_layer", "1001", "n_layer must lie between 1 and 1000; found 1001.")]
    [TestCase("n_head", "3", "n_head must divide n_embd; found 3 and 32.")]
    [TestCase("n_inner", "-1", "n_inner must lie between 1 and 1000000; found -1.")]
    [TestCase("layer_norm_epsilon", "0", "layer_norm_epsilon must lie between 0 and 1; found 0.")]
    [TestCase("attn_pdrop", "1", "attn_pdrop must be at least 0 and below 1; found 1.")]
    [TestCase("initializer_range", "-1", "initializer_range must be at least 0 and finite; found -1.")]
    [TestCase("pad_token_id", "300", "the pad token must be in the vocabulary of 300; found 300.")]
    public void Load_OfWhatIsNotComputedExactly_NamesTheKey(string key, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        JsonObject config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(ReferenceModel.Tiny.Base, Gpt2Config.FileName)))!.AsObject();
        config[key] = JsonNode.Parse(value);
        string path = folder.Write(Gpt2Config.FileName, config.ToJsonString());
        Assert.That(() => Gpt2Config.Load(path), Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"{path}: {expected}"));
    }
}
