"""MurmurHash64A against values published by others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ipml.text.embeddings.chive import hash_strings


def test_values_of_spacy():
    # From spaCy's documentation and its list of symbols (StringStore, seed 1).
    assert hash_strings(["coffee", "I", "Apple"]).tolist() == [
        3197928453018144401,
        4690420944186131903,
        6418411030699964375,
    ]


def test_no_words():
    assert hash_strings([]).shape == (0,)


@given(st.lists(st.text(max_size=20)))
def test_a_word_hashes_alike_alone_and_among_others(words):
    together = hash_strings(words)
    assert together.dtype == np.uint64
    assert together.tolist() == [int(hash_strings([word])[0]) for word in words]


@given(st.lists(st.text(max_size=20), unique=True), st.integers(0, 5))
def test_other_words_and_seeds_hash_otherwise(words, seed):
    assert len(set(hash_strings(words, seed).tolist())) == len(words)
    if words:
        assert hash_strings(words, seed).tolist() != hash_strings(words, seed + 1).tolist()
