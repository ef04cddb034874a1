"""Patents that are drawn, and what each counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ipml.vectors.texts.patents import drawn, text_weights


@given(st.lists(st.integers(0, 4), max_size=60), st.integers(1, 5), st.integers(0, 9))
def test_so_many_of_each_firm_are_drawn_and_they_stay_when_others_go(firms, most, seed):
    firm = np.array(firms, dtype=np.int64)
    names = [f"patent {number}" for number in range(len(firm))]
    kept = drawn(names, firm, most, seed)
    found = np.bincount(firm[kept], minlength=5)
    np.testing.assert_array_equal(found, np.minimum(np.bincount(firm, minlength=5), most))
    fewer = firm != 0
    chosen = [name for name, stays in zip(names, fewer, strict=True) if stays]
    np.testing.assert_array_equal(drawn(chosen, firm[fewer], most, seed), kept[fewer])


def test_every_patent_of_a_firm_has_the_same_chance():
    firm = np.zeros(10, dtype=np.int64)
    counts = np.sum([drawn([f"p{i}" for i in range(10)], firm, 3, seed) for seed in range(400)], axis=0)
    assert np.abs(counts - 120).max() < 45  # 4.9 standard deviations of a binomial of 400 draws at .3


@given(st.lists(st.tuples(st.integers(0, 3), st.text(max_size=9), st.booleans()), max_size=40), st.booleans())
def test_weights_of_texts_sum_to_one_or_nothing_and_are_in_proportion(rows, by_length):
    firm = np.array([one for one, _, _ in rows], dtype=np.int64)
    texts = [text for _, text, _ in rows]
    known = np.array([flag and bool(text) for _, text, flag in rows], dtype=bool)
    weights = text_weights(texts, firm, 4, known, by_length).toarray()
    counts = np.array([len(text) for text in texts], dtype=float) if by_length else np.ones(len(rows))
    for number in range(4):
        own = np.where((firm == number) & known, counts, 0.0)
        expected = own / own.sum() if own.any() else own
        np.testing.assert_allclose(weights[number], expected)
