import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.page_figures import PageTruth
from benchmarks.page_shares import Shares, page_shares
from ipml.statistics.intervals import Bootstrap

# Firm 0: product, other, other, other; firm 1: product alone; firm 2: other, product.
TRUTH = PageTruth(np.array([0, 4, 5, 7]), np.array([True, False, False, False, True, False, True]))
ONES = np.ones(7)
BOOTSTRAP = Bootstrap(resamples=500, level=0.95, seed=0)


def random_sites(seed: int, n_firms: int = 30) -> tuple[PageTruth, np.ndarray]:
    rng = np.random.default_rng(seed)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(2, 7, n_firms))])
    return PageTruth(offsets, rng.random(offsets[-1]) < 0.4), rng.random(offsets[-1])


def test_ratio_of_a_small_example():
    weights = np.array([0.5, 0.5, 0, 0, 1, 0.4, 0.6])
    shares = page_shares(TRUTH, weights, ONES)
    np.testing.assert_allclose(shares.weight, [0.5, 0.6])  # firm 1 has nothing to tell apart
    np.testing.assert_allclose(shares.pages, [0.25, 0.5])
    assert shares.ratio == pytest.approx(0.55 / 0.375)
    assert shares.highest == pytest.approx(1 / 0.375)


def test_share_of_the_words_counts_pages_by_their_length():
    lengths = np.array([30, 10, 10, 10, 7, 1, 3])
    shares = page_shares(TRUTH, ONES, lengths)
    np.testing.assert_allclose(shares.pages, [0.5, 0.75])
    assert page_shares(TRUTH, lengths, lengths).ratio == 1


def test_a_firm_without_weight_has_a_share_of_0():
    assert page_shares(TRUTH, np.array([0, 0, 0, 0, 1, 0, 2.0]), ONES).weight.tolist() == [0, 1]


@given(st.integers(0, 10_000))
def test_uniform_weights_give_1_and_no_weights_more_than_the_highest(seed):
    truth, weights = random_sites(seed)
    uniform = page_shares(truth, np.ones(len(weights)), np.ones(len(weights)))
    assert uniform.ratio == pytest.approx(1)
    on_products = page_shares(truth, truth.is_product.astype(float), np.ones(len(weights)))
    assert on_products.ratio == pytest.approx(uniform.highest)
    assert page_shares(truth, weights, np.ones(len(weights))).ratio <= uniform.highest
    scaled = page_shares(truth, weights * 7, np.ones(len(weights)))  # only weights within a firm matter
    assert scaled.ratio == pytest.approx(page_shares(truth, weights, np.ones(len(weights))).ratio)


def test_interval_over_firms_covers_the_expected_ratio():
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        pages = rng.uniform(0.1, 0.5, 40)
        shares = Shares(np.clip(1.5 * pages + rng.normal(0, 0.1, 40), 0, 1), pages)
        _, low, high, n = shares.interval(BOOTSTRAP)
        hits += low <= 1.5 <= high
        assert n == 40
    assert hits >= 52  # nominal 57


def test_clusters_that_are_alike_make_the_interval_wider():
    weight, pages = np.repeat([0.9, 0.2, 0.8, 0.3, 0.7, 0.1], 5), np.full(30, 0.25)
    shares = Shares(weight, pages)
    _, low, high, n = shares.interval(BOOTSTRAP)
    value, wide_low, wide_high, n_clusters = shares.interval(
        BOOTSTRAP, [f"maker {i // 5}" for i in range(30)]
    )
    assert value == pytest.approx(shares.ratio)
    assert (n, n_clusters) == (30, 6)
    assert wide_high - wide_low > 1.5 * (high - low)


def test_fewer_than_five_clusters_give_no_interval():
    shares = Shares(np.full(8, 0.5), np.full(8, 0.25))
    value, low, high, n = shares.interval(BOOTSTRAP, ["a", "b"] * 4)
    assert (value, n) == (2, 2)
    assert np.isnan([low, high]).all()
