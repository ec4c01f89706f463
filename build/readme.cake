// The pages' `run` blocks in their order, with the programs under the names that the tool packages give them.

using System.Text.RegularExpressions;

void TestReadme()
{
    string clone = System.IO.Directory.CreateTempSubdirectory("fakenewsonnx-readme-").FullName, path = System.Environment.GetEnvironmentVariable("PATH");
    try
    {
        Run("git", ["clone", "--quiet", ".", clone]);
        string tools = System.IO.Directory.CreateDirectory($"{clone}/artifacts/tools").FullName;
        foreach (string program in new[] { "train", "export", "infer" })
            System.IO.File.CreateSymbolicLink($"{tools}/fakenews-{program}", Program(program, clone));
        System.Environment.SetEnvironmentVariable("PATH", tools + System.IO.Path.PathSeparator + path);

        foreach (string page in new[] { "README.md", "docs/training.md", "docs/export.md", "docs/inference.md" })
        {
            foreach (Match block in Regex.Matches(System.IO.File.ReadAllText($"{clone}/{page}"), @"^```bash run\r?\n(.*?)^```\s*$", RegexOptions.Multiline | RegexOptions.Singleline))
            {
                string script = block.Groups[1].Value;
                Console.WriteLine(script.TrimEnd());
                Run("bash", ["-euo", "pipefail", "-c", script], clone);
            }
        }
    }
    finally
    {
        System.Environment.SetEnvironmentVariable("PATH", path);
        DeleteDirectory(clone, new DeleteDirectorySettings { Recursive = true, Force = true });
    }
}
