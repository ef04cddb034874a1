"""Planted worlds in reduced form: P = A T + noise, T around a common mean, and a known true angle."""

import numpy as np

from ipml.evaluation.estimates.sample import Sample
from ipml.linear_map.solvers import ridge
from ipml.statistics.ridge_strength import choose_strength


def turned(direction: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Rotation that turns ``direction`` by so many degrees in a random plane."""
    q = direction / np.linalg.norm(direction)
    r = rng.normal(size=len(q))
    r -= (r @ q) * q
    r /= np.linalg.norm(r)
    angle = np.radians(degrees)
    return (
        np.eye(len(q))
        + np.sin(angle) * (np.outer(r, q) - np.outer(q, r))
        + (np.cos(angle) - 1) * (np.outer(q, q) + np.outer(r, r))
    )


def planted_pair(
    degrees: float, n1: int, n2: int, d: int, rng: np.random.Generator
) -> tuple[Sample, Sample, np.ndarray]:
    """Two groups at a true angle (group 1's technology through A of group 2), and the fitted A of group 2.

    T has a power-law spectrum around a mean that makes firms' cosine about .8; ridge's cosine is about .85;
    the groups' mean T differ.
    """
    spread = (1.0 + np.arange(d)) ** -0.5
    mean = rng.normal(size=d)
    mean *= 2.0 * np.linalg.norm(spread) / np.linalg.norm(mean)
    shift = rng.normal(size=d)
    shift *= 0.25 * np.linalg.norm(mean) / np.linalg.norm(shift)
    A2 = np.linalg.qr(rng.normal(size=(d, d)))[0]
    A1 = turned(A2 @ mean, degrees, rng) @ A2
    samples = []
    for n, centre, A in ((n1, mean, A1), (n2, mean + shift, A2)):
        T = centre + rng.normal(size=(n, d)) * spread
        P = T @ A.T + 0.7 * rng.normal(size=(n, d)) * spread
        samples.append(Sample(P, T, np.ones(n, dtype=bool), choose_strength(T, P).value))
    return *samples, ridge(samples[1].technology_vectors, samples[1].product_vectors, samples[1].strength)
