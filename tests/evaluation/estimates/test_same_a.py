import numpy as np

from ipml.evaluation.estimates.contrast import Contrast, contrast
from ipml.evaluation.estimates.inference import same_a_p_value, zero_p_value
from ipml.evaluation.estimates.noise import noise_moments
from ipml.evaluation.estimates.sample import Sample
from ipml.linear_map.solvers import ridge
from tests.evaluation.planted import planted_pair


def both_ways(first: Sample, second: Sample) -> list[Contrast]:
    samples = first, second
    return [contrast(samples, side, [np.arange(len(samples[side].fitted))]) for side in (0, 1)]


def p_value_of(directions: list[Contrast]) -> float:
    return same_a_p_value(directions, [noise_moments(of) for of in directions])


def p_values(degrees: float, n2: int, replications: int, noise_ratio: float = 1.0) -> np.ndarray:
    found = []
    for replication in range(replications):
        rng = np.random.default_rng([21, n2, int(degrees), replication])
        first, second, _ = planted_pair(degrees, 200, n2, 25, rng)
        A = ridge(second.technology_vectors, second.product_vectors, 1e-6)
        fitted = second.technology_vectors @ A.T
        noisy = fitted + noise_ratio * (second.product_vectors - fitted)
        second = Sample(noisy, second.technology_vectors, second.fitted, second.strength)
        found.append(p_value_of(both_ways(first, second)))
    return np.array(found)


def test_it_holds_its_size_where_technology_and_noise_differ() -> None:
    # .05 and three standard errors of a share of 120.
    assert np.mean(p_values(0.0, 60, 120, noise_ratio=1.6) < 0.05) <= 0.11


def test_it_finds_eight_degrees() -> None:
    assert np.mean(p_values(8.0, 150, 40) < 0.05) >= 0.9


def test_the_surer_direction_counts_more() -> None:
    """With 20 firms for A the way through the other group's A decides."""
    first, second, _ = planted_pair(15.0, 300, 20, 25, np.random.default_rng(8))
    directions = both_ways(first, second)
    one_way = [zero_p_value(noise_moments(of)) for of in directions]
    assert p_value_of(directions) < max(one_way)
