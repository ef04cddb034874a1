"""Figures against scikit-learn's, and paired differences."""

import numpy as np
import pytest

from ipml.keyword_comparison.scores import Row, Variant, as_table, mean_over_splits, score_rows


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    labels = rng.random(80) < 0.6
    training = np.array([rng.permutation(80) < 56 for _ in range(3)])
    return labels, training, rng


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
