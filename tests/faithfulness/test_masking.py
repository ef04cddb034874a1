from dataclasses import replace

import numpy as np
import pytest

from ipml.dual_attention.bag_of_words import BagOfWords
from ipml.dual_attention.sites import ReadingOrder
from ipml.faithfulness.masking import firm_of_entries, network_alone, only
from tests.faithfulness.planted import bundle_of, sites_of

VECTORS = {"a": (1.0, 0.0), "b": (0.0, 1.0), "c": (1.0, 1.0)}
FIRMS = [["a b b", "c"], ["a", "b c c"]]
BUNDLE = bundle_of([0.5, -1.0], [1.0, 2.0], page_query=[1.0, -0.5])


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


@pytest.mark.parametrize("ngrams", [1, 2])
def test_a_bag_of_words_is_left_out_and_its_share_is_told(ngrams):
    sites = sites_of(FIRMS, VECTORS)
    words = list(VECTORS)
    terms = np.array([0, 4, 8] if ngrams == 1 else [0, 1 * 4 + 1 + 1])  # a, b, c or a, "b b"
    bag = BagOfWords(np.ones(len(terms)), np.full(len(terms), 3.0), np.ones(1), np.array([0.5]))
    (fold,) = BUNDLE.folds
    both = replace(BUNDLE, folds=[replace(fold, bag=bag), fold], words=words, terms=terms)
    alone, share = network_alone(both)
    assert share == 0.25
    assert network_alone(BUNDLE)[1] == 0
    expected = BUNDLE.score(sites).probabilities
    np.testing.assert_allclose(alone.score(only(sites, np.ones(6, bool))).probabilities, expected, rtol=1e-6)
    if ngrams == 1:
        assert abs(both.score(sites).probabilities - expected).max() > 0.01


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
