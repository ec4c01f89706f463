// Runnable programs, packages, and the bill of materials of each package.

using System.Text.RegularExpressions;

// Whether --only names a project, or is not given. A platform without libtorch can't have train.
bool Chosen(string project)
{
    string[] chosen = [.. Context.Arguments.GetArguments("only")];
    if (chosen.FirstOrDefault(name => GetFiles($"{name}/*.csproj").Count == 0) is { } unknown)
        throw new CakeException($"--only must be a project's folder, such as infer/cli; found '{unknown}'.");
    return chosen.Length == 0 || chosen.Contains(project);
}

void PublishPrograms()
{
    CleanDirectory("artifacts/bin");
    Publish("train", "train", "--self-contained", "false");
    Publish("export", "export", "--self-contained", "false");
    PublishInfer();
}

void Publish(string project, string program, params string[] options)
{
    if (Chosen(project))
        Run("dotnet", ["publish", project, "--configuration", "Release", "--use-current-runtime", "--nologo", "--verbosity", "quiet", "--output", $"artifacts/bin/{program}", accelerator, .. options]);
}

void PublishInfer() => Publish("infer/cli", "infer", "-p:PublishAot=true", "-p:CopyOutputSymbolsToPublishDirectory=false");

// A tool with native code is one package for each platform, of which this makes this platform's, and one that points to them all.
void PackAll()
{
    void Pack(string project, params string[] options)
    {
        if (Chosen(project))
            Run("dotnet", ["pack", project, "--configuration", "Release", "--nologo", "--verbosity", "quiet", "--output", "artifacts/packages", accelerator, .. options]);
    }

    CleanDirectory("artifacts/packages");
    Pack("infer/library");
    Pack("export");
    foreach (string tool in new[] { "train", "infer/cli" })
        Pack(tool, "-p:CreateRidSpecificToolPackages=false");
    Pack("train", "--use-current-runtime");
    Pack("infer/cli", "--use-current-runtime", "-p:PublishAot=true", "-p:CopyOutputSymbolsToPublishDirectory=false");
    foreach (string project in new[] { "infer/library", "export", "train", "infer/cli" }.Where(Chosen))
        WriteBillOfMaterials(project);
}

// CycloneDX's own tool lists the packages of a project's last restore. The time of writing is left out, so that the same sources give the same bytes.
void WriteBillOfMaterials(string project)
{
    JsonElement restored = JsonDocument.Parse(System.IO.File.ReadAllText($"{project}/obj/project.assets.json")).RootElement.GetProperty("project");
    string name = restored.GetProperty("restore").GetProperty("projectName").GetString(), version = restored.GetProperty("version").GetString();
    string file = $"{name}.{version}.cdx.json";
    Run("dotnet", ["CycloneDX", System.IO.Directory.GetFiles(project, "*.csproj").Single(), "-dpr", "-ns", "-sn", name, "-sv", version, "-st", "Library", "-spv", "1.6", "--set-nuget-purl", "-F", "Json", "-o", "artifacts/packages", "-fn", file], read: stream => stream.ReadToEnd());
    string path = $"artifacts/packages/{file}";
    System.IO.File.WriteAllText(path, Regex.Replace(System.IO.File.ReadAllText(path), @"\s*""timestamp"": ""[^""]*"",", ""));
}
