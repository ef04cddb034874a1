"""Texts as rows of word numbers."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.text import Language, encode_texts
from ipml.text.embeddings.table import VectorTable
from ipml.text.tokenizers import Whitespace

KNOWN = ["a", "b", "c", "d"]
VECTORS = np.arange(8, dtype=np.float32).reshape(4, 2)


@pytest.fixture(scope="module")
def language():
    return Language("en", VectorTable(KNOWN, VECTORS, "test"), Whitespace(), {})


def test_known_words_are_numbered_in_order_of_occurrence(language):
    encoded = encode_texts(["c x a c", "", "x y", "b a"], language)
    assert encoded.words == ["c", "a", "b"]
    np.testing.assert_array_equal(encoded.vectors, VECTORS[[2, 0, 1]])
    assert encoded.ids.tolist() == [0, 1, 0, 2, 1]
    assert encoded.offsets.tolist() == [0, 3, 3, 3, 5]
    assert encoded.n_tokens.tolist() == [4, 0, 2, 2]
    assert encoded.known_share == 5 / 8
    assert encoded.counts().toarray().tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 0], [0, 1, 1]]


@pytest.mark.parametrize("texts", [[], [""], ["x y", " "]])
def test_nothing_known(language, texts):
    encoded = encode_texts(texts, language)
    assert len(encoded) == len(texts)
    assert encoded.words == []
    assert encoded.vectors.shape == (0, 2)
    assert encoded.known_share == 0
    assert encoded.counts().shape == (len(texts), 0)


def test_a_cap_counts_known_words_and_keeps_the_beginning(language):
    encoded = encode_texts(["x a x b c", "d"], language, max_tokens=2)
    assert [encoded.words[i] for i in encoded.ids] == ["a", "b", "d"]
    assert encoded.lengths.tolist() == [2, 1]
    assert encoded.n_known == 4


@given(st.lists(st.lists(st.sampled_from("abcdxyz"), max_size=8), max_size=8), st.integers(1, 9))
def test_the_rows_are_the_texts_without_their_unknown_words(language, texts, cap):
    encoded = encode_texts([" ".join(words) for words in texts], language, max_tokens=cap)
    rows = [encoded.ids[i:j] for i, j in zip(encoded.offsets, encoded.offsets[1:], strict=False)]
    assert [[encoded.words[i] for i in row] for row in rows] == [
        [word for word in words if word in KNOWN][:cap] for words in texts
    ]
    assert encoded.n_tokens.sum() == sum(map(len, texts))


def test_real_business_summaries_are_nearly_all_known(shared, tmp_path, vector_cache):
    for module in ("sudachipy", "msgpack", "ja_ginza"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    from ipml.codes import code_names
    from ipml.corpus.ingest import open_or_ingest
    from ipml.text.languages import open_language_settings

    corpus = open_or_ingest(
        shared / "data" / "firms", tmp_path, code_names("country"), code_names("firm_type")
    )
    pages = corpus.pages(corpus.firms("JP")["firm_id"], "ja", ["business_summary"])
    language = open_language_settings(
        "ja",
        {
            "vectors": {"kind": "chive", "cache": vector_cache},
            "tokenizer": {"kind": "sudachi", "mode": "C", "form": "normalized"},
        },
    )
    assert encode_texts(pages["text"].to_pylist(), language).known_share > 0.97
