"""Moments of the noise against a plain reference that stacks every influence."""

from collections.abc import Sequence

import numpy as np
import pytest

from ipml.evaluation.estimates.contrast import Contrast, both_directions, contrast
from ipml.evaluation.estimates.noise import fitted_influence, noise_moments, off_diagonal_product
from ipml.evaluation.estimates.plug_in import plug_in_angles
from ipml.evaluation.estimates.sample import Sample
from ipml.linear_map.solvers import ridge
from ipml.statistics.angles import angle_degrees, squared_chord


def draw(n: int, t: int, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(n, t)) + 1.0
    P = T @ np.random.default_rng(100).normal(size=(t, 4)) + rng.normal(size=(n, 4))
    return Sample(P, T, np.ones(n, dtype=bool), 2.0)


def two_groups() -> tuple[Sample, Sample]:
    return draw(20, 6), draw(30, 6, seed=3)


def stacked(of: Contrast, side: int) -> np.ndarray:
    """Influence of every firm of a group on all cells, one after the other: shape (n, k p), scaled by 1 / √k."""
    sample = of.samples[side]
    influence = np.zeros((len(sample.fitted), len(of.cells), sample.product_vectors.shape[1]))
    for number, cell in enumerate(of.cells):
        if cell.side == side:
            influence[cell.firms, number] = cell.own
        else:
            influence[sample.fitted, number] = fitted_influence(cell, sample.fit)
    return influence.reshape(len(influence), -1) / np.sqrt(len(of.cells))


def hidden(of: Contrast) -> np.ndarray:
    k, p = len(of.cells), len(of.cells[0].made)
    covariance = np.zeros((k, k))
    for a, first in enumerate(of.cells):
        for b, second in enumerate(of.cells):
            if first.side == second.side:
                fit = of.samples[1 - first.side].fit
                gaps = np.stack([x.gap / np.linalg.norm(x.made) for x in (first, second)])
                covariance[a, b] = fit.hidden(gaps)[0, 1]
    return np.kron(covariance, np.eye(p)) / k


def contrasts() -> Sequence[Contrast]:
    samples = two_groups()
    forward = contrast(samples, 0, [np.arange(9), np.arange(9, 20)])
    backward = contrast(samples, 1, [np.arange(14), np.arange(14, 30)])
    return forward, backward, both_directions(forward, backward), forward.take([1])


@pytest.mark.parametrize("which", range(4))
def test_moments_are_those_of_all_influences_stacked(which: int) -> None:
    of = contrasts()[which]
    found = noise_moments(of)
    d = np.concatenate([cell.difference for cell in of.cells]) / np.sqrt(len(of.cells))
    X = np.concatenate([stacked(of, side) for side in (0, 1)])
    V, B = X.T @ X, hidden(of)
    assert found.plug_in == pytest.approx(d @ d)
    assert found.trace == pytest.approx(np.trace(V) + np.trace(B))
    extra = 2 * np.trace(V @ B) + np.trace(B @ B)
    assert found.along == pytest.approx(max(d @ (V + B) @ d - found.trace_of_square, 0), abs=1e-12)
    # Firms with themselves are left out, and so is what residuals share because one fit made them.
    assert extra < found.trace_of_square < np.sum(V**2) + extra


def test_trace_of_square_is_unbiased_where_a_plain_one_is_not() -> None:
    """V of the noise in A x for Gaussian noise of known covariance: 15 firms in 12 dimensions."""
    rng = np.random.default_rng(5)
    n, t, p = 15, 3, 12
    T, A, sd = rng.normal(size=(n, t)) + 2.0, rng.normal(size=(p, t)), np.linspace(0.02, 0.3, p)
    sold = A @ T.mean(axis=0)
    first = Sample(np.tile(sold, (40, 1)), np.tile(T.mean(axis=0), (40, 1)), np.ones(40, dtype=bool), 1.0)
    unbiased, plain = [], []
    for _ in range(400):
        second = Sample(T @ A.T + sd * rng.normal(size=(n, p)), T, np.ones(n, dtype=bool), 1e-3)
        of = contrast((first, second), 0, [np.arange(40)])
        influence = fitted_influence(of.cells[0], second.fit)
        unbiased.append(noise_moments(of).trace_of_square)
        plain.append(np.square(influence @ influence.T).sum())
    weights = of.cells[0].weights
    projector = np.eye(p) - np.outer(sold, sold) / (sold @ sold)
    true = np.square(weights @ weights / (sold @ sold) * projector @ np.diag(sd**2) @ projector).sum()
    assert np.mean(unbiased) == pytest.approx(true, rel=0.08)
    assert np.mean(plain) > 1.3 * true


def test_contrast_is_the_difference_of_the_two_directions() -> None:
    samples = two_groups()
    cells = [np.arange(20), np.arange(12)]
    of = contrast(samples, 0, cells)
    second = samples[1]
    A = ridge(second.technology_vectors, second.product_vectors, second.fit.smoothing)
    chords = [float(np.square(cell.difference).sum()) for cell in of.cells]
    first = samples[0]
    angles = plug_in_angles(first.product_vectors, first.technology_vectors, A, cells)
    assert chords == pytest.approx(list(squared_chord(angles)))
    assert [len(cell.firms) for cell in of.cells] == [20, 12]


def test_own_influence_is_the_derivative_with_respect_to_a_firms_weight() -> None:
    """Moving one firm of group 1 moves the difference as its influence says (delta method)."""
    first, second = two_groups()
    of = contrast((first, second), 0, [np.arange(20)])
    A = second.fit.scatter(np.eye(6)).T
    made = of.cells[0].made
    step = 1e-6
    weights = np.full(20, 1 / 20)
    weights[4] += step
    weights /= weights.sum()
    sold = weights @ first.product_vectors
    made = made + A @ (weights @ first.technology_vectors - first.technology_vectors.mean(axis=0))
    moved = sold / np.linalg.norm(sold) - made / np.linalg.norm(made)
    # A weight of 1/20 more is one firm more: the influence is a twentieth of the derivative.
    assert of.cells[0].own[4] * 20 == pytest.approx((moved - of.cells[0].difference) / step, abs=1e-4)


def test_only_fitted_firms_of_the_other_group_have_influence() -> None:
    first, second = two_groups()
    fitted = np.arange(30) < 21
    second = Sample(second.product_vectors, second.technology_vectors, fitted, 2.0)
    of = contrast((first, second), 0, [np.arange(20)])
    assert fitted_influence(of.cells[0], second.fit).shape == (21, 4)


def test_noise_is_none_where_there_is_none() -> None:
    first, second = two_groups()
    A = np.random.default_rng(5).normal(size=(4, 6))
    exact = [
        Sample(x.technology_vectors @ A.T, x.technology_vectors, x.fitted, 1e-9) for x in (first, second)
    ]
    found = noise_moments(contrast((exact[0], exact[1]), 0, [np.arange(20)]))
    assert [found.plug_in, found.trace, found.trace_of_square, found.along] == pytest.approx(
        [0] * 4, abs=1e-9
    )
    assert angle_degrees(exact[0].product_vectors[0], A @ first.technology_vectors[0]) == pytest.approx(
        0, abs=1e-5
    )


def test_products_off_the_diagonal() -> None:
    first, second = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    assert off_diagonal_product(first, second) == 33.0
