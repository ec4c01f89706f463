using System.CommandLine;
using FakeNewsOnnx.Files;
using FakeNewsOnnx.Inference;

namespace FakeNewsOnnx.Infer;

/// <summary>The options that say which model is loaded, where, and how it reads long articles.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> _model = SharedOptions.Model();
    private readonly Option<string> _device = new("--device") { Description = "Where the model runs: auto, cpu or cuda.", DefaultValueFactory = _ => "auto" };
    private readonly Option<int> _deviceId = new("--device-id") { Description = "Which CUDA device, from 0.", HelpName = "N" };
    private readonly Option<bool> _strict = new("--strict") { Description = "On CUDA: refuse a model of which a node would run on the CPU." };
    private readonly Option<string[]> _cudaOption = new("--cuda-option") { Description = "An option of ONNX Runtime's CUDA provider: gpu_mem_limit=8589934592, use_tf32=1.", HelpName = "NAME=VALUE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _long = new("--long") { Description = "What to do with an article that is longer than the model reads: truncate it, or average over windows.", DefaultValueFactory = _ => "truncate" };
    private readonly Option<int?> _stride = new("--stride") { Description = "Tokens from one window's start to the next; half the model's limit by default.", HelpName = "N" };
    private readonly Option<string?> _labels = new("--labels") { Description = "For a file that does not say what its numbers mean: the label names in the order of their ids.", HelpName = "A,B" };
    private readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "For such a file: the folder of vocab.json and merges.txt.", HelpName = "DIR" };
    private readonly Option<int?> _maxLength = new("--max-length") { Description = "For such a file: the tokens that the model reads; 1024 by default.", HelpName = "N" };

    public ModelOptions()
    {
        _device.AcceptOnlyFromAmong("auto", "cpu", "cuda");
        _long.AcceptOnlyFromAmong("truncate", "window");
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _model, _device, _deviceId, _strict, _cudaOption, _long, _stride, _labels, _tokenizer, _maxLength })
        {
            command.Add(option);
        }
    }

    /// <summary>The model's path.</summary>
    public string Path(ParseResult parsed) => parsed.GetRequiredValue(_model);

    /// <summary>How long articles are read.</summary>
    public (string Way, int? Stride) Long(ParseResult parsed) => (parsed.GetRequiredValue(_long), parsed.GetValue(_stride));

    /// <summary>Loads the model, which must be able to read text.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="threadsPerArticle">Threads that work on one article.</param>
    /// <exception cref="UsageException">Options that do not go together.</exception>
    /// <exception cref="InvalidDataException">The file is no classifier, or reads no text.</exception>
    /// <exception cref="IOException">The device is not there.</exception>
    public ArticleClassifier Load(ParseResult parsed, int threadsPerArticle)
    {
        string path = Path(parsed);
        var (way, stride) = Long(parsed);
        if (stride != null && way != "window")
        {
            throw new UsageException("--stride is for --long window.");
        }

        var classifier = Guard(() => ArticleClassifier.Load(path, new()
        {
            Device = Enum.Parse<Device>(parsed.GetRequiredValue(_device), ignoreCase: true),
            DeviceId = parsed.GetValue(_deviceId),
            Strict = parsed.GetValue(_strict),
            CudaOptions = CudaOptions(parsed.GetValue(_cudaOption) ?? []),
            ThreadsPerArticle = threadsPerArticle,
            LongArticles = way == "window" ? LongArticles.Window : LongArticles.Truncate,
            WindowStride = stride,
            Contract = Contract(parsed),
        }));
        if (classifier.HasTokenizer)
        {
            return classifier;
        }

        classifier.Dispose();
        throw new InvalidDataException($"{path}: the file holds no tokenizer, so it cannot read text. Export it from a base with {Gpt2Tokenizer.VocabularyFile} and {Gpt2Tokenizer.MergesFile}.");
    }

    /// <summary>Turns the library's complaints about options and device into the program's.</summary>
    /// <exception cref="UsageException">An option is out of its range.</exception>
    /// <exception cref="IOException">The device is not there.</exception>
    public static ArticleClassifier Guard(Func<ArticleClassifier> load)
    {
        try
        {
            return load();
        }
        catch (ArgumentException e)
        {
            // .NET adds the parameter's name to the message.
            throw new UsageException(e.Message.Split(" (Parameter", 2)[0]);
        }
        catch (PlatformNotSupportedException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static Dictionary<string, string> CudaOptions(string[] given)
    {
        var options = new Dictionary<string, string>();
        foreach (string option in given)
        {
            if (option.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value] || !options.TryAdd(name, value))
            {
                throw new UsageException($"--cuda-option: expected NAME=VALUE, each name once; found '{option}'.");
            }
        }

        return options;
    }

    private ModelContract? Contract(ParseResult parsed)
    {
        if (parsed.GetValue(_labels) is { } labels)
        {
            return new() { Labels = LabelMap.Parse(labels).Names, TokenizerFolder = parsed.GetValue(_tokenizer), MaxTokens = parsed.GetValue(_maxLength) ?? 1024 };
        }

        return parsed.GetValue(_tokenizer) == null && parsed.GetValue(_maxLength) == null
            ? null
            : throw new UsageException("--tokenizer and --max-length are for a file without a manifest and need --labels.");
    }
}
