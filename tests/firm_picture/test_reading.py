import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.keywords.ranking import COLUMNS
from ipml.firm_picture.content import make_keywords, make_pages
from ipml.firm_picture.reading import MAX_SHOWN, Word, in_reading_order


def planted() -> tuple[Sites, SiteScores]:
    """Page 1: a b a; page 2: no known word; page 3: b."""
    counts = sparse.csr_matrix(np.array([[2, 1], [0, 0], [0, 1]], dtype=np.float32))
    sites = Sites(
        firm_ids=np.array(["F"], dtype=object),
        page_offsets=np.array([0, 3]),
        urls=np.array(["http://f/1", None, "http://f/3"], dtype=object),
        counts=counts,
        words=["a", "b"],
        vectors=np.eye(2, dtype=np.float32),
        known_share=1.0,
    )
    word_weights = np.array([0.8, 0.2, 1.0], dtype=np.float32)
    return sites, SiteScores(np.array([0.7]), word_weights, np.array([0.9, 0.0, 0.1], dtype=np.float32))


def test_words_stand_in_order_each_with_the_attention_on_one_of_its_repeats():
    pages = make_pages(*planted(), [["a", "zzz", "b", "a"], ["zzz"], ["b"]], 864)
    assert [(word.text, word.weight) for word in pages[0].words] == [
        ("a", pytest.approx(0.4)),
        ("zzz", None),
        ("b", pytest.approx(0.2)),
        ("a", pytest.approx(0.4)),
    ]
    assert [word.times for word in pages[0].words] == pytest.approx([1.2, 0, 0.6, 1.2])
    assert [page.weight for page in pages] == pytest.approx([0.9, 0, 0.1])
    assert [(page.number, page.url, page.n_tokens, page.n_known) for page in pages] == [
        (1, "http://f/1", 4, 3),
        (2, "", 1, 0),
        (3, "http://f/3", 1, 1),
    ]
    assert pages[1].words == []


@given(st.lists(st.sampled_from(["a", "b", "x", "y"]), min_size=1, max_size=60), st.integers(1, 40))
def test_shown_attention_sums_to_one_and_the_rest_is_counted(tokens, cap):
    places = [place for place, token in enumerate(tokens) if token in "ab"][:cap]
    read = [tokens[place] for place in places]
    scores = {"a": 1.0, "b": 3.0}
    total = sum(scores[token] for token in read)
    weights = {token: scores[token] / total for token in set(read)}
    shown, left_out = in_reading_order(tokens, weights, len(read), cap)
    end = len(tokens) if len(read) < cap else places[-1] + 1
    assert [word.text for word in shown] == tokens[:end]
    assert left_out == len(tokens) - end
    known = [word.weight for word in shown if word.weight is not None]
    assert len(known) == len(read)
    if read:
        assert sum(known) == pytest.approx(1)
        assert np.mean([word.times for word in shown if word.weight is not None]) == pytest.approx(1)


def test_a_page_without_end_is_cut():
    shown, left_out = in_reading_order(["unknown"] * 100_000, {"a": 1.0}, 1, 864)
    assert (len(shown), left_out) == (MAX_SHOWN, 100_000 - MAX_SHOWN)


@pytest.mark.parametrize(
    ("times", "step"), [(0, 0), (1, 0), (1.2, 1), (1.9, 1), (2, 2), (7, 3), (8, 4), (16, 5), (900, 5)]
)
def test_shades_are_multiples_of_even_attention(times, step):
    assert Word("a", 0.1, times).step == step


def test_keywords_are_those_of_the_table_in_order_of_rank_with_all_glosses():
    rows = [("F", 2, "u", "犬", 0.1, 0.4, np.nan, 2), ("F", 0, "u", "猫", 0.3, 0.6, 1.5, 1)]
    cat, dog = make_keywords(pd.DataFrame(rows, columns=list(COLUMNS)), {"犬": ["dog", "hound"]})
    assert (cat.rank, cat.word, cat.word_weight, cat.page_weight, cat.page, cat.glosses) == (
        1,
        "猫",
        0.3,
        0.6,
        1,
        (),
    )
    assert (cat.contrast, dog.contrast) == (1.5, None)
    assert (dog.rank, dog.page, dog.glosses) == (2, 3, ("dog", "hound"))
    assert cat.score == pytest.approx(0.18)
