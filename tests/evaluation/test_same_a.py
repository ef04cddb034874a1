import numpy as np
import pytest

from ipml.evaluation.contrast import contrast
from ipml.evaluation.inference import zero_p_value
from ipml.evaluation.noise import noise_moments
from ipml.evaluation.same_a import half_whitening, same_a_p_value
from ipml.evaluation.sample import ClusteredSample, Sample
from ipml.linear_map.solvers import ridge
from tests.evaluation.planted import planted_pair


def everyone(*samples: Sample) -> list[list[np.ndarray]]:
    return [[np.arange(len(sample.fitted))] for sample in samples]


def p_values(degrees: float, n2: int, replications: int, noise_ratio: float = 1.0) -> np.ndarray:
    found = []
    for replication in range(replications):
        rng = np.random.default_rng([21, n2, int(degrees), replication])
        first, second, _ = planted_pair(degrees, 200, n2, 25, rng)
        A = ridge(second.technology_vectors, second.product_vectors, 1e-6)
        fitted = second.technology_vectors @ A.T
        noisy = fitted + noise_ratio * (second.product_vectors - fitted)
        second = Sample(noisy, second.technology_vectors, second.fitted, second.strength)
        found.append(same_a_p_value((first, second), everyone(first, second)))
    return np.array(found)


def test_it_holds_its_size_where_technology_and_noise_differ() -> None:
    # .05 and three standard errors of a share of 120.
    assert np.mean(p_values(0.0, 60, 120, noise_ratio=1.6) < 0.05) <= 0.11


def test_it_finds_five_degrees_more_often_than_one_direction_does() -> None:
    assert np.mean(p_values(6.0, 150, 40) < 0.05) >= 0.9


def test_half_whitening_is_the_inverse_fourth_root_of_the_covariance() -> None:
    rng = np.random.default_rng(2)
    sd = np.array([0.5, 1.0, 4.0])
    basis = half_whitening(rng.normal(size=(200000, 3)) * sd)
    assert basis == pytest.approx(np.diag((sd / sd[0]) ** -0.5), abs=0.02)
    assert np.array_equal(half_whitening(np.zeros((5, 3))), np.eye(3))


def test_other_coordinates_need_no_other_fit() -> None:
    first, second, _ = planted_pair(10.0, 60, 40, 8, np.random.default_rng(5))
    basis = np.random.default_rng(6).normal(size=(8, 8))
    cells = [np.arange(60)]
    again = [
        Sample(one.product_vectors @ basis, one.technology_vectors, one.fitted, one.strength)
        for one in (first, second)
    ]
    refitted = noise_moments(contrast((again[0], again[1]), 0, cells))
    turned = noise_moments(contrast((first.in_coordinates(basis), second.in_coordinates(basis)), 0, cells))
    assert turned.trace == pytest.approx(refitted.trace)
    assert turned.trace_of_square == pytest.approx(refitted.trace_of_square)
    assert turned.along == pytest.approx(refitted.along)


def test_firms_with_errors_in_common_are_tested_by_the_same_coordinates() -> None:
    first, second, _ = planted_pair(0.0, 60, 60, 8, np.random.default_rng(7))
    clustered = tuple(
        ClusteredSample(
            one.product_vectors, one.technology_vectors, one.fitted, one.strength, np.arange(60) % 6
        )
        for one in (first, second)
    )
    turned = clustered[0].in_coordinates(np.eye(8))
    assert turned.effects is clustered[0].effects
    assert 0 <= same_a_p_value(clustered, everyone(*clustered)) <= 1


def test_the_surer_direction_counts_more() -> None:
    """With 20 firms for A the way through the other group's A decides."""
    first, second, _ = planted_pair(15.0, 300, 20, 25, np.random.default_rng(8))
    samples, cells = (first, second), everyone(first, second)
    one_way = [zero_p_value(noise_moments(contrast(samples, side, cells[side]))) for side in (0, 1)]
    assert same_a_p_value(samples, cells) < max(one_way)
