"""Features of firms' texts for the classifiers of a stack: n-grams of words, of characters, vectors of an encoder."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.stack.stacking import CHARACTERS, ENCODER, WORDS, Block
from ipml.errors import InputError
from ipml.reach import Reach
from ipml.text.encoders import TextEncoder
from ipml.text.encoders.kept import KeptTexts
from ipml.text.encoders.transformers import open_minilm
from ipml.text.encoders.universal import open_universal

_COLUMNS = 2**22  # n-grams are told apart by a hash, so that no vocabulary is kept


def text_cache(reach: Reach) -> str:
    """Folder of what an encoder of texts has encoded."""
    return str(reach.data / "texts")


def encoder_fingerprint(model: Mapping[str, Any]) -> dict[str, str]:
    """Fingerprint the encoder of texts, by its name in a lineage; empty without one.

    Raises
    ------
    InputError
        If its package is missing.
    """
    stack = model.get("stack") or {}
    if not stack.get(ENCODER):
        return {}
    return {"text-encoder": _open_encoder(stack[ENCODER]).fingerprint}


def make_blocks(sites: Sites, stack: Mapping[str, Any], cache: str) -> dict[str, Block]:
    """Compute the features of F firms.

    Parameters
    ----------
    sites
        Firms, with the order of their words and their texts where the blocks need them.
    stack
        Settings ``model.stack``.
    cache
        Folder of what an encoder has encoded.

    Returns
    -------
    name of the block to the n-grams that each firm uses, CSR (F, D) of ones, or to its vector, (F, d): the mean of
    those of its pages, of length 1
    """
    blocks: dict[str, Block] = {}
    if longest := stack[WORDS]:
        hashed = HashingVectorizer(
            analyzer=lambda pages: list(_n_grams(pages, longest)), **_hashing()
        ).transform(_words_of_firms(sites))
        blocks[WORDS] = hashed.tocsr()
    if not (stack[CHARACTERS] or stack[ENCODER]):
        return blocks
    texts = [text[: stack["max_characters"]] for text in _texts(sites)]
    if longest := stack[CHARACTERS]:
        hashed = HashingVectorizer(analyzer="char", ngram_range=(1, longest), **_hashing()).transform(
            "\n".join(texts[start:end]) for start, end in pairwise(sites.page_offsets)
        )
        blocks[CHARACTERS] = hashed.tocsr()
    if stack[ENCODER]:
        encoder = KeptTexts(_open_encoder(stack[ENCODER]), cache)
        vectors = encoder.encode(texts, "encoding pages for the stack")
        sums = np.add.reduceat(vectors, sites.page_offsets[:-1], axis=0) if len(texts) else vectors
        blocks[ENCODER] = normalize(sums)
    return blocks


def _hashing() -> dict[str, Any]:
    return {"n_features": _COLUMNS, "alternate_sign": False, "norm": None, "binary": True}


def _words_of_firms(sites: Sites) -> Iterator[list[list[str]]]:
    """Yield the known words of each page of each firm, in order."""
    if sites.reading_order is None:
        raise InputError("model.stack.words: these pages were read without the order of their words")
    order = sites.reading_order
    pages = [[sites.words[word] for word in order.words[start:end]] for start, end in pairwise(order.offsets)]
    for start, end in pairwise(sites.page_offsets):
        yield pages[start:end]


def _n_grams(pages: Sequence[Sequence[str]], longest: int) -> Iterator[str]:
    """Yield the n-grams of words that stand side by side on a page, of 1 to ``longest`` words."""
    for words in pages:
        for length in range(1, longest + 1):
            for start in range(len(words) - length + 1):
                yield " ".join(words[start : start + length])


def _texts(sites: Sites) -> Sequence[str]:
    if sites.texts is None:
        raise InputError("model.stack: these pages were read without their texts")
    return sites.texts


@lru_cache(maxsize=1)
def _open_encoder(name: str) -> TextEncoder:
    return open_minilm("en") if name == "minilm" else open_universal("model.stack.encoder=use")
