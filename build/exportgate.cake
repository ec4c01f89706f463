// A file is written beside its place and moved there when it has passed. A file in fp16 or int8, or with operators of com.microsoft, is compared with
// a portable fp32 file on labelled articles; every file that has a self-test must pass it.

void ExportChecked()
{
    string target = System.IO.Path.GetFullPath(Argument<string>("out")), folder = $"{target}.candidate";
    string candidate = $"{folder}/{System.IO.Path.GetFileName(target)}", reference = $"{folder}/.reference.onnx";
    string[] source = [.. Only("base", "adapter", "labels")], form = [.. Rest("out", "base", "adapter", "labels", "data", "column", "max-accuracy-drop")];
    string[] Onnx(string file, params string[] options) => ["onnx", .. source, "--out", file, .. options];
    bool isReference = Argument("precision", "fp32") == "fp32" && Argument("graph", "portable") == "portable";
    if (!isReference && !HasArgument("data"))
        throw new CakeException("Export: a file in another precision or form is compared with fp32 first: give --data with labelled articles that were not trained on.");

    CleanDirectory(folder);
    try
    {
        Run(Program("export"), Onnx(candidate, form));
        if (!isReference)
        {
            Run(Program("export"), Onnx(reference));
            string[] compare = ["compare", reference, candidate, .. Only("data", "column", "max-accuracy-drop")];
            JsonElement compared = RunForJson(Program("infer"), [.. compare, "--json"]);
            JsonElement measured = compared.GetProperty("self_test_difference");
            if (measured.ValueKind == JsonValueKind.Number && !HasArgument("tolerance"))
                Run(Program("export"), Onnx(candidate, [.. form, "--tolerance", Math.Clamp(2 * measured.GetDouble(), 2e-5, 1).ToString("G3", System.Globalization.CultureInfo.InvariantCulture)]));
        }

        if (HasArgument("adapter") && FileExists($"{Argument<string>("adapter")}/fakenews.json"))
            Run(Program("infer"), ["selftest", "--model", candidate]);
        if (FileExists($"{candidate}.data"))
            System.IO.File.Move($"{candidate}.data", $"{target}.data", overwrite: true);
        System.IO.File.Move(candidate, target, overwrite: true);
        Console.WriteLine(target);
    }
    finally
    {
        DeleteDirectory(folder, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
}
