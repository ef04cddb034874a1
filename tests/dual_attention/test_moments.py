import numpy as np
import pytest
from scipy import sparse

from ipml.dual_attention import moments
from ipml.dual_attention.moments import word_and_page_moments


@pytest.mark.parametrize("pages_at_a_time", [1, 4096])
def test_moments_are_those_of_tokens_and_of_page_means(monkeypatch, pages_at_a_time):
    monkeypatch.setattr(moments, "_PAGES_AT_A_TIME", pages_at_a_time)
    rng = np.random.default_rng(0)
    counts = sparse.csr_matrix(rng.poisson(0.7, size=(6, 9)).astype(np.float32))
    counts[2] = 0  # an empty page does not count
    counts.eliminate_zeros()
    vectors = rng.normal(3, 2, size=(9, 4)).astype(np.float32)
    pages = np.array([0, 2, 3, 5])
    found = word_and_page_moments(counts, pages, vectors)
    dense = counts.toarray()[pages].astype(int)
    tokens = [np.repeat(vectors, row, axis=0).astype(np.float64) for row in dense if row.any()]
    everything = np.concatenate(tokens)
    np.testing.assert_allclose(found.word_mean, everything.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.word_scale, everything.std(axis=0), rtol=1e-5)
    means = np.stack([(t.mean(axis=0) - everything.mean(axis=0)) / everything.std(axis=0) for t in tokens])
    np.testing.assert_allclose(found.page_mean, means.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.page_scale, means.std(axis=0), rtol=1e-4)


def test_a_dimension_without_spread_stays_finite():
    counts = sparse.csr_matrix(np.ones((2, 2), dtype=np.float32))
    found = word_and_page_moments(counts, np.array([0, 1]), np.ones((2, 3), dtype=np.float32))
    assert (found.word_scale > 0).all()
    assert (found.page_scale > 0).all()
    assert np.isfinite(np.concatenate(found)).all()
