import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.faithfulness.curves import Curves, depths, mean_curves

ENTRIES = st.lists(  # importance, count and firm of each entry
    st.tuples(st.integers(0, 5), st.integers(1, 9), st.integers(0, 3)), min_size=1, max_size=30
)


def arrays(entries):
    importance, counts, firm = (np.array(column) for column in zip(*entries, strict=True))
    _, firm = np.unique(firm, return_inverse=True)
    ties = np.random.default_rng(len(entries)).random(len(entries))
    return importance.astype(float), counts.astype(np.float32), firm, ties


def test_depth_is_the_middle_of_an_entry_in_its_firm():
    importance = np.array([0.1, 0.7, 0.2, 0.5, 0.9])
    counts = np.array([4.0, 1.0, 3.0, 2.0, 2.0])
    firm = np.array([0, 0, 0, 1, 1])
    depth = depths(importance, counts, firm, np.zeros(5))
    np.testing.assert_allclose(depth, [6 / 8, 0.5 / 8, 2.5 / 8, 3 / 4, 1 / 4])


def test_ties_decide_between_entries_of_equal_importance_only():
    importance = np.array([1.0, 1.0, 2.0])
    for ties, expected in (([0.1, 0.9, 0.5], [3, 5, 1]), ([0.9, 0.1, 0.5], [5, 3, 1])):
        depth = depths(importance, np.ones(3), np.zeros(3, int), np.array(ties))
        np.testing.assert_allclose(depth, np.array(expected) / 6)


@given(ENTRIES, st.floats(0, 1))
def test_the_top_of_an_order_is_its_share_of_the_tokens_to_the_nearest_entry(entries, share):
    importance, counts, firm, ties = arrays(entries)
    top = depths(importance, counts, firm, ties) < share
    for number in range(firm.max() + 1):
        own = firm == number
        taken = counts[own & top].sum()
        assert abs(taken - share * counts[own].sum()) <= counts[own].max() / 2 + 1e-6
        if top[own].any() and not top[own].all():
            assert importance[own & top].min() >= importance[own & ~top].max()


@given(ENTRIES)
def test_nothing_is_above_share_0_and_nothing_below_share_1(entries):
    depth = depths(*arrays(entries))
    assert (depth > 0).all()
    assert (depth < 1).all()


@given(ENTRIES)
def test_the_reversed_order_has_the_mirrored_depths(entries):
    importance, counts, firm, ties = arrays(entries)
    reverse = depths(-importance, counts, firm, -ties)
    np.testing.assert_allclose(reverse, 1 - depths(importance, counts, firm, ties))


def curves() -> Curves:
    deletion = np.array([[0.9, 0.6, 0.5, 0.5], [0.8, 0.8, 0.9, 0.5]])
    insertion = np.array([[0.5, 0.8, 0.9, 0.9], [0.5, 0.4, 0.6, 0.8]])
    return Curves(np.array([0, 0.2, 0.6, 1]), deletion, insertion)


def test_figures_of_a_firm_by_hand():
    figures = curves().figures(0.2)
    np.testing.assert_allclose(figures["comprehensiveness"], [0.3, 0.0], atol=1e-12)
    np.testing.assert_allclose(figures["sufficiency"], [0.1, 0.4])
    np.testing.assert_allclose(figures["aopc_comprehensiveness"], [0.35, -0.05])
    np.testing.assert_allclose(figures["aopc_sufficiency"], [0.05, 0.3])
    np.testing.assert_allclose(figures["deletion_area"], [0.15 + 0.22 + 0.2, 0.16 + 0.34 + 0.28])
    np.testing.assert_allclose(figures["insertion_area"], [0.13 + 0.34 + 0.36, 0.09 + 0.2 + 0.28])
    assert curves().figures(0.6)["comprehensiveness"] == pytest.approx([0.4, -0.1])


def test_draws_are_averaged_firm_by_firm():
    one = curves()
    other = Curves(one.grid, one.deletion + 0.1, one.insertion - 0.1)
    mean = mean_curves([one, other])
    np.testing.assert_allclose(mean.deletion, one.deletion + 0.05)
    np.testing.assert_allclose(mean.insertion, one.insertion - 0.05)
