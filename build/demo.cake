// The whole chain on the sample.

const string Demo = "artifacts/demo";

void RunDemo()
{
    string test = $"{Demo}/test.csv", adapter = $"{Demo}/adapter", model = $"{Demo}/model.onnx", scored = $"{Demo}/test.scored.csv";
    CleanDirectory(Demo);

    Heading("Train");
    Run(Program("train"), ["fit", "--data", "samples/horne-adali-2017.csv", "--base", "models/gpt2-mini", "--recipe", "recipes/sample.json", "--out", adapter, "--save-test", test]);
    Heading("Export");
    Run(Program("export"), ["onnx", "--base", "models/gpt2-mini", "--adapter", adapter, "--out", model]);
    Heading("Verify");
    JsonElement verified = RunForJson(Program("infer"), ["selftest", "--model", model, "--json"]);
    Heading("Score");
    JsonElement speed = RunForJson(Program("infer"), ["score", test, "--model", model, "--out", scored, "--force", "--json"]);

    string manifest = $"{adapter}/fakenews.json";
    JsonElement metrics = JsonDocument.Parse(System.IO.File.ReadAllText(manifest)).RootElement.GetProperty("metrics");
    double Metric(string name) => metrics.TryGetProperty(name, out JsonElement value)
        ? value.GetDouble()
        : throw new CakeException($"{manifest}: expected the metric '{name}'; found {string.Join(", ", metrics.EnumerateObject().Select(m => m.Name))}.");
    double majority = Metric("majority_accuracy"), untouched = Metric("base_accuracy"), tuned = Metric("accuracy");

    Heading("Result");
    Row("Held-out articles", $"{Metric("test_rows"):0}");
    Row("Accuracy, majority class", $"{majority:P1}");
    Row("Accuracy, base GPT-2", $"{untouched:P1}");
    Row("Accuracy, fine-tuned", $"{tuned:P1}");
    Row("Max |dlogit|, TorchSharp - ONNX", $"{verified.GetProperty("max_abs_logit_difference").GetDouble():0.0e+00}");
    Row("Articles per second", $"{speed.GetProperty("articles_per_second").GetDouble():0.0}");
    Row("Adapter", adapter);
    Row("Classifier", model);
    Row("Scored articles", scored);
    Row("Report", $"{adapter}/report.html");

    double gain = tuned - Math.Max(majority, untouched);
    if (gain < 0.1 - 1e-9)
        throw new CakeException(FormattableString.Invariant($"fine-tuned accuracy must be 10 points above the majority class and the base; it is {100 * gain:0.0} points above the better of them."));
}
