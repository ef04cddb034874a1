import numpy as np
import pytest
from scipy import sparse

from ipml.dual_attention.network import standardisation
from ipml.dual_attention.network.standardisation import fit_standardisation


@pytest.mark.parametrize("pages_at_a_time", [1, 4096])
def test_moments_are_those_of_tokens_and_of_page_means(monkeypatch, pages_at_a_time):
    monkeypatch.setattr(standardisation, "_PAGES_AT_A_TIME", pages_at_a_time)
    rng = np.random.default_rng(0)
    page_counts = rng.poisson(0.7, size=(6, 9))
    page_counts[2] = 0  # an empty page does not count
    counts = sparse.csr_matrix(page_counts.astype(np.float32))
    vectors = rng.normal(3, 2, size=(9, 4)).astype(np.float32)
    pages = np.array([0, 2, 3, 5])
    found = fit_standardisation(counts, pages, vectors)
    dense = counts.toarray()[pages].astype(int)
    tokens = [np.repeat(vectors, row, axis=0).astype(np.float64) for row in dense if row.any()]
    everything = np.concatenate(tokens)
    np.testing.assert_allclose(found.word_mean, everything.mean(axis=0), rtol=1e-5)
    scale = 2 * everything.std(axis=0)  # the square root of 4 dimensions
    np.testing.assert_allclose(found.word_scale, scale, rtol=1e-5)
    standard = (everything - everything.mean(axis=0)) / scale
    assert np.square(standard).sum(axis=1).mean() == pytest.approx(1)
    means = np.stack([(t.mean(axis=0) - everything.mean(axis=0)) / scale for t in tokens])
    np.testing.assert_allclose(found.page_mean, means.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.page_scale, 2 * means.std(axis=0), rtol=1e-4)


def test_a_dimension_without_spread_stays_finite():
    counts = sparse.csr_matrix(np.ones((2, 2), dtype=np.float32))
    found = fit_standardisation(counts, np.array([0, 1]), np.ones((2, 3), dtype=np.float32))
    assert (found.word_scale > 0).all()
    assert (found.page_scale > 0).all()
    assert np.isfinite(np.concatenate(found)).all()
