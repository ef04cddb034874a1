"""Planted worlds of groups whose A have a common, a country and a type part."""

import numpy as np
import pytest

from ipml.linear_map.solvers import ridge
from ipml.mapping.pooled.shrinkage import (
    Moments,
    Shrinkage,
    choose_shrinkage,
    held_out_error,
    parent_matrix,
    pool,
)
from ipml.statistics.ridge_strength import leave_one_out_errors, strength_grid

COUNTRIES, TYPES = ("JP", "US", "CN"), ("high_growth", "established", "multinational")
D = 8
STRENGTHS, SHARES = (3.0, 30.0), (0.0, 0.03, 0.3)
SHRINKAGE = Shrinkage(3.0, 0.3, 0.1, 0.1)


def planted(n=50, country=0.0, firm_type=0.0, own=0.0, seed=0, noise=2.0, d=D):
    """T and P of nine groups, and their A, whose parts have the given standard deviations."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(d, d))
    of_country = {name: country * rng.normal(size=(d, d)) for name in COUNTRIES}
    of_type = {name: firm_type * rng.normal(size=(d, d)) for name in TYPES}
    data, matrices = {}, {}
    for group in [(c, k) for c in COUNTRIES for k in TYPES]:
        A = common + of_country[group[0]] + of_type[group[1]] + own * rng.normal(size=(d, d))
        T = 0.5 + rng.normal(size=(n, d))
        data[group] = T, T @ A.T + noise * rng.normal(size=(n, d))
        matrices[group] = A
    return data, matrices


def moments_of(data):
    return {group: Moments.of(*pairs) for group, pairs in data.items()}


def fitted(data, group):
    """Pooled A of a group and the ridge map of the group alone."""
    groups = moments_of(data)
    shrinkage = choose_shrinkage(group, groups, STRENGTHS, SHARES)
    others = {name: moments for name, moments in groups.items() if name != group}
    T, P = data[group]
    strengths = strength_grid(T)
    own = ridge(T, P, strengths[leave_one_out_errors(T, P, strengths).argmin()])
    return pool(T, P, parent_matrix(group, others, shrinkage), shrinkage, strengths), own


@pytest.mark.parametrize("own", [0.0, 0.4])
def test_the_parent_is_the_ridge_regression_of_all_parts_at_once(own):
    data, _ = planted(n=12, country=0.5, firm_type=0.5, d=3)
    group = ("JP", "established")
    del data["US", "multinational"]
    shrinkage = Shrinkage(1.7, 0.5, 0.3, own)
    others = [name for name in data if name != group]
    design, target = [], []
    for number, name in enumerate(others):
        T, P = data[name]
        of_country = [np.sqrt(0.5) * (name[0] == c) for c in COUNTRIES]
        of_type = [np.sqrt(0.3) * (name[1] == k) for k in TYPES]
        own_part = [np.sqrt(own) * (number == i) for i in range(len(others))]
        design.append(np.kron([1.0, *of_country, *of_type, *own_part], T))
        target.append(P)
    B = ridge(np.vstack(design), np.vstack(target), 1.7)
    parts = np.array([1.0, np.sqrt(0.5), 0, 0, 0, np.sqrt(0.3), 0, *[0] * len(others)])
    expected = np.einsum("j,pjt->pt", parts, B.reshape(3, -1, 3))
    moments = {name: Moments.of(*data[name]) for name in others}
    np.testing.assert_allclose(parent_matrix(group, moments, shrinkage), expected, atol=1e-9)


def test_errors_come_from_the_moments():
    (T, P), A = planted(n=9)[0]["JP", "established"], np.random.default_rng(1).normal(size=(D, D))
    expected = np.mean(np.sum((P - T @ A.T) ** 2, axis=1))
    assert Moments.of(T, P).mean_squared_error(A) == pytest.approx(expected)


def test_nothing_of_the_own_group_reaches_its_parent():
    data, _ = planted(country=0.3)
    group = ("JP", "established")
    before, _ = fitted(data, group)
    T, P = data[group]
    changed, _ = fitted({**data, group: (T, 100 * P[::-1])}, group)
    assert changed.shrinkage == before.shrinkage
    np.testing.assert_array_equal(changed.parent, before.parent)
    groups = moments_of(data)
    with pytest.raises(ValueError, match="is among the groups"):
        parent_matrix(group, groups, SHRINKAGE)
    rest = {name: moments for name, moments in groups.items() if name != group}
    other = ("US", "established")
    assert held_out_error(groups, other, group, SHRINKAGE) == held_out_error(rest, other, other, SHRINKAGE)


@pytest.mark.parametrize("n", [30, 70])
def test_groups_that_share_a_predict_each_other_better_than_each_itself(n):
    gains = []
    for seed in range(4):
        data, matrices = planted(n=n, seed=seed)
        for group in (("JP", "high_growth"), ("US", "multinational")):
            pooled, own = fitted(data, group)
            A = matrices[group]
            gains.append(np.sum((own - A) ** 2) / np.sum((pooled.matrix - A) ** 2))
    assert min(gains) > 1.5


def test_country_and_type_parts_are_found_where_they_are():
    data, matrices = planted(n=200, country=0.6, firm_type=0.6, noise=1.0)
    group = ("CN", "established")
    pooled, _ = fitted(data, group)
    common_only, _ = fitted(planted(n=200, noise=1.0)[0], group)
    assert min(pooled.shrinkage.country, pooled.shrinkage.firm_type) > 0
    assert max(common_only.shrinkage.country, common_only.shrinkage.firm_type) == 0
    flat = Shrinkage(pooled.shrinkage.strength, 0.0, 0.0, pooled.shrinkage.own)
    others = {name: moments for name, moments in moments_of(data).items() if name != group}
    error = np.sum((pooled.parent - matrices[group]) ** 2)
    assert error < 0.6 * np.sum((parent_matrix(group, others, flat) - matrices[group]) ** 2)


def test_a_group_of_its_own_kind_is_not_pulled_to_its_parent():
    for seed in range(4):
        data, matrices = planted(n=60, seed=seed, noise=1.0)
        group = ("JP", "high_growth")
        T, _ = data[group]
        A = matrices[group] + np.random.default_rng(seed + 100).normal(size=(D, D))
        rng = np.random.default_rng(seed)
        data[group] = T, T @ A.T + rng.normal(size=(len(T), D))
        pooled, own = fitted(data, group)
        apart = np.linalg.norm(A - pooled.parent)
        assert np.linalg.norm(pooled.matrix - A) < 0.4 * apart
        assert np.linalg.norm(pooled.matrix - A) < 1.1 * np.linalg.norm(own - A)
        # The own part is the ridge map of what the parent leaves, no more.
        expected = ridge(T, data[group][1] - T @ pooled.parent.T, pooled.own_strength)
        np.testing.assert_allclose(pooled.matrix - pooled.parent, expected, atol=1e-10)


def test_a_country_that_no_other_group_has_leaves_the_common_and_the_type_part():
    data, _ = planted(country=0.5, firm_type=0.5)
    groups = moments_of(data)
    others = {name: moments for name, moments in groups.items() if name[0] != "JP"}
    shrinkage = Shrinkage(2.0, 0.5, 0.5, 0.1)
    strange = parent_matrix(("JP", "established"), others, shrinkage)
    assert np.isfinite(strange).all()
    np.testing.assert_allclose(strange, parent_matrix(("XX", "established"), others, shrinkage))
    assert not np.allclose(strange, parent_matrix(("JP", "high_growth"), others, shrinkage))


def test_two_groups_are_too_few():
    data, _ = planted()
    groups = dict(list(moments_of(data).items())[:2])
    with pytest.raises(ValueError, match="2 groups: a parent needs at least three"):
        choose_shrinkage(("JP", "high_growth"), groups, STRENGTHS, SHARES)
