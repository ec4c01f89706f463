using FakeNewsOnnx;
using FakeNewsOnnx.Inference;

// dotnet run --project samples/web -- --model artifacts/demo/model.onnx
// curl localhost:5000/classify --json '{"title": "Council approves bridge", "content": "The city council voted on Tuesday …"}'


var builder = WebApplication.CreateBuilder(args);
builder.Services.AddArticleClassifier(builder.Configuration["model"] ?? "model.onnx");
var app = builder.Build();

// Now rather than at the first request: a server without a model should not start.
app.Services.GetRequiredService<ArticleClassifier>();

app.MapPost("/classify", (Article article, ArticleClassifier classifier) =>
{
    if (string.IsNullOrEmpty(article.Content))
    {
        return Results.BadRequest("The article has no content.");
    }

    var result = classifier.Classify(article);
    return Results.Ok(new { result.Label, result.Score, Tokens = result.TokenCount, result.Truncated });
});

app.Run();
