using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Train.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FakeNewsOnnx.Tests.Parity;

/// <summary><c>train/Model/Gpt2.cs</c> and <c>export/Gpt2Graph.cs</c> are one model, told twice in one order.</summary>
internal sealed class SameModelTwiceTests
{
    /// <summary>The checkpoint's modules of a base with two blocks, in the order in which the forward pass uses them.</summary>
    private static readonly string[] Order =
    [
        "wte", "wpe",
        "h.0.ln_1", "h.0.attn.c_attn", "h.0.attn.c_proj", "h.0.ln_2", "h.0.mlp.c_fc", "h.0.mlp.c_proj",
        "h.1.ln_1", "h.1.attn.c_attn", "h.1.attn.c_proj", "h.1.ln_2", "h.1.mlp.c_fc", "h.1.mlp.c_proj",
        "ln_f", "score",
    ];

    [Test]
    public void TorchSharp_UsesTheCheckpointsModulesInThisOrder()
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.Base);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, null, null, 2, 299);
        var used = new List<string>();
        foreach (var (name, module) in model.named_modules())
        {
            string weight = name.StartsWith(Gpt2Weights.TransformerPrefix, StringComparison.Ordinal) ? name[Gpt2Weights.TransformerPrefix.Length..] : name;
            if (module is Embedding or LayerNorm or LoraLinear or Linear)
            {
                ((nn.Module<Tensor, Tensor>)module).register_forward_pre_hook((_, input) =>
                {
                    used.Add(weight);
                    return input;
                });
            }
        }

        using var scope = NewDisposeScope();
        model.call(tensor([5L, 6, 7], [1, 3]));

        Assert.That(used, Is.EqualTo(Order));
    }

    [Test]
    public void TheGraph_UsesTheCheckpointsModulesInThisOrder([Values] Precision precision)
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));
        OnnxModel model = Gpt2Graph.Build(baseModel.Config, 2, 299, baseModel.Read, new() { Precision = precision }, []);

        Assert.That(model.Graph.Nodes.SelectMany(node => node.Inputs).Select(ModuleOf).Where(Order.Contains).Distinct(), Is.EqualTo(Order));
    }

    private static string ModuleOf(string weight) => weight[..Math.Max(0, weight.LastIndexOf('.'))];
}
