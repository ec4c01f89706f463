using System.CommandLine;

namespace FakeNewsOnnx.Cli;

/// <summary>An option whose text may be empty. An empty value of any other is what an unset variable of a script leaves, and <see cref="ProgramHost"/> refuses it.</summary>
/// <param name="name">With its dashes.</param>
public sealed class TextOption(string name) : Option<string>(name);
