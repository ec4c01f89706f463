using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Export;

/// <summary>Writes a model to one file, or to two: <c>model.onnx</c> and its weights in <c>model.onnx.data</c>.</summary>
internal static class OnnxFiles
{
    /// <summary>Smaller tensors stay in the model's own file.</summary>
    private const int SmallestMoved = 1024;

    /// <summary>Tensors start at multiples of this, so that a reader can map them: a page.</summary>
    private const int Alignment = 4096;

    /// <summary>Writes the files whole or not at all.</summary>
    /// <param name="path">The model's file.</param>
    /// <param name="model">The model.</param>
    /// <param name="externalData">Whether to write two files though one would do.</param>
    /// <returns>How many bytes were written.</returns>
    public static long Write(string path, OnnxModel model, bool externalData)
    {
        if (!externalData && OnnxWriter.Fits(model))
        {
            AtomicFile.Write(path, stream => OnnxWriter.Write(stream, model));
            return new FileInfo(path).Length;
        }

        string dataPath = $"{path}.data";
        OnnxModel withPlaces = MoveWeights(model, Path.GetFileName(dataPath));
        using AtomicFile modelFile = AtomicFile.Create(path), dataFile = AtomicFile.Create(dataPath);
        OnnxWriter.Write(modelFile.Stream, withPlaces);
        foreach (OnnxTensor tensor in withPlaces.Graph.Initializers)
        {
            if (tensor.Place is { } place)
            {
                dataFile.Stream.SetLength(place.Offset);
                dataFile.Stream.Position = place.Offset;
                dataFile.Stream.Write(tensor.Read());
            }
        }

        // An older model beside newer weights would be read as whole.
        File.Delete(path);
        dataFile.Commit();
        modelFile.Commit();
        return new FileInfo(path).Length + new FileInfo(dataPath).Length;
    }

    private static OnnxModel MoveWeights(OnnxModel model, string file)
    {
        long end = 0;
        OnnxTensor[] tensors = [.. model.Graph.Initializers.Select(Move)];
        return model with { Graph = model.Graph with { Initializers = tensors } };

        OnnxTensor Move(OnnxTensor tensor)
        {
            if (tensor.Bytes < SmallestMoved)
            {
                return tensor;
            }

            long offset = (end + Alignment - 1) / Alignment * Alignment;
            end = offset + tensor.Bytes;
            return tensor with { Place = new(file, offset) };
        }
    }
}
