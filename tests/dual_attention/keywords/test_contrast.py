import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.keywords.contrast import PRIOR_TOKENS, fold_contrast, page_contrast
from tests.dual_attention.planted import GENERAL, PATENTED, TRADED


def matrix(rows):
    return sparse.csr_matrix(np.array(rows, dtype=np.float32))


def test_the_closed_form():
    contrast = page_contrast(matrix([[4, 6, 0], [1, 9, 0]]), np.array([0.3, 0.0]))
    a = PRIOR_TOKENS / 2  # half of all tokens stand on the page with attention
    np.testing.assert_allclose(contrast, [np.log((4 + a) / (1 + a)), np.log((6 + a) / (9 + a)), 0])


def test_a_word_as_frequent_on_both_kinds_of_page_has_none_whatever_their_size():
    contrast = page_contrast(matrix([[2, 4], [20, 40]]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(contrast, 0, atol=1e-12)


@given(st.integers(1, 30))
def test_a_rare_word_says_less_than_a_frequent_one(n):
    contrast = page_contrast(matrix([[n, 50, n + 1], [0, 50 + n, 0]]), np.array([1.0, 0.0]))
    assert contrast[2] > contrast[0] > 0 > contrast[1]


@pytest.mark.parametrize("weights", [[1.0, 0.5], [0.0, 0.0]])
def test_without_two_kinds_of_pages_it_is_not_known(weights):
    assert page_contrast(matrix([[1, 0], [1, 1]]), np.array(weights)) is None


def test_product_words_stand_out_and_a_firms_contrast_is_by_the_model_that_has_not_seen_it(world, trained):
    bundle = Bundle.load(world.workspace.find_model(f"dual_attn-JP/{trained}").folder)
    ids = [f"JP-{n:03d}" for n in range(150)]
    sites = read_sites(world.corpus, ids, bundle.open_language(), **bundle.reading)
    contrast = fold_contrast(bundle, sites)
    words = np.array(sites.words, dtype=object)[sites.counts.indices]
    product, general = np.isin(words, [*PATENTED, *TRADED]), np.isin(words, GENERAL)
    assert np.median(contrast[product]) > 1
    assert np.median(contrast[general]) < 0
    by_fold = [page_contrast(sites.counts, weights) for weights in bundle.page_weights_by_fold(sites)]
    for firm in (15, 50, 149):  # the first has no label, so it was not trained on
        entries = sites.entries_of(sites.pages_of(np.array([firm])))
        fold = bundle.fold_of_firm.get(sites.firm_ids[firm])
        assert (fold is None) == (firm == 15)
        expected = np.mean(by_fold, axis=0) if fold is None else by_fold[fold]
        np.testing.assert_allclose(contrast[entries], expected[sites.counts.indices[entries]])
