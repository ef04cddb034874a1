"""Figures against scikit-learn's, and paired differences."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from ipml.keyword_comparison.scores import (
    METRICS,
    Row,
    Variant,
    as_table,
    macro_metrics,
    mean_over_splits,
    score_rows,
)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    labels = rng.random(80) < 0.6
    training = np.array([rng.permutation(80) < 56 for _ in range(3)])
    return labels, training, rng


def test_metrics_are_those_of_scikit_learn_with_weights(data):
    labels, _, rng = data
    predicted = np.where(rng.random(80) < 0.7, labels, ~labels)
    weights = rng.integers(0, 3, size=(4, 80)).astype(float)
    found = macro_metrics(labels, predicted, weights)
    for number, weight in enumerate(weights):
        precision, recall, f1, _ = precision_recall_fscore_support(
            labels, predicted, average="macro", sample_weight=weight
        )
        accuracy = accuracy_score(labels, predicted, sample_weight=weight)
        expected = dict(zip(METRICS, (precision, recall, f1, accuracy), strict=True))
        assert {metric: values[number] for metric, values in found.items()} == pytest.approx(expected)


def test_predicting_one_class_counts_the_other_as_missed():
    labels = np.array([True, True, True, False])
    found = macro_metrics(labels, np.ones(4, dtype=bool), np.ones((1, 4)))
    expected = {"precision": 3 / 8, "recall": 1 / 2, "f1": 3 / 7, "accuracy": 3 / 4}
    assert {metric: float(values[0]) for metric, values in found.items()} == pytest.approx(expected)


def test_each_part_is_measured_on_its_own_firms(data):
    labels, training, _ = data
    right_in_training = np.where(training, labels, ~labels)
    once = np.ones((1, 80))
    assert mean_over_splits(labels, right_in_training, training, once)["accuracy"] == 1
    assert mean_over_splits(labels, right_in_training, ~training, once)["accuracy"] == 0


def test_rows_have_paired_differences_with_intervals(data):
    labels, training, rng = data
    noisy = np.where(rng.random((3, 80)) < 0.7, labels, ~labels)
    better = np.where(rng.random((3, 80)) < 0.5, labels, noisy)
    predictions = {
        Variant("leak-free", "raw", "LR"): noisy,
        Variant("leak-free", "random", "LR"): noisy,
        Variant("leak-free", "dual_attn", "LR"): better,
        Variant("leaking", "raw", "LR"): noisy,
        Variant("leaking", "random", "LR"): noisy,
        Variant("leaking", "dual_attn", "LR"): np.broadcast_to(labels, (3, 80)),
    }
    common = Row(seeds="0-2", simulated=True, models="planted")
    table = as_table(score_rows(labels, training, predictions, 0, common))
    test = table[(table["part"] == "test") & (table["metric"] == "accuracy")]
    scores = test[test["what"] == "score"].set_index(["protocol", "set"])
    assert scores["value"]["leaking", "dual_attn"] == 1
    assert ((scores["low"] <= scores["value"]) & (scores["value"] <= scores["high"])).all()
    differences = test[test["what"] == "difference"].set_index(["protocol", "set", "reference"])
    # The same predictions: no difference in any resample, which only pairing gives.
    assert (differences.loc["leak-free", "random", "raw"][["value", "low", "high"]] == 0).all()
    gain = differences.loc["leak-free", "dual_attn", "raw"]
    expected = scores["value"]["leak-free", "dual_attn"] - scores["value"]["leak-free", "raw"]
    assert gain["value"] == pytest.approx(expected)
    assert 0 < gain["low"] < gain["value"] < gain["high"]
    leak = differences.loc["leaking", "dual_attn", "leak-free"]
    assert leak["value"] == pytest.approx(1 - scores["value"]["leak-free", "dual_attn"])
    assert (test["n"] == 24).all()
    assert table["simulated"].all()
    assert set(table["models"]) == {"planted"}
