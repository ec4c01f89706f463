using FakeNewsOnnx.Files;

namespace FakeNewsOnnx.Hub;

/// <summary>Where the hub and its cache are: what the environment variables of huggingface_hub say.</summary>
public sealed record HubOptions
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>The hub's address, without a slash at its end: HF_ENDPOINT.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The cache that Python's libraries use too: HF_HUB_CACHE, else <c>hub</c> in HF_HOME.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The user's access token: HF_TOKEN, else the file <c>token</c> in HF_HOME; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Whether nothing may be asked of the hub: HF_HUB_OFFLINE.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Measures the waits between attempts.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Is told what a user waits for.</summary>
    public IDownloadProgress Progress { get; init; } = new ConsoleProgress();

    /// <param name="variable">The value of an environment variable; null where it is not set.</param>
    /// <exception cref="UsageException">HF_ENDPOINT is no address.</exception>
    public static HubOptions FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        string endpoint = Value("HF_ENDPOINT") ?? DefaultEndpoint;
        if (!Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.Query.Length > 0)
        {
            throw new UsageException($"HF_ENDPOINT must be an address such as {DefaultEndpoint}; found '{endpoint}'.");
        }

        string home = Expand(Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? "~/.cache", "huggingface"));
        string tokenFile = Expand(Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token"));
        string? token = Value("HF_TOKEN") ?? (File.Exists(tokenFile) ? File.ReadAllText(tokenFile) : null);
        return new()
        {
            Endpoint = uri,
            CacheFolder = Path.GetFullPath(Expand(Value("HF_HUB_CACHE") ?? Path.Combine(home, "hub"))),
            Token = token?.Trim() is { Length: > 0 } trimmed ? trimmed : null,
            IsOffline = Value("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };

        string? Value(string name) => variable(name) is { Length: > 0 } text ? text : null;

        string Expand(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path;
    }
}
