import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
    roc_auc_score,
)
from torch import tensor
from torchmetrics.functional.classification import binary_calibration_error

from ipml.statistics.classification import (
    MACRO_METRICS,
    METRICS,
    area_under_roc,
    bootstrap_metrics,
    classification_metrics,
    macro_metrics,
    metrics_with_intervals,
)
from ipml.statistics.intervals import MIN_VALUES, resampling_weights


def reference(labels, probabilities):
    predicted = probabilities >= 0.5
    both = 0 < labels.sum() < len(labels)
    return {
        "auc": roc_auc_score(labels, probabilities) if both else np.nan,
        "f1": f1_score(labels, predicted, average="macro", labels=[False, True], zero_division=0),
        "accuracy": accuracy_score(labels, predicted),
        "precision": precision_score(labels, predicted, zero_division=0),
        "recall": recall_score(labels, predicted, zero_division=0),
        "brier": brier_score_loss(labels, probabilities),
        "calibration_error": float(
            binary_calibration_error(tensor(probabilities), tensor(labels.astype(int)), n_bins=10)
        ),
    }


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])), min_size=1, max_size=30)
)
def test_metrics_are_those_of_scikit_learn_ties_included(cases):
    labels = np.array([label for label, _ in cases])
    probabilities = np.array([probability for _, probability in cases])
    found = classification_metrics(labels, probabilities)
    for name, value in reference(labels, probabilities).items():
        assert found[name] == pytest.approx(value, nan_ok=True), name


def test_weights_count_a_firm_several_times():
    rng = np.random.default_rng(0)
    labels, probabilities = rng.random(40) < 0.4, rng.random(40)
    weights = resampling_weights(40, 7, seed=1)
    assert weights.sum(axis=1).tolist() == [40] * 7
    found = classification_metrics(labels, probabilities, weights)
    for resample, row in enumerate(weights.astype(int)):
        expected = reference(np.repeat(labels, row), np.repeat(probabilities, row))
        assert set(METRICS) == set(expected)
        for name in METRICS:
            assert found[name][resample] == pytest.approx(expected[name])


def test_honest_probabilities_are_calibrated_and_overconfident_ones_are_not():
    """Labels drawn from p itself; the same order at p' = 1 or 0 has the same AUC's order but error E|p' - p|."""
    rng = np.random.default_rng(0)
    probabilities = rng.random(100_000)
    labels = rng.random(100_000) < probabilities
    honest = classification_metrics(labels, probabilities)
    assert honest["calibration_error"] < 0.01
    assert honest["brier"] == pytest.approx(1 / 6, abs=0.005)
    certain = classification_metrics(labels, (probabilities >= 0.5).astype(float))
    assert certain["calibration_error"] == pytest.approx(1 / 4, abs=0.01)


def test_intervals_hold_the_estimate_and_shrink_with_more_firms():
    rng = np.random.default_rng(0)
    widths = []
    for n in (100, 1600):
        labels = rng.random(n) < 0.5
        probabilities = 1 / (1 + np.exp(-(rng.normal(size=n) + labels)))
        value, low, high = metrics_with_intervals(labels, probabilities, 500, seed=0)["auc"]
        assert low < value < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2.5  # a factor of 4 in theory


def test_two_classifiers_see_the_same_resamples():
    rng = np.random.default_rng(0)
    labels, probabilities = rng.random(60) < 0.5, rng.random(60)
    one = bootstrap_metrics(labels, probabilities, 450, seed=3)
    other = bootstrap_metrics(labels, probabilities, 450, seed=3)
    assert one["auc"].shape == (450,)
    np.testing.assert_array_equal(one["auc"], other["auc"])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=30))
def test_the_area_is_the_share_of_pairs_in_order(pairs):
    labels, scores = np.array(pairs).T
    found = area_under_roc(labels.astype(bool), scores.astype(float), np.ones(len(labels)))
    if labels.min() == labels.max():
        assert np.isnan(found)
    else:
        assert found == pytest.approx(roc_auc_score(labels, scores))


def test_macro_averages_are_those_of_scikit_learn_with_weights():
    rng = np.random.default_rng(0)
    labels = rng.random(80) < 0.6
    predicted = np.where(rng.random(80) < 0.7, labels, ~labels)
    weights = rng.integers(0, 3, size=(4, 80)).astype(float)
    found = macro_metrics(labels, predicted, weights)
    for number, weight in enumerate(weights):
        precision, recall, f1, _ = precision_recall_fscore_support(
            labels, predicted, average="macro", sample_weight=weight
        )
        accuracy = accuracy_score(labels, predicted, sample_weight=weight)
        expected = dict(zip(MACRO_METRICS, (precision, recall, f1, accuracy), strict=True))
        assert {metric: values[number] for metric, values in found.items()} == pytest.approx(expected)


def test_predicting_one_class_counts_the_other_as_missed():
    labels = np.array([True, True, True, False])
    found = macro_metrics(labels, np.ones(4, dtype=bool), np.ones((1, 4)))
    expected = {"precision": 3 / 8, "recall": 1 / 2, "f1": 3 / 7, "accuracy": 3 / 4}
    assert {metric: float(values[0]) for metric, values in found.items()} == pytest.approx(expected)


@pytest.mark.parametrize("positives", [1, 4, 5])
def test_intervals_need_cases_of_both_classes(positives):
    labels = np.arange(40) < positives
    value, *interval = metrics_with_intervals(labels, np.linspace(0.9, 0.1, 40), 50, seed=0)["auc"]
    assert value == 1
    assert np.isnan(interval).all() == (positives < MIN_VALUES)
