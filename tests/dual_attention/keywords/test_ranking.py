from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ipml.dual_attention.keywords.ranking import firm_shares, top_words, union_of_pages

PAGE_LISTS = st.lists(
    st.lists(st.tuples(st.integers(1, 5), st.floats(0.01, 1)), max_size=12), min_size=1, max_size=5
)


def arrays(pages):
    counts = np.array([c for page in pages for c, _ in page], dtype=np.float32)
    per_token = np.array([w for page in pages for _, w in page], dtype=np.float64)
    offsets = np.cumsum([0, *map(len, pages)])
    return per_token * counts, counts, offsets


def take(weights, counts, offsets, rule, amount, count_repeats=False, allowed=None):
    allowed = np.ones(len(counts), dtype=bool) if allowed is None else np.array(allowed)
    return top_words(weights, counts, offsets, allowed, rule, amount, count_repeats)


def test_top_words_take_the_share_of_distinct_words_by_attention_on_one_token():
    weights, counts, offsets = arrays([[(1, 0.1), (4, 0.2), (1, 0.5), (1, 0.05), (1, 0.4)], [(2, 1.0)], []])
    assert take(weights, counts, offsets, "percentile", 0.4).tolist() == [
        False,
        False,
        True,
        False,
        True,
        True,
    ]


def test_repeats_use_up_the_quota_only_when_counted():
    weights, counts, offsets = arrays([[(6, 0.9), (1, 0.5), (1, 0.4), (1, 0.1), (1, 0.05)]])
    assert take(weights, counts, offsets, "percentile", 0.6).tolist() == [True, True, True, False, False]
    assert take(weights, counts, offsets, "percentile", 0.6, True).tolist() == [
        True,
        False,
        False,
        False,
        False,
    ]


@settings(max_examples=80, deadline=None)
@given(PAGE_LISTS, st.floats(0.05, 1), st.booleans())
def test_top_words_of_any_page(pages, share, count_repeats):
    weights, counts, offsets = arrays(pages)
    taken = take(weights, counts, offsets, "percentile", share, count_repeats)
    for start, stop in pairwise(offsets):
        mine = taken[start:stop]
        if stop == start:
            continue
        assert mine.any()
        if not count_repeats:
            assert mine.sum() == np.ceil(share * (stop - start) - 1e-9)
        per_token = (weights / counts)[start:stop]
        if not mine.all():
            assert per_token[mine].min() >= per_token[~mine].max() - 1e-12


def test_firm_shares_count_a_firm_once():
    counts = sparse.csr_matrix(np.array([[1, 0, 2], [3, 0, 0], [0, 1, 1]], dtype=np.float32))
    np.testing.assert_allclose(firm_shares(counts, np.array([2, 1])), [0.5, 0.5, 1.0])


def test_union_keeps_a_word_once_from_its_best_page_and_ranks_within_the_firm():
    entries = pd.DataFrame(
        [
            ("b", 0, "pump", 0.1, 0.5),
            ("a", 0, "valve", 0.2, 0.9),
            ("b", 1, "pump", 0.4, 0.5),
            ("b", 1, "steel", 0.1, 0.5),
        ],
        columns=["firm_id", "page", "word", "word_weight", "page_weight"],
    )
    found = union_of_pages(entries)
    assert found[["firm_id", "page", "word", "rank"]].to_numpy().tolist() == [
        ["a", 0, "valve", 1],
        ["b", 1, "pump", 1],
        ["b", 1, "steel", 2],
    ]


def test_mass_takes_the_fewest_words_with_that_share_of_the_attention():
    weights, counts, offsets = arrays([[(1, 0.1), (2, 0.2), (1, 0.45), (1, 0.05)], [(2, 0.5)]])
    assert take(weights, counts, offsets, "mass", 0.45).tolist() == [False, False, True, False, True]
    assert take(weights, counts, offsets, "mass", 0.5).tolist() == [False, True, True, False, True]
    assert take(weights, counts, offsets, "mass", 1.0).all()


def test_top_k_takes_a_number_of_words():
    weights, counts, offsets = arrays([[(1, 0.1), (9, 0.2), (1, 0.5)], [(2, 0.5)]])
    assert take(weights, counts, offsets, "top_k", 2).tolist() == [False, True, True, True]


@pytest.mark.parametrize(("rule", "amount"), [("percentile", 0.5), ("mass", 0.6), ("top_k", 1)])
def test_words_that_are_not_allowed_do_not_use_up_the_amount(rule, amount):
    weights, counts, offsets = arrays([[(1, 0.9), (1, 0.3), (1, 0.2)], [(1, 0.8)]])
    taken = take(weights, counts, offsets, rule, amount, allowed=[False, True, True, False])
    assert taken.tolist() == [False, True, False, False]


def test_no_entries_give_no_keywords():
    empty = pd.DataFrame({c: [] for c in ("firm_id", "page", "word", "word_weight", "page_weight")})
    assert union_of_pages(empty).empty


@pytest.mark.parametrize("count_repeats", [False, True])
def test_pages_without_words_are_passed_over(count_repeats):
    weights, counts, offsets = arrays([[], [(1, 0.5)], [], []])
    assert take(weights, counts, offsets, "percentile", 0.2, count_repeats).tolist() == [True]
