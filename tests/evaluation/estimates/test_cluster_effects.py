import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.evaluation.estimates.cluster_effects import ClusterEffects, fit_effects, numbered
from ipml.evaluation.estimates.contrast import contrast
from ipml.evaluation.estimates.inference import debiased_angle
from ipml.evaluation.estimates.noise import noise_moments
from ipml.evaluation.estimates.sample import ClusteredSample, Sample
from tests.evaluation.planted import planted_pair


def covariance(effects: ClusterEffects) -> np.ndarray:
    same = effects.clusters[:, None] == effects.clusters[None, :]
    return (1 - effects.share) * np.eye(len(same)) + effects.share * same


@given(
    clusters=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    share=st.floats(0, 0.9),
)
def test_powers_of_the_covariance_are_those_of_the_matrix(clusters: list[int], share: float) -> None:
    numbers = np.unique(clusters, return_inverse=True)[1]
    effects = ClusterEffects(numbers, share)
    root = effects.together(np.eye(len(clusters)))
    assert np.allclose(root @ root.T, covariance(effects))
    assert np.allclose(effects.apart(root), np.eye(len(clusters)))


def test_firms_without_a_label_are_clusters_of_their_own() -> None:
    labels = np.array(["steel", None, "food", "steel", None], dtype=object)
    assert numbered(labels).tolist() == [1, 2, 0, 1, 3]
    assert numbered(np.array([None, None], dtype=object)).tolist() == [0, 1]


def draw_noise(clusters: np.ndarray, share: float, p: int, rng: np.random.Generator) -> np.ndarray:
    own, shared = rng.normal(size=(len(clusters), p)), rng.normal(size=(clusters.max() + 1, p))[clusters]
    return np.sqrt(1 - share) * own + np.sqrt(share) * shared


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_the_planted_share_is_found(share: float) -> None:
    rng = np.random.default_rng(1)
    clusters = np.arange(120) % 12
    T = rng.normal(size=(120, 6)) + 1.0
    P = T @ rng.normal(size=(6, 40)) + draw_noise(clusters, share, 40, rng)
    effects, strength = fit_effects(P, T, clusters, 1.0)
    assert effects.share == pytest.approx(share, abs=0.08)
    assert strength > 0


def test_intervals_hold_a_true_zero_where_industries_share_errors() -> None:
    """30 % of the noise is the industry's: counting firms as independent covers too little, clusters cover."""
    covered = {"independent": [], "clustered": []}
    for replication in range(40):
        rng = np.random.default_rng([3, replication])
        clusters = [np.arange(n) % 10 for n in (150, 150)]
        plain = planted_pair(0.0, 150, 150, 12, rng)[:2]
        samples = []
        for sample, of_group in zip(plain, clusters, strict=True):
            extra = draw_noise(of_group, 0.3, 12, rng) - draw_noise(of_group, 0.0, 12, rng)
            samples.append(
                (sample.product_vectors + 0.4 * extra, sample.technology_vectors, sample.fitted, 5.0)
            )
        for name, made in (
            ("independent", [Sample(*one) for one in samples]),
            ("clustered", [ClusteredSample(*one, c) for one, c in zip(samples, clusters, strict=True)]),
        ):
            found = debiased_angle(noise_moments(contrast((made[0], made[1]), 0, [np.arange(150)])))
            covered[name].append(found.low == 0.0)
    assert np.mean(covered["clustered"]) >= 0.85
    assert np.mean(covered["clustered"]) > np.mean(covered["independent"]) + 0.1


def test_without_effects_the_clustered_influences_are_about_those_of_independent_firms() -> None:
    first, second, _ = planted_pair(10.0, 120, 120, 10, np.random.default_rng(4))
    labels = np.arange(120) % 40
    clustered = tuple(
        ClusteredSample(one.product_vectors, one.technology_vectors, one.fitted, one.strength, labels)
        for one in (first, second)
    )
    plain = noise_moments(contrast((first, second), 0, [np.arange(120)]))
    shared = noise_moments(contrast(clustered, 0, [np.arange(120)]))
    assert shared.trace == pytest.approx(plain.trace, rel=0.25)
    assert shared.plug_in == pytest.approx(plain.plug_in, rel=0.25)
