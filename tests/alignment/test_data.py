from types import SimpleNamespace

import numpy as np
import pytest

from ipml.alignment.data import known_pairs, look_up, open_vocabulary, source_weights
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.errors import InputError
from ipml.text import Language
from ipml.text.embeddings.table import VectorTable
from ipml.text.tokenizers import Whitespace


def vocabulary(code, words, max_words=None):
    vectors = np.arange(2 * len(words), dtype=np.float32).reshape(-1, 2)
    return open_vocabulary(Language(code, VectorTable(words, vectors, code), Whitespace(), {}), max_words)


LEXICON = Lexicon((("犬", "dog"), ("犬", "hound"), ("猫", "cat"), ("鳥", "bird"), ("魚", "fish")))
SOURCE, TARGET = vocabulary("ja", ["猫", "犬", "魚"]), vocabulary("en", ["dog", "cat", "hound", "bird"])


def test_pairs_have_both_words():
    assert known_pairs(LEXICON, SOURCE, TARGET).tolist() == [[1, 0], [1, 2], [0, 1]]
    assert known_pairs(Lexicon(()), SOURCE, TARGET).shape == (0, 2)


def test_test_words_have_a_source_vector_and_keep_all_translations():
    words = look_up(LEXICON, SOURCE, TARGET)
    assert words.rows.tolist() == [1, 0, 2]
    assert words.correct == [[0, 2], [1], []]
    assert words.n_correct.tolist() == [2, 1, 0]
    assert (words.n_without_vector, len(words)) == (1, 4)
    assert words.coverage() == {"test/source_coverage": 3 / 4, "test/coverage": 2 / 4}


def test_only_the_most_frequent_words_are_taken():
    few = vocabulary("en", ["the", "of", "dog"], max_words=2)
    assert few.words == ["the", "of"]
    np.testing.assert_array_equal(few.vectors, [[0, 1], [2, 3]])


def test_an_encoder_without_words_cannot_be_aligned():
    language = Language("ja", SimpleNamespace(words=None), Whitespace(), {})
    with pytest.raises(InputError, match="embeddings for ja: an encoder without a list of words"):
        open_vocabulary(language, None)


def test_every_source_word_counts_once():
    weights = source_weights(np.array([[4, 0], [1, 2], [4, 1], [4, 5]]))
    np.testing.assert_allclose(weights, [1 / 3, 1, 1 / 3, 1 / 3])
