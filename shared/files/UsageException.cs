namespace FakeNewsOnnx.Files;

/// <summary>The user asked for something that cannot be: the program prints the message and exits with 2.</summary>
/// <param name="message">What was expected and what was found.</param>
public sealed class UsageException(string message) : Exception(message);
