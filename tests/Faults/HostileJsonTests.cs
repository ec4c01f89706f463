using System.Text;
using CsCheck;
using FakeNewsOnnx.Articles;
using FakeNewsOnnx.Checkpoint;
using FakeNewsOnnx.Infer;
using FakeNewsOnnx.Tests.Infer;
using FakeNewsOnnx.Tests.Parity;
using FakeNewsOnnx.Train.Recipes;

namespace FakeNewsOnnx.Tests.Faults;

/// <summary>Whatever a JSON file says, it is read, or refused with <see cref="InvalidDataException"/>; nothing else comes out.</summary>
internal sealed class HostileJsonTests
{
    private const int Cases = 4_000;

    private const string Adapter = """
        {
          "peft_type": "LORA", "r": 4, "lora_alpha": 32, "lora_dropout": 0.1, "bias": "none", "use_dora": false, "use_rslora": false, "lora_bias": false, "init_lora_weights": true,
          "target_modules": ["c_attn", "c_proj"], "exclude_modules": null, "modules_to_save": ["score"], "layers_to_transform": null, "layers_pattern": null,
          "rank_pattern": {"h.0.attn.c_attn": 2}, "alpha_pattern": {"c_proj": 1.5}, "base_model_name_or_path": "base", "task_type": "SEQ_CLS", "unknown": {"a": [1]}
        }
        """;

    private const string Recipe = """
        {
          "$schema": "recipe.schema.json", "column": ["title=headline"], "labels": ["fake", "real"], "ignore_labels": ["satire"], "map_labels": ["0=fake"], "test_fraction": 0.1, "train_rows": 128,
          "max_length": 64, "r": 4, "lora_alpha": 32, "lora_dropout": 0.0, "target_modules": ["c_attn"], "rank_pattern": {"c_attn": 2}, "modules_to_save": ["score"], "dropout": 0.0,
          "learning_rate": 1e-3, "lr_scheduler_type": "cosine", "warmup_ratio": 0.1, "num_train_epochs": 5, "max_batch_tokens": 2048, "class_weights": "1,2", "max_grad_norm": 1.0, "early_stopping_threshold": 0.01, "precision": "bf16", "seed": 42
        }
        """;

    private static readonly Gpt2Config Tiny = Gpt2Config.Load(Path.Combine(ReferenceModel.Tiny.Base, Gpt2Config.FileName));

    private readonly ThreadLocal<TemporaryFolder> _folders = new(() => new(), trackAllValues: true);

    [OneTimeTearDown]
    public void DeleteFolders()
    {
        foreach (TemporaryFolder folder in _folders.Values)
        {
            folder.Dispose();
        }

        _folders.Dispose();
    }

    [Test]
    public void AdapterConfig_IsReadOrRefused() => Hold(Adapter, json =>
    {
        LoraConfig config = LoraConfigFile.Load(Write("adapter_config.json", json), out _);
        config.CheckTargets(Tiny, "adapter");
        _ = AdapterWeights.All(config, Tiny).Count();
        string saved = Path.Combine(_folders.Value!.Path, "saved.json");
        LoraConfigFile.Save(saved, config);
        _ = LoraConfigFile.Load(saved, out _);
        config.CheckNames(Tiny, "adapter");
    });

    [Test]
    public void BaseConfig_IsReadOrRefused() => Hold(File.ReadAllText(Path.Combine(ReferenceModel.Tiny.PathOf("base_seqcls"), Gpt2Config.FileName)), json =>
    {
        Gpt2Config config = Gpt2Config.Load(Write("config.json", json));
        Assert.That(config.HeadWidth * config.Heads, Is.EqualTo(config.Width));
        Assert.That(config.EffectivePadTokenId, Is.InRange(0, config.VocabularySize - 1));
    });

    [Test]
    public void Manifest_IsReadOrRefused() => Hold(Encoding.UTF8.GetString((ByteModel.Manifest with
    {
        Metrics = new Dictionary<string, double> { ["accuracy"] = 0.5 },
        SelfTest = new() { Tolerance = 2e-5, Cases = [new() { Title = "a", Content = "b", InputIds = [1, 2], Logits = [0.5f, -1] }] },
    }).ToUtf8Json()), json =>
    {
        byte[] written = Manifest.Parse(json, "manifest").ToUtf8Json();
        Assert.That(Manifest.Parse(written, "manifest").ToUtf8Json(), Is.EqualTo(written));
    });

    [Test]
    public void Recipe_IsReadOrRefused() => Hold(Recipe, json =>
    {
        Recipe recipe = FakeNewsOnnx.Train.Recipes.Recipe.Load(Write("recipe.json", json), []);
        Assert.That(FakeNewsOnnx.Train.Recipes.Recipe.Load(Write("again.json", recipe.ToUtf8Json()), []).ToUtf8Json(), Is.EqualTo(recipe.ToUtf8Json()));
    });

    [Test]
    public void RunRecord_IsReadOrRefused()
    {
        using var folder = new TemporaryFolder();
        var record = new RunRecord { Settings = new("ab", "Cpu", RowFormat.Csv, "title", "content", 9, "truncate", null), Part = new(new(1, 2), "cd") { StartBytes = 1, Rows = 2, Errors = 1, OutputSha256 = "ef" } };
        record.Write(folder.In("out"));
        Hold(File.ReadAllText(folder.In("out.run.json")), json =>
        {
            Write("out.run.json", json);
            record.RequireSame(Path.Combine(_folders.Value!.Path, "out"));
        });
    }

    /// <summary>A row that can't be read keeps its place with its error, so here nothing may be thrown but for a record without end.</summary>
    [Test]
    public void JsonLines_EveryLineIsARow() => HostileJson.From("""{"title":"a","content":"b \u00e9","classification":"fake","other":{"a":[1,null]}}""").Array[1, 5].Check(
        lines =>
        {
            byte[] file = [.. lines.SelectMany(line => (byte[])[.. line.Where(value => value is not ((byte)'\n' or (byte)'\r')), (byte)'\n'])];
            using var reader = new JsonLinesReader(new MemoryStream(file), "file");
            ArticleRow[] rows = [.. reader.ReadRows()];
            Assert.That(rows.Select(row => row.Article is null), Is.EqualTo(rows.Select(row => row.Error is not null)));
            Assert.That(reader.Preamble.Length + rows.Sum(row => row.Bytes.Length + row.LineEnd.Length), Is.EqualTo(file.Length));
        },
        Cases);

    private static void Hold(string document, Action<byte[]> read) => HostileJson.From(document).Check(
        json =>
        {
            try
            {
                read(json);
            }
            catch (InvalidDataException)
            {
                // The one answer that is promised.
            }
        },
        Cases,
        Encoding.UTF8.GetString);

    private string Write(string name, byte[] json)
    {
        string path = Path.Combine(_folders.Value!.Path, name);
        File.WriteAllBytes(path, json);
        return path;
    }
}
