"""Agreement of networks: closed forms, another implementation, properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from ipml.dual_attention.diagnostics.agreement import (
    keyword_agreement,
    page_overlap,
    pairs_between_folds,
    pairs_between_seeds,
    product_angle,
)

MEMBERS = [(0, 0), (0, 1), (1, 0), (2, 1)]


def test_pairs_are_of_folds_or_of_seeds():
    assert pairs_between_folds(MEMBERS) == [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert pairs_between_seeds(MEMBERS) == [(0, 1)]


def test_equal_weights_overlap_wholly_disjoint_ones_not_at_all():
    one, other = np.array([1.0, 0, 0.5, 0.5]), np.array([0.0, 1, 0.5, 0.5])  # two firms of two pages
    assert page_overlap(np.stack([one, one]), 2, [(0, 1)]) == 1
    assert page_overlap(np.stack([one, other]), 2, [(0, 1)]) == 0.5
    assert page_overlap(np.stack([one, other, one]), 2, [(0, 1), (0, 2)]) == 0.75
    assert page_overlap(np.array([[1.0, 0], [0, 1.0]]), 1, [(0, 1)]) == 0


@given(seed=st.integers(0, 10_000), n_firms=st.integers(1, 6), n_pages=st.integers(1, 5))
def test_the_overlap_is_a_share_and_does_not_know_an_order(seed, n_firms, n_pages):
    weights = np.random.default_rng(seed).dirichlet(np.ones(n_pages), size=(2, n_firms)).reshape(2, -1)
    overlap = page_overlap(weights, n_firms, [(0, 1)])
    assert 0 <= overlap <= 1 + 1e-9
    assert page_overlap(weights[::-1], n_firms, [(0, 1)]) == pytest.approx(overlap)
    # One less the total variation distance, firm by firm.
    distance = np.abs(weights[0] - weights[1]).sum() / 2 / n_firms
    assert overlap == pytest.approx(1 - distance)


@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 0.95))
def test_agreement_is_cohens_kappa(seed, share):
    taken = np.random.default_rng(seed).random((3, 80)) < share
    pairs = [(0, 1), (0, 2)]
    expected = [cohen_kappa_score(taken[a], taken[b]) for a, b in pairs if taken[a].any() and taken[b].any()]
    if len(expected) == 2 and not np.isnan(expected).any():
        assert keyword_agreement(taken, pairs) == pytest.approx(np.mean(expected))


def test_the_same_keywords_agree_and_the_opposite_ones_do_not():
    half = np.arange(10) < 5
    assert keyword_agreement(np.stack([half, half]), [(0, 1)]) == 1
    assert keyword_agreement(np.stack([half, ~half]), [(0, 1)]) == -1
    assert keyword_agreement(np.zeros((2, 10), dtype=bool), [(0, 1)]) == 1


def test_the_angle_of_means_and_networks_without_keywords():
    means = np.array([[1.0, 0], [0, 2.0], [np.nan, np.nan], [3.0, 0]])
    assert product_angle(means, [(0, 1)]) == pytest.approx(90)
    assert product_angle(means, [(0, 1), (0, 2), (0, 3)]) == pytest.approx(45)
    assert product_angle(means, [(0, 2)]) is None
