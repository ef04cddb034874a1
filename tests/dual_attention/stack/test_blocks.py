from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from ipml.dual_attention.data.sites import ReadingOrder, Sites
from ipml.dual_attention.stack import blocks
from ipml.dual_attention.stack.blocks import make_blocks
from ipml.errors import InputError
from ipml.text.encoders import TextEncoder

WORDS = ["laser", "pump", "steel"]
PAGES = [[0, 1, 0, 1], [2], [0, 1], [2, 2]]  # two firms of two pages
TEXTS = ["laser pump laser pump", "steel", "laser pump", "steel steel"]
NOTHING = {"words": 0, "characters": 0, "encoder": None, "landmarks": 0, "max_characters": 100}


@pytest.fixture
def sites():
    counts = np.array([np.bincount(page, minlength=3) for page in PAGES], dtype=np.float32)
    return Sites(
        firm_ids=np.array(["a", "b"], dtype=object),
        page_offsets=np.array([0, 2, 4]),
        urls=np.array([None] * 4, dtype=object),
        counts=sparse.csr_matrix(counts),
        words=WORDS,
        vectors=np.eye(3, dtype=np.float32),
        known_share=1.0,
        reading_order=ReadingOrder(np.concatenate(PAGES).astype(np.int32), np.array([0, 4, 5, 7, 9])),
        texts=TEXTS,
    )


def test_words_side_by_side_are_n_grams_and_pages_do_not_touch(sites):
    """Firm a: laser, pump, steel, laser pump, pump laser; firm b: laser, pump, steel, laser pump, steel steel."""
    used = make_blocks(sites, {**NOTHING, "words": 2}, "")["words"]
    assert used.sum(axis=1).ravel().tolist() == [[5, 5]]
    assert used.multiply(used).sum() == used.sum()  # ones
    assert used[0].multiply(used[1]).sum() == 4


def test_characters_are_those_of_scikit_learn(sites):
    used = make_blocks(sites, {**NOTHING, "characters": 3}, "")["characters"]
    firms = ["\n".join(TEXTS[:2]), "\n".join(TEXTS[2:])]
    peer = CountVectorizer(analyzer="char", ngram_range=(1, 3), binary=True).fit_transform(firms)
    assert used.sum(axis=1).tolist() == peer.sum(axis=1).tolist()
    assert used[0].multiply(used[1]).sum() == peer[0].multiply(peer[1]).sum()


def test_a_firm_has_the_mean_direction_of_its_pages_beginnings(sites, monkeypatch, tmp_path):
    read = []

    def encode(texts):
        read.extend(texts)
        return [[len(text), 1.0] for text in texts]

    monkeypatch.setattr(blocks, "_open_encoder", lambda name: TextEncoder("lengths", 2, encode))
    settings = {**NOTHING, "encoder": "use", "max_characters": 11}
    vectors = make_blocks(sites, settings, str(tmp_path))["encoder"]
    assert read == ["laser pump ", "steel", "laser pump", "steel steel"]
    sums = np.array([[16.0, 2.0], [21.0, 2.0]])
    np.testing.assert_allclose(vectors, sums / np.linalg.norm(sums, axis=1, keepdims=True), rtol=1e-6)
    make_blocks(sites, settings, str(tmp_path))
    assert len(read) == 4  # the second time from the cache


def test_pages_read_without_order_or_texts_are_refused(sites):
    with pytest.raises(InputError, match=r"model\.stack\.words: .*without the order"):
        make_blocks(replace(sites, reading_order=None), {**NOTHING, "words": 1}, "")
    with pytest.raises(InputError, match=r"model\.stack: .*without their texts"):
        make_blocks(replace(sites, texts=None), {**NOTHING, "characters": 1}, "")
