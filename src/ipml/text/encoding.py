"""Texts as rows of word numbers: tokenized once, only the words that have a vector."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.console import track
from ipml.text.languages import Language


@dataclass(frozen=True)
class EncodedTexts:
    """Ragged word numbers of n texts over a vocabulary of the words that occur and have a vector.

    Attributes
    ----------
    words
        The vocabulary, in order of first occurrence.
    vectors
        Their vectors, shape (len(words), dimension), float32.
    ids
        Word numbers of all texts one after the other.
    offsets
        Text i is ``ids[offsets[i]:offsets[i + 1]]``; shape (n + 1,).
    n_tokens
        Number of tokens of each text, with or without a vector, shape (n,).
    n_known
        Number of tokens with a vector in all texts together, before any cap on a text's length.
    """

    words: list[str]
    vectors: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    n_tokens: npt.NDArray[np.int64]
    n_known: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of known words of each text, shape (n,)."""
        return np.diff(self.offsets)

    @property
    def known_share(self) -> float:
        """Share of all tokens that have a vector."""
        return self.n_known / max(int(self.n_tokens.sum()), 1)

    def counts(self) -> sparse.csr_matrix:
        """Return how often each word stands in each text: shape (n, len(words)), float32."""
        rows = np.repeat(np.arange(len(self)), self.lengths)
        ones = np.ones(len(self.ids), dtype=np.float32)
        matrix = sparse.coo_matrix((ones, (rows, self.ids)), shape=(len(self), len(self.words))).tocsr()
        matrix.sum_duplicates()
        return matrix


def encode_texts(
    texts: Iterable[str],
    language: Language,
    max_tokens: int | None = None,
    description: str = "reading texts",
) -> EncodedTexts:
    """Tokenize texts and number the words that have a vector.

    Parameters
    ----------
    texts
        n texts; an empty one gives an empty row.
    language
        Vectors and tokenizer.
    max_tokens
        Keep at most this many known words of a text, from its beginning.
    """
    numbers: dict[str, int] = {}
    raw = array("i")
    lengths = array("q")
    for tokens in track(language.tokenizer.tokenize(texts), description):
        raw.extend([numbers.setdefault(token, len(numbers)) for token in tokens])
        lengths.append(len(tokens))
    all_ids = np.frombuffer(raw, dtype=np.int32) if raw else np.zeros(0, np.int32)
    n_tokens = np.array(lengths, dtype=np.int64)
    known, vectors = language.vectors.select(list(numbers))
    new_number = np.where(known, np.cumsum(known) - 1, -1).astype(np.int32)
    rows = np.repeat(np.arange(len(n_tokens)), n_tokens)
    ids = new_number[all_ids]
    keep = ids >= 0
    ids, rows = ids[keep], rows[keep]
    n_known = len(ids)
    if max_tokens is not None:
        starts = np.searchsorted(rows, np.arange(len(n_tokens)))
        place = np.arange(n_known) - starts[rows]
        ids, rows = ids[place < max_tokens], rows[place < max_tokens]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(n_tokens)))]).astype(np.int64)
    words = [word for word, is_known in zip(numbers, known, strict=True) if is_known]
    return EncodedTexts(words, vectors, ids, offsets, n_tokens, n_known)
