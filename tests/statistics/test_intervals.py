import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.statistics.intervals import (
    MIN_VALUES,
    Bootstrap,
    bootstrap_figure,
    bootstrap_mean,
    percentile_interval,
    with_interval,
)


def test_the_interval_is_that_of_the_normal_approximation_for_many_values():
    values = np.random.default_rng(0).normal(loc=2.0, size=5000)
    estimate = bootstrap_mean(values, Bootstrap(2000, 0.95, seed=1))
    half = 1.96 * values.std() / np.sqrt(5000)
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.high - estimate.low == pytest.approx(2 * half, rel=0.08)
    assert estimate.n == 5000


def test_the_interval_covers_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(300):
        estimate = bootstrap_mean(rng.random(100), Bootstrap(300, 0.9, seed))
        covered += estimate.low <= 0.5 <= estimate.high
    assert 0.84 <= covered / 300 <= 0.95


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1), min_size=5, max_size=30), st.integers(0, 100))
def test_mean_and_interval_lie_between_the_extremes(values, seed):
    estimate = bootstrap_mean(np.array(values), Bootstrap(50, 0.95, seed))
    assert min(values) - 1e-12 <= estimate.low <= estimate.high <= max(values) + 1e-12
    assert estimate == bootstrap_mean(np.array(values), Bootstrap(50, 0.95, seed))


@pytest.mark.parametrize("n", [1, 2, 4, 5])
def test_a_mean_of_few_values_has_no_interval(n):
    estimate = bootstrap_mean(np.arange(n), Bootstrap(50, 0.95, seed=0))
    assert (estimate.value, estimate.n) == ((n - 1) / 2, n)
    assert np.isnan([estimate.low, estimate.high]).tolist() == [n < MIN_VALUES] * 2
    metrics = with_interval("score", estimate.value, estimate.low, estimate.high)
    assert len(metrics) == (1 if n < MIN_VALUES else 3)


def test_a_figure_of_one_class_has_no_metric_at_all():
    assert with_interval("auc", np.nan, np.nan, np.nan) == {}
    assert np.isnan(percentile_interval(np.full(3, np.nan))).all()


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="empty"):
        bootstrap_mean(np.zeros(0), Bootstrap(1000, 0.95, seed=0))


def test_a_ratio_of_means_is_resampled_by_rows():
    values = np.random.default_rng(0).normal(loc=[2.0, 4.0], size=(400, 2))
    values[:, 1] = 2 * values[:, 0]  # rows go together, so the ratio never changes
    estimate = bootstrap_figure(values, lambda means: means[:, 0] / means[:, 1], Bootstrap(50, 0.95, seed=1))
    np.testing.assert_allclose(estimate[:3], 0.5)
    assert estimate.n == 400
