// Packages with known vulnerabilities, and deprecated ones. A package source may lack this data or not answer: then a note is printed.

void AuditPackages()
{
    var found = new List<string>();
    foreach (string question in new[] { "vulnerable", "deprecated" })
    {
        string answer = "";
        try
        {
            Run("dotnet", ["list", "FakeNewsOnnx.sln", "package", $"--{question}", "--include-transitive", "--format", "json"], read: stream => answer = stream.ReadToEnd());
            JsonElement projects = JsonDocument.Parse(answer).RootElement.GetProperty("projects");
            string[] packages = [.. projects.EnumerateArray().SelectMany(project => project.TryGetProperty("frameworks", out JsonElement frameworks) ? frameworks.EnumerateArray() : [])
                .SelectMany(framework => new[] { "topLevelPackages", "transitivePackages" }.SelectMany(list => framework.TryGetProperty(list, out JsonElement found) ? found.EnumerateArray() : []))
                .Select(package => $"{package.GetProperty("id")} {package.GetProperty("resolvedVersion")}").Distinct().Order()];
            Console.WriteLine($"{question}: {(packages.Length == 0 ? "none is known" : string.Join(", ", packages))}");
            found.AddRange(packages);
        }
        catch (Exception e) when (e is CakeException or JsonException or KeyNotFoundException)
        {
            Console.WriteLine($"{question}: the package source does not say ({e.Message}) {answer.Trim()}");
        }
    }

    if (found.Count > 0)
        throw new CakeException($"{found.Count} packages need another version.");
}
