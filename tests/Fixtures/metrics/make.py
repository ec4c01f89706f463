"""Writes expected.json: what scikit-learn, SciPy and NumPy make of the cases below.

    /usr/bin/python3 tests/Fixtures/metrics/make.py        (Debian 12: python3-sklearn 1.2.1, SciPy 1.10.1, NumPy 1.24.2)
"""
import csv
import json
import pathlib

import numpy as np
from scipy import optimize, stats
from sklearn import metrics
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).parent
SAMPLE = HERE.parents[2] / "samples" / "horne-adali-2017.csv"
BINS, RESAMPLES, SEED = 15, 1000, 42


def scores(y, p):
    """Every score; areas are None where a label has no article."""
    labels = list(range(p.shape[1]))
    top, predicted = p.max(axis=1), p.argmax(axis=1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    result = {
        "accuracy": metrics.accuracy_score(y, predicted),
        "precision": precision, "recall": recall, "f1": f1,
        "macro_f1": metrics.f1_score(y, predicted, labels=labels, average="macro", zero_division=0),
        "weighted_f1": metrics.f1_score(y, predicted, labels=labels, average="weighted", zero_division=0),
        "log_loss": metrics.log_loss(y, p, labels=labels),
    }
    positives = [1] if len(labels) == 2 else labels
    areas = len(set(y)) == len(labels)
    result["roc_auc"] = np.mean([metrics.roc_auc_score(y == k, p[:, k]) for k in positives]) if areas else None
    result["pr_auc"] = np.mean([metrics.average_precision_score(y == k, p[:, k]) for k in positives]) if areas else None
    if areas and len(labels) > 2:
        assert np.isclose(result["roc_auc"], metrics.roc_auc_score(y, p, multi_class="ovr", average="macro"), rtol=0, atol=1e-12)
    # For more than two labels scikit-learn 1.2 has none; Brier's own definition is the sum.
    result["brier"] = metrics.brier_score_loss(y == 1, p[:, 1]) if len(labels) == 2 else ((p - np.eye(len(labels))[y]) ** 2).sum(axis=1).mean()
    error = 0
    for b in range(BINS):
        inside = (top > b / BINS) & (top <= (b + 1) / BINS)
        if inside.any():
            error += inside.mean() * abs((predicted == y)[inside].mean() - top[inside].mean())
    result["expected_calibration_error"] = error
    return result


def resamples(n):
    """SplitMix64: article i of resample r is drawn by the state (r * n + i + 1) * golden + SEED."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        x = np.arange(1, RESAMPLES * n + 1, dtype=np.uint64) * golden + np.uint64(SEED)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return np.array([int(v) * n >> 64 for v in x]).reshape(RESAMPLES, n)


def intervals(y, p):
    drawn = [scores(y[i], p[i]) for i in resamples(len(y))]
    result = {}
    for name in drawn[0]:
        values = np.array([s[name] for s in drawn if s[name] is not None], dtype=float)
        result[name] = np.percentile(values, [2.5, 97.5], axis=0).T
    return result


def case(name, y, p, bootstrap=False):
    y, p = np.array(y), np.array(p, dtype=np.float32).astype(np.float64)
    result = {"name": name, "y": y, "p": p, "scores": scores(y, p), "confusion": metrics.confusion_matrix(y, p.argmax(axis=1), labels=range(p.shape[1]))}
    if len(set(y)) == p.shape[1]:
        positives = [1] if p.shape[1] == 2 else range(p.shape[1])
        result["roc"] = [dict(zip(("fpr", "tpr"), metrics.roc_curve(y == k, p[:, k])[:2])) for k in positives]
    if bootstrap:
        result["intervals"] = intervals(y, p)
    return result


def metric_cases():
    r = np.random.default_rng(7)

    def probabilities(n, labels, y, skill, decimals):
        z = r.normal(size=(n, labels))
        z[np.arange(n), y] += skill
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        p = np.round(p, decimals)
        return p / p.sum(axis=1, keepdims=True)

    y2, y3 = r.integers(0, 2, 60), r.integers(0, 3, 50)
    never = probabilities(40, 3, r.integers(0, 3, 40), 1, 2) * [1, 1, 0.01]
    absent = r.integers(0, 2, 30) * 2
    return [
        case("binary, ties", y2, probabilities(60, 2, y2, 1.2, 1), bootstrap=True),
        case("three labels, ties", y3, probabilities(50, 3, y3, 1.0, 1), bootstrap=True),
        case("a label that is never predicted", r.integers(0, 3, 40), never / never.sum(axis=1, keepdims=True)),
        case("a label without articles", absent, probabilities(30, 3, absent, 1, 3)),
        case("one label only", np.zeros(12, int), probabilities(12, 2, np.zeros(12, int), 1, 3)),
        case("perfect", [0, 1, 1, 0, 1], [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3], [0.01, 0.99]]),
        case("certain, and sometimes wrong", [0, 1, 1, 0], [[1, 0], [1, 0], [0, 1], [1, 0]]),
        case("all equal", [0, 1, 1, 0, 1], [[0.5, 0.5]] * 5),
    ]


def temperature_cases():
    r = np.random.default_rng(8)
    for n, labels, scale in [(200, 2, 4.0), (200, 3, 0.3), (40, 2, 1.0)]:
        z = r.normal(size=(n, labels))
        y = np.array([r.choice(labels, p=np.exp(row) / np.exp(row).sum()) for row in z])
        logits = (z * scale).astype(np.float32).astype(np.float64)

        def loss(log_t):
            scaled = logits / np.exp(log_t)
            return (np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(n), y]).mean()

        best = optimize.minimize_scalar(loss, bounds=np.log([0.05, 20]), method="bounded", options={"xatol": 1e-10})
        yield {"logits": logits, "y": y, "temperature": np.exp(best.x)}


def mcnemar_cases():
    for first, second in [(0, 0), (1, 0), (5, 5), (10, 3), (3, 10), (40, 12), (0, 30), (1000, 1100), (60000, 59000), (0, 5000)]:
        p = min(1, 2 * stats.binom.cdf(min(first, second), first + second, 0.5))  # statsmodels' mcnemar(exact=True)
        yield [first, second, p]


def vectorizer(**options):
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, **options)


def tfidf_case():
    texts = [
        "The council approves the bridge, the bridge of the city.", "THE BRIDGE of the city is a scandal!", "A city council is no council",
        "Reuters: the council's bridge_1 is 12 years old", "nothing here", "Ein Brückenbau, die Brückenbau of the city",
    ]
    unseen = "The city bridge of THE city: nothing of a Brückenbau, an unheard city council"
    v = vectorizer()
    x = v.fit_transform(texts)
    every = np.vstack([x.toarray(), v.transform([unseen]).toarray()])
    return {"texts": texts, "unseen": unseen, "terms": len(v.vocabulary_), "products": every @ every.T}


def sample_fold():
    """The sample's fake and real articles: trained on those whose place, modulo 5, is not 0, P(real) of the others."""
    rows = [row for row in csv.DictReader(open(SAMPLE, newline="")) if row["classification"] != "satire"]
    texts = [f"{row['title']}\n\n{row['content']}" for row in rows]
    y = np.array([row["classification"] == "real" for row in rows])
    held = np.arange(len(rows)) % 5 == 0
    v = vectorizer()
    x = v.fit_transform([t for t, h in zip(texts, held) if not h])
    model = LogisticRegression(C=10, tol=1e-9, max_iter=10000).fit(x, y[~held])
    return model.predict_proba(v.transform([t for t, h in zip(texts, held) if h]))[:, 1]


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


if __name__ == "__main__":
    expected = {
        "cases": metric_cases(),
        "temperature": list(temperature_cases()),
        "mcnemar": list(mcnemar_cases()),
        "tfidf": tfidf_case(),
        "sample_fold": sample_fold(),
    }
    (HERE / "expected.json").write_text(json.dumps(plain(expected)) + "\n")
