using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace FakeNewsOnnx.Train.Metrics;

/// <summary>What a bag of words can do: logistic regression on TF-IDF weights, the usual baseline for texts.</summary>
internal sealed class TfidfBaseline
{
    /// <summary>What it is, in words.</summary>
    public const string Name = "TF-IDF + logistic regression";

    /// <summary>Articles that it learns from at most, evenly spread over those there are.</summary>
    public const int MostArticles = 50_000;

    /// <summary>As in scikit-learn, how much the articles weigh against short weights. At its default, 1, the weights stay so short that unequal labels drown them.</summary>
    private const float C = 10;

    private readonly MLContext _context = new(seed: 0);
    private readonly TfidfVectorizer _vectorizer;
    private readonly IReadOnlyList<string> _labelNames;
    private readonly MulticlassPredictionTransformer<MaximumEntropyModelParameters> _model;

    private TfidfBaseline(TfidfVectorizer vectorizer, VBuffer<float>[] vectors, IEnumerable<int> labels, IReadOnlyList<string> labelNames)
    {
        _vectorizer = vectorizer;
        _labelNames = labelNames;

        // Of two labels, softmax regression has a weight vector for each, which are opposite and half as long as the one of logistic regression.
        float lengthWeight = labelNames.Count == 2 ? 2 / C : 1 / C;
        _model = _context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
        {
            L1Regularization = 0,
            L2Regularization = lengthWeight,
            NumberOfThreads = 1,
        }).Fit(Load(vectors.Zip(labels, (vector, label) => new Row { Features = vector, Label = (uint)label + 1 })));
    }

    /// <summary>Learns from articles.</summary>
    /// <param name="articles">They are read once.</param>
    /// <param name="labels">Their labels; each label has an article.</param>
    /// <param name="labelNames">Label names in the order of their ids.</param>
    /// <returns>Null when no word is in two of the articles.</returns>
    public static TfidfBaseline? TryTrain(IEnumerable<Article> articles, IReadOnlyList<int> labels, IReadOnlyList<string> labelNames)
    {
        bool IsChosen(int i) => labels.Count <= MostArticles || (long)i * MostArticles / labels.Count != (long)(i + 1) * MostArticles / labels.Count;
        var (vectorizer, vectors) = TfidfVectorizer.Fit(articles.Where((_, i) => IsChosen(i)).Select(article => article.ToText()));
        return vectorizer.Terms == 0 ? null : new(vectorizer, vectors, labels.Where((_, i) => IsChosen(i)), labelNames);
    }

    /// <summary>Classifies articles.</summary>
    /// <param name="articles">They are read once.</param>
    /// <param name="labels">Their own labels.</param>
    public Predictions Predict(IEnumerable<Article> articles, IReadOnlyList<int> labels)
    {
        IDataView scored = _model.Transform(Load(articles.Select(article => new Row { Features = _vectorizer.Transform(article.ToText()) })));
        return new(_labelNames, labels, [.. scored.GetColumn<float[]>("Score")]);
    }

    private IDataView Load(IEnumerable<Row> rows)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, _vectorizer.Terms);
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), _labelNames.Count);
        return _context.Data.LoadFromEnumerable(rows, schema);
    }

    /// <summary>Columns that Microsoft.ML finds by their names.</summary>
    private sealed class Row
    {
        public VBuffer<float> Features { get; set; }

        /// <summary>The label's id + 1: Microsoft.ML's keys start at 1.</summary>
        public uint Label { get; set; } = 1;
    }
}
