using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Export;
using FakeNewsOnnx.Tests.Parity;

namespace FakeNewsOnnx.Tests.Export;

/// <summary>The written file, read with a reader that does not know the writer.</summary>
internal sealed class OnnxWriterTests
{
    private readonly byte[] _bytes = ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter);

    private OnnxFile File => new(_bytes);

    [TestCaseSource(typeof(FileForm), nameof(FileForm.All))]
    public void Write_TwiceGivesTheSameBytes(FileForm form)
    {
        byte[] first = ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: form.Options);
        byte[] second = ReferenceModel.Export(ReferenceModel.Tiny.Base, ReferenceModel.Tiny.Adapter, options: form.Options);

        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void TheModel_SaysWhoMadeItAndWhatItNeeds()
    {
        WireMessage opset = File.Model.Message(8);

        Assert.That(File.Model.Int(1), Is.EqualTo(9), "ir_version");
        Assert.That(File.Model.Text(2), Is.EqualTo("FakeNewsOnnx"), "producer_name");
        Assert.That(File.Model.Text(3), Is.EqualTo("0.1.0"), "producer_version");
        Assert.That(File.Model.Text(6), Is.EqualTo("GPT-2 sequence classifier: 2 blocks, 32 wide, 2 labels."), "doc_string");
        Assert.That((opset.Text(1), opset.Int(2)), Is.EqualTo(("", 20)), "opset_import");
        Assert.That(File.Graph.Text(2), Is.EqualTo("gpt2"), "graph name");
    }

    [Test]
    public void TheGraph_TakesIdsAndMaskAndGivesLogits()
    {
        Assert.That(File.Graph.Messages(11).Select(Describe), Is.EqualTo(new[] { "input_ids: 7 [batch, sequence]", "attention_mask: 7 [batch, sequence]" }));
        Assert.That(File.Graph.Messages(12).Select(Describe), Is.EqualTo(new[] { "logits: 1 [batch, 2]" }));
    }

    [Test]
    public void TheInitializers_AreTheCheckpointsWeightsAndScalarsHaveNoDimension()
    {
        ILookup<bool, string> byKind = File.Initializers.Keys.ToLookup(name => name.StartsWith("/constants/", StringComparison.Ordinal));
        Gpt2Config config = Gpt2Config.Load(Path.Combine(ReferenceModel.Tiny.Base, Gpt2Config.FileName));

        Assert.That(byKind[false], Is.EquivalentTo(Gpt2Weights.All(config).Select(weight => weight.Name).Append("score.weight")));
        Assert.That(File.Initializers["h.1.mlp.c_fc.weight"].Ints(1), Is.EqualTo(new long[] { 32, 128 }));
        Assert.That(byKind[true], Is.SupersetOf(new[] { "/constants/Float/0", "/constants/Float/-3.4028235E+38", "/constants/Int64/299" }));
        Assert.That(byKind[true].Where(name => !name.Contains('[', StringComparison.Ordinal)).SelectMany(name => File.Initializers[name].Ints(1)), Is.Empty);
    }

    [Test]
    public void RawData_HoldsTheWeightRowByRow()
    {
        using BaseModel merged = BaseModel.Open(ReferenceModel.Tiny.PathOf("merged"));

        byte[] bytes = File.Initializers["h.0.attn.c_attn.weight"].Bytes(9);

        Assert.That(bytes, Has.Length.EqualTo(32 * 96 * 4));
        Assert.That(BitConverter.ToSingle(bytes, 4 * ((96 * 5) + 7)), Is.EqualTo(merged.Read("h.0.attn.c_attn.weight")[(96 * 5) + 7]).Within(1e-6));
    }

    [Test]
    public void Nodes_ComeAfterTheirInputsAndHaveTheirPathsAsNames()
    {
        var known = File.Initializers.Keys.Concat(["input_ids", "attention_mask"]).ToHashSet();
        foreach (WireMessage node in File.Graph.Messages(1))
        {
            Assert.That(node.Texts(1).Except(known), Is.Empty, node.Text(3));
            known.UnionWith(node.Texts(2));
        }

        Assert.That(known, Is.SupersetOf(new[] { "/wte", "/h.0/attn/c_attn", "/h.1/mlp/gelu", "/ln_f", "logits" }));
    }

    [Test]
    public void Write_OfMoreThanTwoGigabytes_IsAnErrorBeforeTheFirstByte()
    {
        var tensor = new OnnxTensor("large", OnnxType.Float, [1 << 15, 1 << 14], () => throw new InvalidOperationException());
        using var stream = new MemoryStream();

        var error = Assert.Throws<InvalidDataException>(() => OnnxWriter.Write(stream, new(9, 20, new("large", "", [], [], [tensor], []), [])));

        Assert.That(error!.Message, Does.Contain("at most 2147483647 bytes").And.Contain("takes 21474"));
        Assert.That(stream.Length, Is.Zero);
    }

    [Test]
    public void Attributes_KeepTheirTypes()
    {
        var attributes = new OnnxAttribute[] { new("f", 0.5f), new("i", -3L), new("s", "tanh"), new("ints", new long[] { 0, 2, 1 }) };
        using var stream = new MemoryStream();
        OnnxWriter.Write(stream, new(9, 20, new("", "", [], [], [], [new("n", "Op", ["x"], ["y", "z"], attributes)]), []));

        WireMessage node = new OnnxFile(stream.ToArray()).Graph.Message(1);
        WireMessage[] read = node.Messages(5);

        Assert.That(node.Texts(2), Is.EqualTo(new[] { "y", "z" }));
        Assert.That((read[0].Float(2), read[0].Int(20)), Is.EqualTo((0.5f, 1)));
        Assert.That((read[1].Int(3), read[1].Int(20)), Is.EqualTo((-3, 2)));
        Assert.That((read[2].Text(4), read[2].Int(20)), Is.EqualTo(("tanh", 3)));
        Assert.That(read[3].Ints(8), Is.EqualTo(new long[] { 0, 2, 1 }));
        Assert.That(read[3].Int(20), Is.EqualTo(7));
    }

    private static string Describe(WireMessage value)
    {
        WireMessage tensor = value.Message(2).Message(1);
        IEnumerable<string> shape = tensor.Message(2).Messages(1).Select(dimension =>
            dimension.Fields.Contains(2) ? dimension.Text(2) : dimension.Int(1).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return $"{value.Text(1)}: {tensor.Int(1)} [{string.Join(", ", shape)}]";
    }
}
