from types import SimpleNamespace

import numpy as np
import pytest

from ipml.errors import InputError
from ipml.mapping.centre import mean_of_words


def language(words, vectors):
    def select(asked):
        rows = [words.index(word) for word in asked]
        return np.ones(len(rows), dtype=bool), vectors[rows]

    of_words = SimpleNamespace(words=words, dimension=3, select=select)
    return SimpleNamespace(code="en", vectors=of_words)


def test_every_word_counts_once_whatever_its_length(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    vectors[2] *= 100
    monkeypatch.setattr("ipml.mapping.centre._WORDS_AT_A_TIME", 3)
    expected = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(mean_of_words(language(list("abcdefg"), vectors)), expected, atol=1e-6)


def test_an_encoder_without_words_is_refused():
    with pytest.raises(InputError, match=r"model\.centre=words: the vectors for en come from an encoder"):
        mean_of_words(language(None, np.zeros((0, 3))))
