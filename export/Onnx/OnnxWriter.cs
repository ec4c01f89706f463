using System.Globalization;
using System.Text;

namespace FakeNewsOnnx.Export;

/// <summary>
/// Writes the subset of ONNX that a classifier needs. Numbers after a name are field numbers of
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; fields go out in their order, so equal models give equal bytes.
/// </summary>
internal static class OnnxWriter
{
    private const string Producer = "FakeNewsOnnx";

    /// <summary>Protobuf's limit on one message, in bytes.</summary>
    private const long MaxBytes = int.MaxValue;

    /// <summary>Whether one file can hold the model with all its tensors.</summary>
    public static bool Fits(OnnxModel model) => Encode(model).Size <= MaxBytes;

    /// <summary>Writes a model; one tensor's bytes are in memory at a time.</summary>
    /// <exception cref="InvalidDataException">The model is larger than a Protobuf message can be; nothing was written.</exception>
    public static void Write(Stream stream, OnnxModel model)
    {
        ProtobufMessage message = Encode(model);
        if (message.Size > MaxBytes)
        {
            throw new InvalidDataException($"an ONNX file holds at most {MaxBytes} bytes; this model takes {message.Size}.");
        }

        message.WriteTo(stream);
    }

    /// <summary>ModelProto.</summary>
    private static ProtobufMessage Encode(OnnxModel model) => new ProtobufMessage()
        .Add(1 /* ir_version */, model.IrVersion)
        .Add(2 /* producer_name */, Producer)
        .Add(3 /* producer_version */, typeof(OnnxWriter).Assembly.GetName().Version!.ToString(3))
        .Add(6 /* doc_string */, model.Graph.Description)
        .Add(7 /* graph */, Encode(model.Graph))
        .AddEach(8 /* opset_import */, Domains(model), domain => new ProtobufMessage()
            .Add(1 /* OperatorSetIdProto.domain: ai.onnx is the empty one */, domain)
            .Add(2 /* version */, domain == "" ? model.Opset : 1))
        .AddEach(14 /* metadata_props */, model.Metadata, Encode);

    private static IEnumerable<string> Domains(OnnxModel model) => model.Graph.Nodes.Select(node => node.Domain).Prepend("").Distinct();

    /// <summary>GraphProto.</summary>
    private static ProtobufMessage Encode(OnnxGraph graph) => new ProtobufMessage()
        .AddEach(1 /* node */, graph.Nodes, Encode)
        .Add(2 /* name */, graph.Name)
        .AddEach(5 /* initializer */, graph.Initializers, Encode)
        .Add(10 /* doc_string */, graph.Description)
        .AddEach(11 /* input */, graph.Inputs, Encode)
        .AddEach(12 /* output */, graph.Outputs, Encode);

    /// <summary>NodeProto.</summary>
    private static ProtobufMessage Encode(OnnxNode node)
    {
        var message = new ProtobufMessage();
        foreach (string input in node.Inputs)
        {
            message.Add(1 /* input */, input);
        }

        foreach (string output in node.Outputs)
        {
            message.Add(2 /* output */, output);
        }

        message
            .Add(3 /* name */, node.Name)
            .Add(4 /* op_type */, node.Operator)
            .AddEach(5 /* attribute */, node.Attributes, Encode);
        return node.Domain == "" ? message : message.Add(7 /* domain */, node.Domain);
    }

    /// <summary>AttributeProto; its type (20) says which of the value fields is meant.</summary>
    private static ProtobufMessage Encode(OnnxAttribute attribute)
    {
        var message = new ProtobufMessage().Add(1 /* name */, attribute.Name);
        switch (attribute.Value)
        {
            case float number:
                return message.Add(2 /* f */, number).Add(20 /* type */, 1 /* FLOAT */);
            case long integer:
                return message.Add(3 /* i */, integer).Add(20 /* type */, 2 /* INT */);
            case string text:
                return message.Add(4 /* s */, text).Add(20 /* type */, 3 /* STRING */);
            case OnnxGraph graph:
                return message.Add(6 /* g */, Encode(graph)).Add(20 /* type */, 5 /* GRAPH */);
            case long[] integers:
                foreach (long integer in integers)
                {
                    message.Add(8 /* ints */, integer);
                }

                return message.Add(20 /* type */, 7 /* INTS */);
            default:
                throw new ArgumentException($"attribute '{attribute.Name}' has a value of type {attribute.Value.GetType()}.", nameof(attribute));
        }
    }

    /// <summary>TensorProto.</summary>
    private static ProtobufMessage Encode(OnnxTensor tensor)
    {
        var message = new ProtobufMessage();
        foreach (long dimension in tensor.Shape)
        {
            message.Add(1 /* dims */, dimension);
        }

        message
            .Add(2 /* data_type */, (long)tensor.Type)
            .Add(8 /* name */, tensor.Name);
        return tensor.Place is { } place
            ? message
                .AddEach(13 /* external_data */, Describe(place, tensor.Bytes), Encode)
                .Add(14 /* data_location */, 1 /* EXTERNAL */)
            : message.Add(9 /* raw_data */, tensor.Bytes, tensor.Read);
    }

    private static KeyValuePair<string, ReadOnlyMemory<byte>>[] Describe(OnnxDataPlace place, long length) =>
    [
        new("location", Encoding.UTF8.GetBytes(place.File)),
        new("offset", Encoding.UTF8.GetBytes(place.Offset.ToString(CultureInfo.InvariantCulture))),
        new("length", Encoding.UTF8.GetBytes(length.ToString(CultureInfo.InvariantCulture))),
    ];

    /// <summary>StringStringEntryProto.</summary>
    private static ProtobufMessage Encode(KeyValuePair<string, ReadOnlyMemory<byte>> entry) => new ProtobufMessage()
        .Add(1 /* key */, entry.Key)
        .Add(2 /* value */, entry.Value.Length, () => entry.Value.Span);

    /// <summary>ValueInfoProto.</summary>
    private static ProtobufMessage Encode(OnnxValue value) => new ProtobufMessage()
        .Add(1 /* name */, value.Name)
        .Add(2 /* type */, new ProtobufMessage()
            .Add(1 /* TypeProto.tensor_type */, new ProtobufMessage()
                .Add(1 /* elem_type */, (long)value.Type)
                .Add(2 /* shape */, new ProtobufMessage()
                    .AddEach(1 /* TensorShapeProto.dim */, value.Shape, Encode))));

    /// <summary>TensorShapeProto.Dimension.</summary>
    private static ProtobufMessage Encode(OnnxDimension dimension) => dimension.Length is { } length
        ? new ProtobufMessage().Add(1 /* dim_value */, length)
        : new ProtobufMessage().Add(2 /* dim_param */, dimension.Name!);
}
