using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using LogisticRegression = Microsoft.ML.Data.BinaryPredictionTransformer<Microsoft.ML.Calibrators.CalibratedModelParametersBase<Microsoft.ML.Trainers.LinearBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>>;

namespace FakeNewsOnnx.Train.Evaluation;

/// <summary>
/// What a bag of words can do: logistic regression on TF-IDF weights, the usual baseline for texts. With more than two labels, one
/// against the rest.
/// </summary>
internal sealed class TfidfBaseline
{
    /// <summary>What it is, in words.</summary>
    public const string Name = "TF-IDF + logistic regression";

    /// <summary>Articles that it learns from at most, evenly spread over those there are: their vectors are held at once, about 10 KB each.</summary>
    public const int MostArticles = 20_000;

    /// <summary>As in scikit-learn, how much the articles weigh against short weights. At its default, 1, the weights stay so short that unequal labels drown them.</summary>
    private const float C = 10;

    private readonly MLContext _context = new(seed: 0);
    private readonly TfidfVectorizer _vectorizer;
    private readonly IReadOnlyList<string> _labelNames;
    private readonly LogisticRegression[] _models; // of label 1 where there are two, else of each

    private TfidfBaseline(TfidfVectorizer vectorizer, VBuffer<float>[] vectors, int[] labels, IReadOnlyList<string> labelNames)
    {
        _vectorizer = vectorizer;
        _labelNames = labelNames;
        IEnumerable<int> positives = labelNames.Count == 2 ? [1] : Enumerable.Range(0, labelNames.Count);
        _models = [.. positives.Select(id => _context.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options
        {
            L1Regularization = 0,
            L2Regularization = 1 / C,
            NumberOfThreads = 1,
        }).Fit(Load(vectors.Zip(labels, (vector, label) => new Row { Features = vector, Label = label == id }))))];
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
        return vectorizer.Terms == 0 ? null : new(vectorizer, vectors, [.. labels.Where((_, i) => IsChosen(i))], labelNames);
    }

    /// <summary>Classifies articles.</summary>
    /// <param name="articles">They are read once.</param>
    /// <param name="labels">Their own labels.</param>
    public Predictions Predict(IEnumerable<Article> articles, IReadOnlyList<int> labels)
    {
        Row[] rows = [.. articles.Select(article => new Row { Features = _vectorizer.Transform(article.ToText()) })];
        float[][] scores = [.. _models.Select(model => model.Transform(Load(rows)).GetColumn<float>("Probability").ToArray())];
        return new(_labelNames, labels, [.. rows.Select((_, i) => scores.Length == 1 ? [1 - scores[0][i], scores[0][i]] : Shares([.. scores.Select(score => score[i])]))]);
    }

    private static float[] Shares(float[] scores) => [.. scores.Select(score => score / scores.Sum())];

    private IDataView Load(IEnumerable<Row> rows)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, _vectorizer.Terms);
        return _context.Data.LoadFromEnumerable(rows, schema);
    }

    /// <summary>Columns that Microsoft.ML finds by their names.</summary>
    private sealed class Row
    {
        public VBuffer<float> Features { get; set; }

        public bool Label { get; set; }
    }
}
