"""Sizes of the sets and what they contain, for any sites."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.keyword_comparison.keyword_sets import SETS, firm_words, keyword_sets, word_weights
from tests.keyword_comparison.planted import make_sites


def any_sites(seed, n_words=9):
    rng = np.random.default_rng(seed)
    n_pages = rng.integers(1, 4, size=rng.integers(1, 6)).tolist()
    return make_sites(rng.poisson(0.8, size=(sum(n_pages), n_words)), n_pages), rng


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_pairs_are_the_words_of_the_firms(seed):
    sites, rng = any_sites(seed)
    pairs = firm_words(sites)
    firm_of_page = np.repeat(np.arange(len(sites)), sites.n_pages)
    dense = np.zeros(pairs.shape)
    np.add.at(dense, firm_of_page, sites.counts.toarray())
    np.testing.assert_array_equal(pairs.matrix(pairs.tokens).toarray(), dense)
    values = rng.normal(size=sites.counts.nnz)
    highest = np.full(pairs.shape, -np.inf)
    page = np.repeat(np.arange(len(firm_of_page)), np.diff(sites.counts.indptr))
    for entry, value in enumerate(values):
        cell = firm_of_page[page[entry]], sites.counts.indices[entry]
        highest[cell] = max(highest[cell], value)
    np.testing.assert_array_equal(pairs.highest(values), highest[pairs.firms, pairs.words])
    assert np.isinf(pairs.highest(values, np.zeros(len(values), dtype=bool))).all()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1))
def test_sets_of_any_sites(seed, share):
    sites, rng = any_sites(seed)
    pairs = firm_words(sites)
    allowed = rng.random(len(pairs)) < 0.8
    taken = (rng.random(sites.counts.nnz) < 0.5) & allowed[pairs.pair_of_entry]
    cosines = rng.normal(size=sites.counts.nnz)
    sets = keyword_sets(pairs, allowed, cosines, taken, share, seed)
    assert tuple(sets) == SETS
    assert sets["raw"].all()
    keywords = set(pairs.pair_of_entry[taken])
    assert set(np.flatnonzero(sets["dual_attn"])) == keywords
    numbers = pairs.per_firm(sets["dual_attn"])
    for name in ("random", "keybert"):
        assert (pairs.per_firm(sets[name]) == numbers).all()
        assert (sets[name] <= allowed).all()
    assert (sets["dual_attn+keybert"] <= sets["dual_attn"]).all()
    assert (pairs.per_firm(sets["dual_attn+keybert"]) == np.ceil(share * numbers - 1e-9)).all()
    rankings = {
        "keybert": (pairs.highest(cosines), allowed),
        "dual_attn+keybert": (pairs.highest(cosines, taken), sets["dual_attn"]),
    }
    for name, (best, among) in rankings.items():
        for firm in range(len(sites)):
            mine = pairs.firms == firm
            chosen, left = best[mine & sets[name]], best[mine & among & ~sets[name]]
            assert chosen.min(initial=np.inf) >= left.max(initial=-np.inf)


def test_random_words_follow_the_seed_and_every_word_can_be_one():
    pairs = firm_words(make_sites(np.ones((1, 8)), [1]))
    one, every = np.arange(8) == 0, np.ones(8, dtype=bool)
    arguments = (pairs, every, np.zeros(8), one, 1.0)
    drawn = [keyword_sets(*arguments, seed)["random"] for seed in range(200)]
    assert (drawn[7] == keyword_sets(*arguments, 7)["random"]).all()
    assert np.sum(drawn, axis=0).min() > 10


def test_keybert_after_attention_reads_only_the_pages_it_took_words_from():
    # On page 0 word 0 is nearer, on page 1 word 1 much nearer.
    pairs = firm_words(make_sites(np.array([[1, 1], [1, 1]]), [2]))
    cosines, every = np.array([0.5, 0.1, 0.1, 0.9]), np.ones(2, dtype=bool)
    page_0 = np.array([True, True, False, False])
    only_first = keyword_sets(pairs, every, cosines, page_0, 0.5, 0)
    both_pages = keyword_sets(pairs, every, cosines, page_0 | ~page_0, 0.5, 0)
    assert only_first["dual_attn+keybert"].tolist() == [True, False]
    assert both_pages["dual_attn+keybert"].tolist() == [False, True]


def test_raw_counts_tokens_and_the_other_sets_words():
    pairs = firm_words(make_sites(np.array([[3, 0, 1], [2, 1, 0]]), [2]))
    chosen = np.array([True, False, True])
    weights = word_weights(pairs, {"raw": np.ones(3, dtype=bool), "keybert": chosen})
    assert weights["raw"].tolist() == [5, 1, 1]
    assert weights["keybert"].tolist() == [1, 0, 1]


def test_a_pair_is_chosen_with_any_of_its_entries():
    pairs = firm_words(make_sites(np.array([[1, 1, 0], [1, 0, 1]]), [2]))  # word 0 on both pages
    assert pairs.of_entries(np.array([False, False, True, False])).tolist() == [True, False, False]
    assert not pairs.of_entries(np.zeros(4, dtype=bool)).any()


@pytest.mark.parametrize("number", [0, 2, 9])
def test_a_firm_gives_no_more_words_than_it_has(number):
    pairs = firm_words(make_sites(np.ones((1, 3)), [1]))
    chosen = pairs.top(np.array([0.1, 0.3, 0.2]), np.ones(3, dtype=bool), np.array([number]))
    assert chosen.sum() == min(number, 3)
    assert chosen[1] == (number > 0)
