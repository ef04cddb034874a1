"""Curves of networks that are known: by hand, at their limits, and under the reversed order."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.dual_attention.data.sites import ReadingOrder
from ipml.faithfulness.curves import depths
from ipml.faithfulness.orders import attention_order
from ipml.faithfulness.rescoring import RANDOM, curves_of_orders, firm_of_entries, only, rescore
from tests.faithfulness.planted import bundle_of, sigmoid, sites_of

GRID = np.array([0, 0.2, 0.5, 1])
SITES = st.lists(
    st.lists(st.text("abcd", max_size=9).map(" ".join), min_size=1, max_size=4).filter(any),
    min_size=1,
    max_size=4,
)
LETTERS = {"a": (1.0, 0.0), "b": (-2.0, 1.0), "c": (0.5, 3.0), "d": (0.0, -1.0)}
VECTORS = {"a": (1.0, 0.0), "b": (0.0, 1.0), "c": (1.0, 1.0)}
FIRMS = [["a b b", "c"], ["a", "b c c"]]
BUNDLE = bundle_of([0.5, -1.0], [1.0, 2.0], page_query=[1.0, -0.5])
ANY_BUNDLE = bundle_of([0.7, -0.4], [1.5, -0.8], page_query=[-0.6, 0.9])


def attention_depths(bundle, sites):
    importance = attention_order(sites, bundle.score(sites))
    return depths(importance, sites.counts.data, firm_of_entries(sites), np.arange(float(len(importance))))


def test_curves_by_hand_for_firms_of_both_classes():
    # A token of yes or no weighs three times one of other; the logit is twice its weight on the page.
    vectors = {"yes": (1.0, 0.0, 1.0), "no": (-1.0, 0.0, 1.0), "other": (0.0, 1.0, 0.0)}
    sites = sites_of([["yes other other other"], ["no other other other"]], vectors)
    bundle = bundle_of([0.0, 0.0, np.log(3.0)], [2.0, 0.0, 0.0])
    curves = rescore(bundle, sites, attention_depths(bundle, sites), GRID)
    whole, alone = sigmoid(1), sigmoid(2)
    for firm in range(2):
        assert curves.deletion[firm] == pytest.approx([whole, 0.5, 0.5, 0.5])
        assert curves.insertion[firm] == pytest.approx([0.5, alone, alone, whole])
    figures = curves.figures(0.2)
    assert figures["comprehensiveness"] == pytest.approx([whole - 0.5] * 2)
    assert figures["sufficiency"] == pytest.approx([whole - alone] * 2)
    assert figures["deletion_area"] == pytest.approx([0.1 * (whole + 0.5) + 0.4] * 2)


def test_a_word_that_decides_alone_is_found_by_attention_and_missed_by_random_orders():
    rng = np.random.default_rng(3)
    others = {f"other{n}": (0.0, 1.0) for n in range(200)}
    firms = [[" ".join(["signal", *rng.choice(list(others), 49, replace=False)])] for _ in range(40)]
    sites = sites_of(firms, {"signal": (1.0, 0.0), **others})
    bundle = bundle_of([20.0, 0.0], [4.0, 0.0])
    importance = {"attention": attention_order(sites, bundle.score(sites))}
    found = curves_of_orders(bundle, sites, importance, np.array([0, 0.02, 0.2, 1]), 10, 0, "test")
    most = sigmoid(4) - 0.5  # no logit is below zero
    attention, random = (found[name].figures(0.02) for name in ("attention", RANDOM))
    assert attention["comprehensiveness"] == pytest.approx([most] * 40)
    assert attention["aopc_comprehensiveness"] == pytest.approx([most] * 40)
    assert attention["sufficiency"] == pytest.approx([0.0] * 40, abs=1e-6)
    assert random["comprehensiveness"].mean() == pytest.approx(0.02 * most, abs=0.01)
    assert random["sufficiency"].mean() > 0.9 * most
    assert found[RANDOM].figures(0.2)["comprehensiveness"].mean() == pytest.approx(0.2 * most, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(SITES)
def test_curves_begin_and_end_with_the_whole_site_or_with_nothing(firms):
    sites = sites_of(firms, LETTERS)
    curves = rescore(ANY_BUNDLE, sites, attention_depths(ANY_BUNDLE, sites), GRID)
    whole = ANY_BUNDLE.score(sites).probabilities.astype(np.float64)
    for ends in (curves.deletion[:, 0], curves.insertion[:, -1]):
        np.testing.assert_array_equal(ends, np.maximum(whole, 1 - whole))
    assert (curves.deletion[:, -1] == 0.5).all()
    assert (curves.insertion[:, 0] == 0.5).all()


@settings(max_examples=60, deadline=None)
@given(SITES)
def test_deletion_is_insertion_of_the_reversed_order_read_backwards(firms):
    sites = sites_of(firms, LETTERS)
    grid = np.array([0, 0.1234, 0.4567, 1 - 0.4567, 1 - 0.1234, 1])  # no entry of a small site lies there
    counts, firm = sites.counts.data, firm_of_entries(sites)
    importance = attention_order(sites, ANY_BUNDLE.score(sites))
    ties = np.random.default_rng(0).random(len(importance))
    curves = rescore(ANY_BUNDLE, sites, depths(importance, counts, firm, ties), grid)
    mirrored = rescore(ANY_BUNDLE, sites, depths(-importance, counts, firm, -ties), grid)
    np.testing.assert_array_equal(curves.deletion, mirrored.insertion[:, ::-1])
    np.testing.assert_array_equal(curves.insertion, mirrored.deletion[:, ::-1])


def test_random_orders_follow_the_seed():
    sites = sites_of([["a b b c", "d a c"], ["b d d a"]], LETTERS)
    one, same, other = (
        curves_of_orders(ANY_BUNDLE, sites, {}, GRID, 1, seed, "test")[RANDOM].deletion for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_entries_go_and_firms_and_pages_stay():
    sites = sites_of(FIRMS, VECTORS)
    masked = only(sites, np.array([False, True, False, True, True, False]))
    np.testing.assert_array_equal(masked.counts.toarray(), [[0, 2, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0]])
    assert masked.n_pages.tolist() == [2, 2]
    assert masked.firm_ids.tolist() == sites.firm_ids.tolist()
    assert sites.counts.nnz == 6
    assert firm_of_entries(sites).tolist() == [0, 0, 0, 1, 1, 1]


def test_the_order_of_words_is_not_kept_where_some_are_gone():
    sites = sites_of(FIRMS, VECTORS)
    order = ReadingOrder(np.array([0, 1, 1, 2, 0, 1, 2, 2], np.int32), np.array([0, 3, 4, 5, 8]))
    assert only(replace(sites, reading_order=order), np.ones(6, bool)).reading_order is None


def test_an_empty_page_is_as_good_as_none():
    sites = sites_of(FIRMS, VECTORS)
    masked = only(sites, np.array([True, True, False, True, True, True]))
    without_page = sites_of([FIRMS[0][:1], FIRMS[1]], VECTORS)
    found = BUNDLE.score(masked).probabilities
    np.testing.assert_allclose(found, BUNDLE.score(without_page).probabilities, rtol=1e-6)
    assert abs(found - BUNDLE.score(sites).probabilities)[0] > 0.01


def test_a_firm_without_words_gets_one_half():
    sites = sites_of(FIRMS, VECTORS)
    kept = firm_of_entries(sites) == 1
    scores = BUNDLE.score(only(sites, kept))
    assert scores.probabilities[0] == 0.5
    assert scores.probabilities[1] == BUNDLE.score(sites).probabilities[1]
    assert BUNDLE.score(only(sites, np.zeros(6, bool))).probabilities.tolist() == [0.5, 0.5]
