using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Model;
using FakeNewsOnnx.Train.Recipes;
using TorchSharp;

namespace FakeNewsOnnx.Tests.Train;

internal sealed class TorchDeviceTests
{
    [TestCase("Cpu", 0, 2, "cpu")]
    [TestCase("Auto", 0, 0, "cpu")]
    [TestCase("Auto", 3, 0, "cpu")]
    [TestCase("Auto", 0, 1, "cuda:0")]
    [TestCase("Cuda", 1, 2, "cuda:1")]
    public void Choose_GivesEachRankOfAMachineItsOwnDevice(string choice, int localRank, int devices, string expected) =>
        Assert.That(TorchDevice.Choose(Enum.Parse<DeviceChoice>(choice), localRank, devices).ToString(), Is.EqualTo(expected));

    [TestCase("Cuda", 0, 0, "--device cuda: expected a CUDA device; found none. This program was built for cpu; 'train doctor' says what is missing.")]
    [TestCase("Cuda", 2, 2, "each MPI rank of a machine takes a CUDA device of its own: expected at least 3; found 2.")]
    [TestCase("Auto", 2, 2, "each MPI rank of a machine takes a CUDA device of its own: expected at least 3; found 2.")]
    public void Choose_OfADeviceThatIsNotThere_IsBadUsage(string choice, int localRank, int devices, string message) =>
        Assert.That(() => TorchDevice.Choose(Enum.Parse<DeviceChoice>(choice), localRank, devices), Throws.TypeOf<UsageException>().With.Message.EqualTo(message));

    [TestCase("Auto", "Fp32")]
    [TestCase("Bf16", "Bf16")]
    [TestCase("Fp32", "Fp32")]
    public void Resolve_OnTheCpu_IsSinglePrecisionUnlessAskedOtherwise(string asked, string expected) =>
        Assert.That(TorchDevice.Resolve(Enum.Parse<Precision>(asked), torch.CPU), Is.EqualTo(Enum.Parse<Precision>(expected)));

    /// <summary>The meta device holds no values, but tells whether anything was left behind.</summary>
    [Test]
    public void AModel_MovesToAnotherDeviceWhole()
    {
        using BaseModel baseModel = BaseModel.Open(ReferenceModel.Tiny.Base);
        using Gpt2ForSequenceClassification model = ModelLoader.Build(baseModel, new Recipe().ToLoraConfig(null), null, 2, 299);

        model.to(DeviceType.META);

        using var scope = torch.NewDisposeScope();
        Assert.That(model.named_parameters().Select(entry => entry.parameter.device_type), Is.All.EqualTo(DeviceType.META));
        Assert.That(model.Device.type, Is.EqualTo(DeviceType.META));
        foreach (LoraLinear linear in model.modules().OfType<LoraLinear>())
        {
            long inputs = linear.parameters().First().shape[0]; // the embeddings have no kernel for this device, products have
            Assert.That(linear.forward(torch.zeros(1, inputs, device: torch.META)).device_type, Is.EqualTo(DeviceType.META));
        }
    }
}
