using System.Globalization;
using FakeNewsOnnx.Train.Evaluation;

namespace FakeNewsOnnx.Train.Audit;

/// <summary>How far a bag of words gets, and the labels that it contradicts: learnt on four fifths of the articles, asked on the fifth, five times.</summary>
/// <param name="cancellation">Ends the work.</param>
internal sealed class BagOfWordsCheck(CancellationToken cancellation) : IAuditCheck
{
    private const int Folds = 5;
    private const int MaxRows = 20;

    /// <summary>Articles at most, evenly spread over the sample: a minute or two of work.</summary>
    private const int MaxArticles = 3000;

    /// <summary>A probability from which on the model is sure.</summary>
    private const float Sure = 0.9f;

    /// <inheritdoc/>
    public IEnumerable<CheckResult> Find(AuditData data)
    {
        bool IsChosen(int i) => data.Sample.Count <= MaxArticles || (long)i * MaxArticles / data.Sample.Count != (long)(i + 1) * MaxArticles / data.Sample.Count;
        var folds = data.Sample.Where((_, i) => IsChosen(i)).Index().ToLookup(entry => entry.Index % Folds, entry => entry.Item);
        var asked = new (AuditedArticle Row, float[] Probabilities)[]?[Folds];
        Parallel.For(0, Folds, new() { CancellationToken = cancellation }, fold => asked[fold] = AskFold(folds, fold, data.Labels));
        if (asked.Contains(null))
        {
            return [];
        }

        (AuditedArticle Row, float[] Probabilities)[] all = [.. asked.SelectMany(fold => fold!)];
        return [Accuracy(all), .. Contradictions(data, all)];
    }

    /// <summary>The fold's articles and what a model makes of them that has learnt the others; null where these are too few or too unlike to learn from.</summary>
    private static (AuditedArticle Row, float[] Probabilities)[]? AskFold(ILookup<int, AuditedArticle> folds, int fold, IReadOnlyList<string> labels)
    {
        AuditedArticle[] learnt = [.. folds.Where(other => other.Key != fold).SelectMany(other => other)];
        return learnt.DistinctBy(row => row.Label).Count() < labels.Count || TfidfBaseline.TryTrain(learnt.Select(row => row.Article), LabelsOf(learnt), labels) is not { } model
            ? null
            : [.. folds[fold].Zip(model.Predict(folds[fold].Select(row => row.Article), LabelsOf(folds[fold])).Probabilities)];
    }

    private static int[] LabelsOf(IEnumerable<AuditedArticle> rows) => [.. rows.Select(row => row.Label)];

    private static CheckResult Accuracy((AuditedArticle Row, float[] Probabilities)[] asked)
    {
        double[] recalls = [.. asked.GroupBy(entry => entry.Row.Label).Select(label => label.Average(entry => Predicted(entry.Probabilities) == label.Key ? 1.0 : 0))];
        double accuracy = asked.Average(entry => Predicted(entry.Probabilities) == entry.Row.Label ? 1.0 : 0);
        double majority = (double)asked.CountBy(entry => entry.Row.Label).Max(label => label.Value) / asked.Length;
        Severity severity = Thresholds.BagOfWords.Judge(recalls.Average())!.Value;
        string sentence = string.Create(
            CultureInfo.InvariantCulture, $"A bag of words labels {Presence.Percent(accuracy)} of these articles right, the commonest label {Presence.Percent(majority)}; {(severity == Severity.Note ? "measure any model against both" : "there is little left for another model to show")}.");
        return new(
            new(
                "bag_of_words", severity, "How far a bag of words gets", sentence, ["figure", "value"],
                [["accuracy", Presence.Percent(accuracy)], ["balanced accuracy", Presence.Percent(recalls.Average())], ["commonest label", Presence.Percent(majority)], ["articles", $"{asked.Length}"]]),
            sentence,
            accuracy);
    }

    private static IEnumerable<CheckResult> Contradictions(AuditData data, (AuditedArticle Row, float[] Probabilities)[] asked)
    {
        var contradicted = asked
            .Where(entry => Predicted(entry.Probabilities) != entry.Row.Label && entry.Probabilities.Max() >= Sure)
            .OrderByDescending(entry => entry.Probabilities.Max()).ToArray();
        if (contradicted.Length == 0)
        {
            yield break;
        }

        double share = (double)contradicted.Length / asked.Length;
        string what = string.Create(
            CultureInfo.InvariantCulture, $"{contradicted.Length:N0} articles ({Presence.Percent(share)}) read like another label to a bag of words that is at least {Sure * 100:F0} % sure");
        yield return new(
            new(
                "label_noise", Thresholds.Contradictions.Judge(share)!.Value, "Labels that may be wrong", $"{what}. Look at them: some may be labelled wrongly.",
                ["article", "label", "reads like", "probability", "title"],
                [.. contradicted.Take(MaxRows).Select(entry => (string[])
                [
                    AuditData.PlaceOf(entry.Row.Part, entry.Row.File, entry.Row.Line), data.Labels[entry.Row.Label], data.Labels[Predicted(entry.Probabilities)],
                    entry.Probabilities.Max().ToString("F3", CultureInfo.InvariantCulture), ArticleProfile.Shorten(entry.Row.Article.Title!),
                ])]),
            $"{what}: look at their labels.",
            share);
    }

    private static int Predicted(float[] probabilities) => probabilities.IndexOf(probabilities.Max());
}
