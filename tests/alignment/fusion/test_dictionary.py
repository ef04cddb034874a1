import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.lexicons.lexicon import Lexicon

SOURCE_ROW = {"犬": 0, "猫": 1, "鳥": 2}
TARGET_ROW = {"cat": 0, "bird": 1, "dog": 2, "hound": 3}
LEXICON = Lexicon(
    (("犬", "dog"), ("鼠", "cat"), ("犬", "hound"), ("鳥", "bird"), ("魚", "fish"), ("犬", "spy"))
)


def test_words_with_a_known_translation_are_taken_with_or_without_a_vector():
    dictionary = make_dictionary(LEXICON, SOURCE_ROW, TARGET_ROW)
    assert dictionary.words == ("犬", "鼠", "鳥")
    assert dictionary.rows.tolist() == [0, -1, 2]
    expected = [[0, 0, 0.5, 0.5], [1, 0, 0, 0], [0, 1, 0, 0]]
    np.testing.assert_array_equal(dictionary.weights.toarray(), expected)
    assert [rows.tolist() for rows in dictionary.translations()] == [[2, 3], [0], [1]]


def test_pairs_are_those_of_words_with_vectors():
    rows, weights = make_dictionary(LEXICON, SOURCE_ROW, TARGET_ROW).pairs()
    assert rows.tolist() == [[0, 2], [0, 3], [2, 1]]
    assert weights.tolist() == [0.5, 0.5, 1]


def test_chosen_words_keep_rows_and_translations():
    dictionary = make_dictionary(LEXICON, SOURCE_ROW, TARGET_ROW).select(np.array([False, True, True]))
    assert dictionary.words == ("鼠", "鳥")
    assert dictionary.rows.tolist() == [-1, 2]
    assert [rows.tolist() for rows in dictionary.translations()] == [[0], [1]]
    rows, weights = dictionary.pairs()
    assert (rows.tolist(), weights.tolist()) == ([[2, 1]], [1])


def test_a_lexicon_of_unknown_words_makes_an_empty_dictionary():
    dictionary = make_dictionary(Lexicon((("魚", "fish"),)), SOURCE_ROW, TARGET_ROW)
    assert len(dictionary) == len(dictionary.translations()) == 0
    assert dictionary.weights.shape == (0, 4)
    assert dictionary.pairs()[0].shape == (0, 2)


@given(st.lists(st.tuples(st.sampled_from("あいうえお"), st.sampled_from("abcdef")), unique=True))
def test_each_word_counts_once_whatever_the_number_of_its_translations(pairs):
    target_row = {"a": 0, "b": 1, "c": 2, "d": 3}
    dictionary = make_dictionary(Lexicon(tuple(pairs)), {"あ": 5, "う": 3}, target_row)
    np.testing.assert_allclose(dictionary.weights.sum(axis=1), np.ones((len(dictionary), 1)), rtol=1e-6)
    found = {
        (word, int(target))
        for word, targets in zip(dictionary.words, dictionary.translations(), strict=True)
        for target in targets
    }
    assert found == {(word, target_row[t]) for word, t in pairs if t in target_row}
    rows, weights = dictionary.pairs()
    assert {tuple(row) for row in rows.tolist()} == {
        (5 if w == "あ" else 3, t) for w, t in found if w in "あう"
    }
    assert np.isclose(weights.sum(), len({word for word, _ in found if word in "あう"}))
