using Microsoft.Extensions.DependencyInjection;

namespace FakeNewsOnnx.Inference;

/// <summary>Registers a classifier with a host's services.</summary>
public static class ClassifierServices
{
    /// <summary>
    /// Adds one <see cref="ArticleClassifier"/> for the whole process. It is loaded when it is first asked for, and disposed
    /// with the services.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="modelPath">The ONNX file.</param>
    /// <param name="options">How to use the machine; null for the defaults.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddArticleClassifier(this IServiceCollection services, string modelPath, ArticleClassifierOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        return services.AddSingleton(_ => ArticleClassifier.Load(modelPath, options));
    }
}
