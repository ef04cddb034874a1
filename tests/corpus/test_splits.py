"""Where a firm falls in every split: the same for ever, uniform, and independent between purposes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ipml.corpus import split_position, stratified_folds, stratified_part

FIRMS = [f"JP-{number}" for number in range(20_000)]


def test_positions_never_change():
    # Written down once: a registered model's test firms are known by these figures.
    positions = split_position(["JP-1301", "JP-1332", "トヨタ"], seed=0, purpose="mapping")
    np.testing.assert_allclose(
        positions, [0.5167821451933649, 0.5270329722038963, 0.8814926945663321], atol=1e-15
    )


@given(st.lists(st.text(max_size=10), max_size=20), st.integers(), st.text(max_size=5))
def test_a_firm_keeps_its_place_whoever_else_is_there(firm_ids, seed, purpose):
    together = split_position(firm_ids, seed, purpose)
    assert together.shape == (len(firm_ids),)
    assert ((together >= 0) & (together < 1)).all()
    assert together.tolist() == [split_position([firm_id], seed, purpose)[0] for firm_id in firm_ids]


@pytest.mark.parametrize("seed", [0, 1, -5])
@pytest.mark.parametrize("purpose", ["", "mapping", "folds"])
def test_positions_are_uniform(seed, purpose):
    assert stats.kstest(split_position(FIRMS, seed, purpose), "uniform").pvalue > 1e-3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0, "mapping"), (0, "folds")),
        ((0, "mapping"), (1, "mapping")),
        ((1, ""), (0, "1")),
        ((0, ""), (0, " ")),
    ],
)
def test_purposes_and_seeds_are_independent(first, second):
    a, b = split_position(FIRMS, *first), split_position(FIRMS, *second)
    table = np.histogram2d(a, b, bins=10, range=[[0, 1], [0, 1]])[0]
    assert stats.chi2_contingency(table).pvalue > 1e-3
    assert not (a == b).any()


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(1, 9), st.integers(0, 99))
def test_folds_are_equal_in_every_stratum_and_do_not_depend_on_the_order(strata, n_folds, seed):
    strata = np.array(strata)
    firm_ids = np.array(FIRMS[: len(strata)])
    folds = stratified_folds(firm_ids, strata, n_folds, seed)
    assert folds.dtype == np.int64
    for stratum in np.unique(strata):
        sizes = np.bincount(folds[strata == stratum], minlength=n_folds)
        assert len(sizes) == n_folds
        assert sizes.max() - sizes.min() <= 1
    turned = stratified_folds(firm_ids[::-1], strata[::-1], n_folds, seed)
    assert turned[::-1].tolist() == folds.tolist()


def test_a_new_firm_moves_few_others():
    strata = np.arange(1000) % 2
    before = stratified_folds(FIRMS[:1000], strata, 5, seed=1)
    after = stratified_folds(FIRMS[:1001], np.append(strata, 0), 5, seed=1)[:1000]
    assert (before != after).sum() <= 5
    assert (before != stratified_folds(FIRMS[:1000], strata, 5, seed=2)).mean() > 0.7


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.05, 0.95), st.integers(0, 99))
def test_a_stratified_part_has_its_share_of_every_stratum(strata, share, seed):
    strata = np.array(strata)
    firm_ids = FIRMS[: len(strata)]
    chosen = stratified_part(firm_ids, strata, share, seed, "validation")
    for stratum in np.unique(strata):
        members = strata == stratum
        assert chosen[members].sum() == np.ceil(share * members.sum())
        position = split_position(np.array(firm_ids)[members], seed, "validation")
        assert position[chosen[members]].max() <= position[~chosen[members]].min(initial=1.0)
