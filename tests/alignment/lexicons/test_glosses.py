"""Glosses reduced to single English words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.lexicons.glosses import single_word


@pytest.mark.parametrize(
    ("gloss", "word"),
    [
        ("dog (esp. of the house)", "dog"),
        ("to (suddenly) run", "run"),
        ("to be clear", "clear"),
        ("the (one's) Well-being!", "well-being"),
        ("An apple", "apple"),
        ("(nested (twice) here) pump [pomp]", "pump"),
        ("to the point", None),
        ("give up", None),
        ("a", None),
        ("x", None),
        ("to (do)", None),
        ("of (a place)", None),
        ("8mm film", None),
        ("café", None),
        ("up-to-date", None),
        ("thesis", "thesis"),
        ("", None),
    ],
)
def test_what_is_left_of_a_gloss(gloss, word):
    assert single_word(gloss) == word


@given(st.text(max_size=30))
def test_what_comes_out_is_a_word_that_stays(gloss):
    word = single_word(gloss)
    if word is not None:
        assert word == word.lower()
        assert word.replace("-", "").isascii()
        assert word.replace("-", "").isalpha()
        assert single_word(word) == word
