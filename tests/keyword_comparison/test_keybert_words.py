"""KeyBERT's cosines are those that NumPy gives, in the order of the sites' entries."""

import numpy as np
import pytest

from ipml.dual_attention.data.sites import read_sites
from ipml.keyword_comparison import keybert_words
from ipml.keyword_comparison.keybert_words import page_texts, word_cosines
from ipml.keyword_comparison.sentence_encoders import MeanWordVectors
from tests.keyword_comparison.planted import make_sites


class Planted:
    """Random vectors of pages and words."""

    fingerprint = "planted"

    def __init__(self, n_pages, n_words):
        rng = np.random.default_rng(3)
        self.pages, self.words = (rng.normal(size=(n, 5)).astype(np.float32) for n in (n_pages, n_words))

    def encode_texts(self, texts):
        assert len(texts) == len(self.pages)
        return self.pages

    def encode_words(self, words):
        assert len(words) == len(self.words)
        return self.words


def direct(sites, pages, words):
    pages, words = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (pages, words))
    page = np.repeat(np.arange(len(pages)), np.diff(sites.counts.indptr))
    return (pages[page] * words[sites.counts.indices]).sum(axis=1)


@pytest.mark.parametrize("at_a_time", [1, 2, 3, 500])
def test_cosines_are_those_of_numpy_whatever_the_chunks(monkeypatch, at_a_time):
    monkeypatch.setattr(keybert_words, "_PAGES_AT_A_TIME", at_a_time)
    counts = np.random.default_rng(0).integers(0, 3, size=(7, 11))
    counts[3] = 0  # a page without words
    sites = make_sites(counts, [2, 1, 4])
    encoder = Planted(7, 11)
    cosines = word_cosines(sites, ["text"] * 7, encoder)
    assert len(cosines) == sites.counts.nnz
    np.testing.assert_allclose(cosines, direct(sites, encoder.pages, encoder.words), atol=5.1e-5)


def test_cosines_of_word_vectors_on_real_texts(world, sites, language):
    texts = page_texts(world.corpus, sites, "ja", None, 32)
    cosines = word_cosines(sites, texts, MeanWordVectors(language))
    means = sites.counts @ sites.vectors / np.maximum(sites.counts.sum(axis=1), 1).reshape(-1, 1)
    np.testing.assert_allclose(cosines, direct(sites, np.asarray(means), sites.vectors), atol=5.1e-5)


@pytest.mark.parametrize("max_pages", [1, 3, 32])
def test_texts_are_those_of_the_pages_of_the_sites(world, language, max_pages):
    firm_ids = ["JP-007", "JP-mute", "JP-002", "JP-blank", "JP-100"]  # in an order of their own
    sites = read_sites(world.corpus, firm_ids, language, None, max_pages, 864)
    texts = page_texts(world.corpus, sites, "ja", None, max_pages)
    assert len(texts) == len(sites.urls)
    for text, row in zip(texts, sites.counts, strict=True):
        assert set(text.split()) - {"unknown"} == {sites.words[number] for number in row.indices}
