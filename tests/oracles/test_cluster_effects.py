"""Effects of clusters against statsmodels' MixedLM.

`fit_effects` is maximum likelihood with A random and no fixed effects, the product dimensions being replicates of one
model; without fixed effects maximum likelihood and REML are one. As the penalty goes to 0, A becomes a fixed effect
with a flat prior, and the likelihood that of REML with the technologies as regressors.
"""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, minimize
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from ipml.evaluation.estimates import cluster_effects
from ipml.evaluation.estimates.cluster_effects import ClusterEffects, fit_effects


def planted(
    share: float, clusters: np.ndarray, p: int, a_scale: float, seed: int, t: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = len(clusters)
    T = rng.normal(size=(n, t))
    own, common = rng.normal(size=(n, p)), rng.normal(size=(clusters.max() + 1, p))[clusters]
    noise = np.sqrt(1 - share) * own + np.sqrt(share) * common
    return T @ (a_scale * rng.normal(size=(t, p))) + noise, T


def with_random_a(
    P: np.ndarray, T: np.ndarray, clusters: np.ndarray, search: str = "lbfgs"
) -> tuple[float, float]:
    """Share and penalty of MixedLM, each product dimension a group that has effects of clusters and a row of A."""
    n, p = P.shape
    membership = np.eye(clusters.max() + 1)[clusters]
    of_clusters, of_a = {}, {}
    for j in range(p):
        of_clusters[j], of_a[j] = membership, T
    components = VCSpec(
        ["cluster", "a"],
        [[[f"c{i}" for i in range(membership.shape[1])]] * p, [[f"t{i}" for i in range(T.shape[1])]] * p],
        [[membership] * p, [T] * p],
    )
    model = MixedLM(P.T.ravel(), np.empty((n * p, 0)), np.repeat(np.arange(p), n), exog_vc=components)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a share of 0, and of no fixed effects
        found = model.fit(reml=False, method=search)
    cluster, a = found.vcomp
    return cluster / (cluster + found.scale), (cluster + found.scale) / a


PLANTED = [
    (0.3, np.arange(60) % 10, 1),
    (0.6, np.repeat(np.arange(12), np.arange(1, 13)), 2),  # of one firm up to twelve
    (0.1, np.arange(60) % 4, 3),
]


def to_the_end(badness: Callable[[np.ndarray], float], start: np.ndarray, **_: object) -> OptimizeResult:
    """Minimise from a wide simplex to many digits."""
    simplex = start + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    options = {"xatol": 1e-6, "fatol": 1e-12, "maxiter": 2000, "initial_simplex": simplex}
    return minimize(badness, start, method="Nelder-Mead", options=options)


@pytest.mark.parametrize(("share", "clusters", "seed"), PLANTED)
def test_the_likelihood_has_its_maximum_where_that_of_mixed_lm_has_it(
    share: float, clusters: np.ndarray, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_effects, "minimize", to_the_end)
    P, T = planted(share, clusters, 6, 0.5, seed)
    effects, strength = fit_effects(P, T, clusters, strength=4.0)
    their_share, their_strength = with_random_a(P, T, clusters)
    assert effects.share == pytest.approx(their_share, abs=1e-4)
    assert strength == pytest.approx(their_strength, rel=1e-3)


@pytest.mark.parametrize(("share", "clusters", "seed"), PLANTED)
def test_the_search_comes_near_to_mixed_lm(share: float, clusters: np.ndarray, seed: int) -> None:
    P, T = planted(share, clusters, 6, 0.5, seed)
    effects, strength = fit_effects(P, T, clusters, strength=4.0)
    their_share, their_strength = with_random_a(P, T, clusters)
    # It stops early, and most of all where the penalty to start from is within a quarter of the best one.
    assert effects.share == pytest.approx(their_share, abs=0.015)
    assert np.log(strength) == pytest.approx(np.log(their_strength), abs=0.25)
    assert effects.share == pytest.approx(share, abs=0.15)


def test_without_effects_both_find_next_to_none() -> None:
    clusters = np.arange(60) % 6
    P, T = planted(0.0, clusters, 8, 0.5, 5)
    effects, _ = fit_effects(P, T, clusters, strength=4.0)
    their_share, _ = with_random_a(P, T, clusters, search="powell")  # lbfgs stays away from 0
    assert their_share < 0.02
    assert effects.share < 0.02


def test_with_strong_technologies_the_share_is_that_of_reml_with_fixed_effects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A is large, so that its penalty goes to 0; maximum likelihood with fixed effects finds another share."""
    monkeypatch.setattr(cluster_effects, "minimize", to_the_end)
    clusters = np.arange(40) % 8
    P, T = planted(0.4, clusters, 1, 100.0, 7)
    effects, strength = fit_effects(P, T, clusters, strength=1e-4)
    shares = {}
    for reml in (True, False):
        found = MixedLM(P[:, 0], T, clusters).fit(reml=reml)
        random = float(found.cov_re[0, 0])
        shares[reml] = random / (random + found.scale)
    assert strength < 1e-2
    assert effects.share == pytest.approx(shares[True], abs=1e-3)
    assert abs(effects.share - shares[False]) > 0.02


def test_rows_set_apart_give_the_fixed_effects_of_mixed_lm() -> None:
    """Least squares on Ω^(-1/2) P and Ω^(-1/2) T is generalised least squares, what MixedLM does at its share."""
    clusters = np.repeat(np.arange(9), [1, 1, 1, 2, 3, 5, 8, 10, 14])
    P, T = planted(0.5, clusters, 1, 1.0, 8)
    found = MixedLM(P[:, 0], T, clusters).fit(reml=True)
    random = float(found.cov_re[0, 0])
    effects = ClusterEffects(clusters, random / (random + found.scale))
    coefficients = np.linalg.lstsq(effects.apart(T), effects.apart(P), rcond=None)[0][:, 0]
    np.testing.assert_allclose(coefficients, found.fe_params, rtol=1e-8)


def test_clusters_of_one_firm_say_nothing_about_the_share() -> None:
    """Every firm alone: Ω is the identity whatever the share is, and so are the rows set apart."""
    clusters = np.arange(20)
    P, T = planted(0.0, clusters, 3, 1.0, 9)
    effects, strength = fit_effects(P, T, clusters, strength=1.0)
    np.testing.assert_allclose(effects.apart(P), P)
    np.testing.assert_allclose(effects.together(T), T)
    others = [fit_effects(P, T, clusters, strength=start)[1] for start in (0.3, 3.0)]
    assert np.log(others) == pytest.approx([np.log(strength)] * 2, abs=0.2)
