import numpy as np
import pytest
from scipy import sparse

from ipml.dual_attention.sites import ReadingOrder, Sites
from ipml.dual_attention.terms import frequent_terms, term_counts
from ipml.errors import InputError

WORDS = ["laser", "pump", "steel"]
PAGES = [[0, 1, 0, 1], [2], [0, 1], [2, 2]]  # two firms of two pages


def made_up(pages=PAGES, in_order=True):
    counts = sparse.csr_matrix(np.array([np.bincount(page, minlength=3) for page in pages], dtype=np.float32))
    offsets = np.cumsum([0, *map(len, pages)])
    words = np.array([word for page in pages for word in page], dtype=np.int32)
    return Sites(
        firm_ids=np.array(["a", "b"], dtype=object),
        page_offsets=np.array([0, 2, 4]),
        urls=np.full(4, None, dtype=object),
        counts=counts,
        words=WORDS,
        vectors=np.eye(3, dtype=np.float32),
        known_share=1.0,
        reading_order=ReadingOrder(words, offsets) if in_order else None,
    )


def code(*words):
    first, second = [*words, None][:2]
    return WORDS.index(first) * 4 + (0 if second is None else WORDS.index(second) + 1)


def test_terms_of_more_than_one_firm_are_kept_and_none_crosses_a_page():
    terms = frequent_terms(made_up(), 3, 2)
    assert terms.tolist() == [code("laser"), code("laser", "pump"), code("pump"), code("steel")]
    assert frequent_terms(made_up(), 3, 1).tolist() == [code("laser"), code("pump"), code("steel")]
    assert frequent_terms(made_up(), 3, 0).tolist() == []


def test_terms_are_counted_over_all_pages_of_a_firm():
    terms = frequent_terms(made_up(), 3, 2)
    counts = term_counts(made_up(), 3, terms).toarray()
    assert counts.tolist() == [[2, 2, 2, 1], [1, 1, 1, 2]]


def test_words_outside_the_vocabulary_do_not_count():
    terms = frequent_terms(made_up(), 3, 2)
    fewer = made_up().numbered_by(["laser", "other", "steel"])  # pump has left
    assert term_counts(fewer, 3, terms).toarray().tolist() == [[2, 0, 0, 1], [1, 0, 0, 2]]


def test_pairs_need_the_order_of_words():
    with pytest.raises(InputError, match="read without the order of their words"):
        frequent_terms(made_up(in_order=False), 3, 2)
