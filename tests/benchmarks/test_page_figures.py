import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from benchmarks.page_figures import (
    AUC,
    FIGURES,
    KEPT,
    POOLED,
    TOP,
    PageTruth,
    auc_by_kind,
    page_figures,
    page_intervals,
    within_firm_auc,
)

# Firm 0: product, other, other; firm 1: product only; firm 2: other, product.
TRUTH = PageTruth(np.array([0, 3, 4, 6]), np.array([True, False, False, True, False, True]))
WEIGHTS = np.array([0.6, 0.4, 0.0, 1.0, 0.5, 0.5])


def random_sites(seed: int, n_firms: int = 40) -> tuple[PageTruth, np.ndarray]:
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(1, 7, n_firms))])
    return PageTruth(offsets, rng.random(offsets[-1]) < 0.4), rng.integers(0, 4, offsets[-1]) / 3


def test_area_within_firms_counts_ties_half_and_leaves_out_firms_without_a_pair():
    np.testing.assert_array_equal(within_firm_auc(TRUTH, WEIGHTS), [1.0, np.nan, 0.5])


def test_figures_of_a_small_example():
    figures = page_figures(TRUTH, WEIGHTS)
    assert tuple(figures) == FIGURES
    assert figures[AUC] == pytest.approx(0.75)
    assert figures[POOLED] == pytest.approx((3 + 3 + 2.5) / 9)
    assert figures[KEPT] == pytest.approx(5 / 6)
    assert figures[TOP] == pytest.approx(0.75)  # in firm 2 both pages are on top


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_area_within_firms_is_that_of_scikit_learn(seed):
    truth, weights = random_sites(seed)
    areas = within_firm_auc(truth, weights)
    for firm, (start, end) in enumerate(zip(truth.page_offsets[:-1], truth.page_offsets[1:], strict=True)):
        product = truth.is_product[start:end]
        if product.all() or not product.any():
            assert np.isnan(areas[firm])
        else:
            assert areas[firm] == pytest.approx(roc_auc_score(product, weights[start:end]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_weights_turned_round_turn_the_areas_round(seed):
    truth, weights = random_sites(seed)
    forward, backward = page_figures(truth, weights), page_figures(truth, 1 - weights)
    for name in (AUC, POOLED):
        assert forward[name] + backward[name] == pytest.approx(1)


def test_intervals_hold_the_figures_and_resample_whole_firms():
    truth, _ = random_sites(1, n_firms=200)
    weights = np.random.default_rng(2).random(len(truth.is_product)) + truth.is_product * 0.5
    figures, intervals = page_figures(truth, weights), page_intervals(truth, weights, 300, seed=0)
    for name in (AUC, POOLED, TOP):
        low, high = intervals[name]
        assert low < figures[name] < high
    areas = within_firm_auc(truth, weights)
    expected = np.nanstd(areas) / np.sqrt((~np.isnan(areas)).sum())
    low, high = intervals[AUC]
    assert (high - low) / (2 * 1.96) == pytest.approx(expected, rel=0.2)


def test_area_against_each_kind_of_page():
    kinds = np.array(["product", "news", "legal", "product", "news", "product"], dtype=object)
    assert auc_by_kind(TRUTH, kinds, WEIGHTS) == {"legal": (1.0, 1), "news": (0.75, 2)}


def test_firms_without_a_kept_page_stay_empty():
    kept = TRUTH.only(np.array([True, True, False, False, True, True]))
    np.testing.assert_array_equal(kept.page_offsets, [0, 2, 2, 4])
    np.testing.assert_array_equal(kept.has_both, [True, False, True])
