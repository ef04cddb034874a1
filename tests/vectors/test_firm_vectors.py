import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ipml.vectors.firm_vectors import (
    joined_texts,
    patent_weights,
    product_weights,
    rows_to_one,
    sif_weights,
    weighted_means,
)


def technology_weights(counts, firm, n_firms, by_length):
    """Weights of the words of each firm's patents."""
    return patent_weights(counts, firm, n_firms, by_length) @ rows_to_one(counts.astype(float))


VECTORS = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])


def test_each_keyword_counts_once_or_by_its_attention():
    firm, word = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2])  # firm 0 has word 1 on two pages
    once = product_weights(firm, word, None, (3, 3))
    np.testing.assert_allclose(weighted_means(once, VECTORS), [[0.5, 0.5], [2, 2], [0, 0]])
    attention = np.array([0.25, 0.25, 0.5, 0.1])
    weighted = product_weights(firm, word, attention, (3, 3))
    np.testing.assert_allclose(weighted_means(weighted, VECTORS), [[0.25, 0.75], [2, 2], [0, 0]])


def test_each_patent_counts_once_or_by_its_length():
    counts = sparse.csr_matrix([[1, 0, 0], [0, 3, 0], [0, 0, 0], [0, 0, 2]])
    firm = np.array([0, 0, 0, 2])  # the third patent of firm 0 has no known word
    equal = weighted_means(technology_weights(counts, firm, 3, by_length=False), VECTORS)
    np.testing.assert_allclose(equal, [[0.5, 0.5], [0, 0], [2, 2]])
    by_length = weighted_means(technology_weights(counts, firm, 3, by_length=True), VECTORS)
    np.testing.assert_allclose(by_length, [[0.25, 0.75], [0, 0], [2, 2]])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16))
def test_technology_is_the_mean_of_the_patents_means(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.4, size=(12, 6))
    firm = rng.integers(4, size=12)
    vectors = rng.normal(size=(6, 3))
    got = weighted_means(technology_weights(sparse.csr_matrix(counts), firm, 4, by_length=False), vectors)
    for f in range(4):
        known = counts[(firm == f) & (counts.sum(axis=1) > 0)]
        means = [row @ vectors / row.sum() for row in known]
        expected = np.mean(means, axis=0) if means else np.zeros(3)
        np.testing.assert_allclose(got[f], expected, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16), st.booleans())
def test_weights_of_a_firm_sum_to_one_and_repeating_a_patent_changes_nothing(seed, by_length):
    rng = np.random.default_rng(seed)
    counts = sparse.csr_matrix(rng.poisson(1.0, size=(5, 4)))
    firm = np.zeros(5, dtype=np.int64)
    one = technology_weights(counts, firm, 1, by_length)
    twice = technology_weights(sparse.vstack([counts, counts]).tocsr(), np.tile(firm, 2), 1, by_length)
    if counts.sum():
        assert one.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(one.toarray(), twice.toarray())


def test_missing_fields_of_a_patent_are_left_out():
    assert joined_texts([["a", None], [None, None], ["c", ""]]) == ["a\nc", ""]


def test_sif_weights_are_those_of_the_paper():
    counts = np.array([90, 9, 1])
    np.testing.assert_allclose(sif_weights(counts, 1e-3), 1e-3 / (1e-3 + counts / 100))
    assert (np.diff(sif_weights(counts, 1e-3)) > 0).all()
    np.testing.assert_allclose(sif_weights(counts, 1e9), 1)


def test_patents_have_the_weight_of_their_known_words_or_one_each():
    counts = sparse.csr_matrix([[1, 0, 0], [0, 3, 0], [0, 0, 0], [0, 0, 2]])
    firm = np.array([0, 0, 0, 2])
    by_length = patent_weights(counts, firm, 3, by_length=True).toarray()
    np.testing.assert_allclose(by_length, [[0.25, 0.75, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
    once = patent_weights(counts, firm, 3, by_length=False)
    np.testing.assert_allclose(once.toarray(), [[0.5, 0.5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
    assert np.diff(once.indptr).tolist() == [2, 0, 1]  # patents with a known word
