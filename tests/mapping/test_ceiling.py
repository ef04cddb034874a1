"""Planted worlds: firms measured from a few items, and a perfect A."""

import numpy as np
import pytest
from scipy import sparse

from ipml.linear_map.solvers import random_orthogonal
from ipml.mapping.ceiling import Measured, ceiling_table
from ipml.mapping.scores import score_table
from ipml.statistics.angles import cosines
from ipml.statistics.intervals import Bootstrap
from ipml.vectors.split_half_error import error_weights

D = 40
BOOTSTRAP = Bootstrap(resamples=50, level=0.95, seed=0)


def measured(true, n_items, noise, rng):
    """Means of each firm's items about its true vector, and their errors from halves."""
    items = true[:, None, :] + noise * rng.normal(size=(len(true), n_items, D))
    weights = error_weights(sparse.csr_matrix(np.full((len(true), n_items), 1 / n_items)), 0).toarray()
    return items.mean(axis=1), np.einsum("fi,fid->fd", weights, items)


def world(n=1500, n_patents=3, n_keywords=5, conversion_noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    spread = (1.0 + np.arange(D)) ** -0.5
    t = 1.0 + spread * rng.normal(size=(n, D))
    A = random_orthogonal(D, D, seed)
    p = t @ A.T + conversion_noise * spread * rng.normal(size=(n, D))
    T, T_error = measured(t, n_patents, 0.3, rng)
    P, P_error = measured(p, n_keywords, 0.3, rng)
    return A, Measured(T @ A.T, T_error @ A.T), Measured(P, P_error)


def ceiling_of(predicted, real, mean):
    return ceiling_table(predicted, real, mean, BOOTSTRAP).set_index("metric")["value"]


@pytest.mark.parametrize(("n_patents", "n_keywords"), [(2, 3), (3, 5), (10, 40)])
def test_a_perfect_matrix_reaches_the_ceiling(n_patents, n_keywords):
    _, predicted, real = world(n_patents=n_patents, n_keywords=n_keywords)
    mean = real.vectors.mean(axis=0)
    ceiling = ceiling_of(predicted, real, mean)
    about = predicted.vectors - mean
    # The least squared error has the length that reliability allows; a cosine does not depend on it.
    best = mean + about * np.sum(about * (real.vectors - mean)) / np.sum(about**2)
    scores = score_table({"best": best}, real.vectors, mean, BOOTSTRAP).set_index("metric")["value"]
    assert scores["r2"] == pytest.approx(ceiling["r2"], abs=0.02)
    assert scores["cosine_centred"] == pytest.approx(ceiling["cosine_centred"], abs=0.02)
    assert cosines(predicted.vectors, real.vectors).mean() == pytest.approx(ceiling["cosine"], abs=0.01)
    assert ceiling["r2"] == pytest.approx(ceiling["cosine_centred"] ** 2)


def test_it_is_what_the_planted_variances_say():
    _, predicted, real = world(n=4000)
    signal = np.sum((1.0 + np.arange(D)) ** -1.0)
    noise = D * 0.3**2
    reliabilities = [signal / (signal + noise / n_items) for n_items in (3, 5)]
    ceiling = ceiling_of(predicted, real, real.vectors.mean(axis=0))
    assert ceiling["r2"] == pytest.approx(np.prod(reliabilities), abs=0.02)


def test_a_conversion_with_noise_of_its_own_stays_below():
    _, predicted, real = world(conversion_noise=1.0)
    mean = real.vectors.mean(axis=0)
    scores = score_table({"A": predicted.vectors}, real.vectors, mean, BOOTSTRAP).set_index("metric")["value"]
    assert scores["cosine_centred"] < ceiling_of(predicted, real, mean)["cosine_centred"] - 0.1


def test_firms_that_cannot_be_halved_are_not_counted():
    _, predicted, real = world(n=20)
    predicted.errors[:5] = 0
    real.errors[4:7] = 0
    mean = real.vectors.mean(axis=0)
    table = ceiling_table(predicted, real, mean, BOOTSTRAP)
    assert table["n"].tolist() == [13, 13, 13]
    cut = [Measured(side.vectors[7:], side.errors[7:]) for side in (predicted, real)]
    np.testing.assert_array_equal(table["value"], ceiling_table(*cut, mean, BOOTSTRAP)["value"])
    predicted.errors[1:] = 0
    assert ceiling_table(predicted, real, mean, BOOTSTRAP).empty


def test_vectors_that_are_all_error_have_no_ceiling_above_zero():
    rng = np.random.default_rng(0)
    P, P_error = measured(np.zeros((200, D)), 2, 1.0, rng)
    T, T_error = measured(np.zeros((200, D)), 2, 1.0, rng)
    assert ceiling_of(Measured(T, T_error), Measured(P, P_error), np.zeros(D))["r2"] < 0.02
