"""Figures of a classifier against scikit-learn."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn import metrics

from ipml.statistics.classification import classification_metrics

PROBABILITIES = st.one_of(
    st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1)
)  # the first are often tied
FIRMS = st.lists(st.tuples(st.booleans(), PROBABILITIES, st.integers(0, 3)), min_size=1, max_size=30)


def of_scikit_learn(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    predicted = probabilities >= 0.5
    how = {"sample_weight": weights, "zero_division": 0}
    two_classes = len(set(labels[weights > 0])) == 2
    return {
        "auc": metrics.roc_auc_score(labels, probabilities, sample_weight=weights) if two_classes else np.nan,
        "f1": metrics.f1_score(labels, predicted, labels=[False, True], average="macro", **how),
        "accuracy": metrics.accuracy_score(labels, predicted, sample_weight=weights),
        "precision": metrics.precision_score(labels, predicted, **how),
        "recall": metrics.recall_score(labels, predicted, **how),
        "brier": metrics.mean_squared_error(labels, probabilities, sample_weight=weights),
    }


def check(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None) -> None:
    ours = classification_metrics(labels, probabilities, weights)
    theirs = of_scikit_learn(labels, probabilities, np.ones(len(labels)) if weights is None else weights)
    for name, value in theirs.items():
        assert float(ours[name]) == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), name


@given(FIRMS)
@example([(True, 0.9, 1)])  # one firm, one class
@example([(False, 0.2, 1), (False, 0.7, 1)])  # one class
@example([(True, 0.5, 1), (False, 0.5, 1)])  # nothing but ties
@example([(True, 0.1, 1), (False, 0.9, 1)])  # all wrong
def test_every_firm_once(firms: list[tuple[bool, float, int]]) -> None:
    labels, probabilities, _ = (np.array(values) for values in zip(*firms, strict=True))
    check(labels, probabilities, None)


@given(FIRMS.filter(lambda firms: sum(times for *_, times in firms) > 0))
@example([(True, 0.9, 2), (False, 0.2, 0)])  # a resample that lost one class
def test_firms_as_often_as_a_resample_draws_them(firms: list[tuple[bool, float, int]]) -> None:
    labels, probabilities, times = (np.array(values) for values in zip(*firms, strict=True))
    check(labels, probabilities, times.astype(np.float64))


def test_resamples_at_once_are_those_one_by_one() -> None:
    rng = np.random.default_rng(1)
    labels, probabilities = rng.random(40) < 0.3, rng.random(40).round(1)
    weights = rng.multinomial(40, np.full(40, 1 / 40), size=25).astype(np.float64)
    at_once = classification_metrics(labels, probabilities, weights)
    for number, times in enumerate(weights):
        theirs = of_scikit_learn(labels, probabilities, times)
        for name, value in theirs.items():
            assert at_once[name][number] == pytest.approx(value, rel=1e-9), name
