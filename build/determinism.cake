// Two clones of HEAD must give the same bytes. They lie in folders of different names and depths, so that a path in a file would show.

void CompareClones()
{
    string root = System.IO.Directory.CreateTempSubdirectory("fakenewsonnx-twice-").FullName;
    try
    {
        string[] clones = [$"{root}/one", $"{root}/another folder/two"];
        foreach (string clone in clones)
        {
            Run("git", ["clone", "--quiet", ".", clone]);
            foreach (string project in new[] { "train", "export", "infer/cli" })
                Run("dotnet", ["build", project, "--configuration", "Release", "--nologo", "--verbosity", "quiet", accelerator], clone);

            string Built(string name) => System.IO.Path.GetFullPath($"{clone}/{System.IO.Path.GetRelativePath(".", Program(name))}");
            Run(Built("train"), ["fit", "--data", "samples/horne-adali-2017.csv", "--base", "models/gpt2-mini", "--recipe", "recipes/sample.json", "--num-train-epochs", "1", "--max-length", "64", "--threads", "2", "--out", "out/adapter", "--cache-dir", $"{clone}/out/cache"], clone);
            Run(Built("export"), ["onnx", "--base", "models/gpt2-mini", "--adapter", "out/adapter", "--out", "out/model.onnx"], clone);
            Run(Built("infer"), ["score", "samples/horne-adali-2017.csv", "--model", "out/model.onnx", "--out", "out/scored.csv"], clone);
        }

        // These hold times.
        string[] timed = ["report.html", "events.out.tfevents"], files = [.. System.IO.Directory.GetFiles($"{clones[0]}/out", "*", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(clones[0], file)).Where(file => !file.StartsWith("out/cache") && !timed.Any(file.Contains)).Order()];
        string[] different = [.. files.Where(file => !System.IO.File.ReadAllBytes($"{clones[0]}/{file}").AsSpan().SequenceEqual(System.IO.File.ReadAllBytes($"{clones[1]}/{file}")))];
        Console.WriteLine($"{files.Length} files are the same byte for byte: {string.Join(", ", files.Except(different))}");
        if (different.Length > 0)
            throw new CakeException($"two clones give different bytes: {string.Join(", ", different)}.");
    }
    finally
    {
        DeleteDirectory(root, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
}
