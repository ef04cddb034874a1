import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cross_decomposition import CCA

from ipml.alignment.methods.canonical import canonical, canonical_map, whitening
from ipml.errors import InputError
from tests.alignment.methods.planted import accuracy, fit, planted


def pairs(seed, n=60, d=5, e=4):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
    Y = X @ rng.normal(size=(d, e)) + 2 * rng.normal(size=(n, e))
    return X - X.mean(axis=0), Y - Y.mean(axis=0)


def test_without_a_ridge_it_is_canonical_correlation_analysis():
    X, Y = pairs(0)
    found = canonical(X, Y, 0.0)
    reference = CCA(n_components=4, max_iter=10_000, tol=1e-12).fit(X, Y)
    U, V = reference.transform(X, Y)
    expected = [np.corrcoef(U[:, i], V[:, i])[0, 1] for i in range(4)]
    np.testing.assert_allclose(found.correlations, expected, atol=1e-4)
    ours = X @ found.source_whitening @ found.source_directions
    np.testing.assert_allclose(
        np.abs([np.corrcoef(ours[:, i], U[:, i])[0, 1] for i in range(4)]), 1, atol=1e-3
    )


def test_whitening_makes_the_covariance_the_identity_and_leaves_out_what_does_not_vary():
    X, _ = pairs(1)
    W = whitening(X.T @ X, 0.0)
    np.testing.assert_allclose(W @ X.T @ X @ W, np.eye(5), atol=1e-9)
    flat = X * [1, 1, 1, 1, 0]
    W = whitening(flat.T @ flat, 0.0)
    np.testing.assert_allclose(W @ flat.T @ flat @ W, np.diag([1, 1, 1, 1, 0]), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.sampled_from([(5, 4), (4, 4), (3, 5)]), st.sampled_from([0.0, 0.1]))
def test_the_image_goes_through_the_search_matrix_to_the_canonical_coordinates(
    seed, dimensions, regularisation
):
    X, Y = pairs(seed, d=dimensions[0], e=dimensions[1])
    A, B = canonical_map(X, Y, regularisation, power=1.0)
    found = canonical(X, Y, regularisation)
    source, target = (
        (X @ found.source_whitening @ found.source_directions) * found.correlations,
        (Y @ found.target_whitening @ found.target_directions) * found.correlations,
    )
    np.testing.assert_allclose(X @ A.T @ B.T, source, atol=1e-8)
    np.testing.assert_allclose(Y @ B.T, target, atol=1e-8)
    assert A.shape == (dimensions[1], dimensions[0])


def test_more_ridge_agrees_less():
    X, Y = pairs(2)
    sums = [canonical(X, Y, strength).correlations.sum() for strength in (0.0, 0.1, 1.0)]
    assert sums == sorted(sums, reverse=True)


@pytest.mark.parametrize(("d", "e"), [(8, 8), (12, 5), (5, 12)])
def test_a_planted_map_is_found(d, e):
    data = planted(d, e, noise=0.02)
    fitted = fit(data, "cca")
    assert accuracy(data, fitted) > 0.9
    assert fitted.search_matrix.shape == (min(d, e), e)


def test_the_folds_choose_the_regularisation_that_translates_left_out_words_best():
    data = planted(20, 20, noise=0.2, n_train=30)
    fitted = fit(data, "cca", "model.map.module.regularisations=[0.00001,1.0]")
    alone = [fit(data, "cca", f"model.map.module.regularisations=[{r}]") for r in (0.00001, 1.0)]
    assert fitted.figures["regularisation"] == 1.0
    assert accuracy(data, alone[1]) > accuracy(data, alone[0])
    np.testing.assert_array_equal(fitted.matrix, alone[1].matrix)


@pytest.mark.parametrize("value", ["[]", "[-0.1]"])
def test_regularisations_are_checked(value):
    with pytest.raises(InputError, match=r"model\.map\.module\.regularisations"):
        fit(planted(), "cca", f"model.map.module.regularisations={value}")
