"""A bilingual dictionary as a matrix from source words to target words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.alignment.lexicons.lexicon import Lexicon


@dataclass(frozen=True)
class Dictionary:
    """Source words that have a known translation, with or without a vector of their own.

    Attributes
    ----------
    words
        N source words.
    rows
        Source row of each, -1 where it has no vector: shape (N,).
    weights
        Shape (N, m), m target words: each row is spread evenly over the word's translations and sums to 1.
    """

    words: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    weights: sparse.csr_matrix

    def __len__(self) -> int:
        return len(self.words)

    def select(self, chosen: npt.NDArray[np.bool_]) -> "Dictionary":
        """Return the words that a mask (N,) chooses."""
        words = tuple(word for word, is_chosen in zip(self.words, chosen, strict=True) if is_chosen)
        return Dictionary(words, self.rows[chosen], self.weights[chosen])

    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Source and target row of each pair of words with vectors (p, 2), and the weight of each (p,)."""
        entries = self.weights[self.rows >= 0].tocoo()
        sources = self.rows[self.rows >= 0][entries.row]
        return np.stack([sources, entries.col.astype(np.int64)], axis=1), entries.data.astype(np.float64)

    def translations(self) -> list[npt.NDArray[np.int64]]:
        """Target rows of each word's translations."""
        bounds = self.weights.indptr
        return [self.weights.indices[a:b].astype(np.int64) for a, b in pairwise(bounds)]


def make_dictionary(
    lexicon: Lexicon, source_row: Mapping[str, int], target_row: Mapping[str, int]
) -> Dictionary:
    """Take the words of a lexicon with at least one translation among the target words."""
    words: list[str] = []
    numbers: list[int] = []
    targets: list[int] = []
    for word, translations in lexicon.translations().items():
        known = [target_row[translation] for translation in translations if translation in target_row]
        if known:
            numbers += [len(words)] * len(known)
            targets += known
            words.append(word)
    times = np.bincount(numbers, minlength=len(words))
    spread = (1 / times[numbers]).astype(np.float32) if numbers else np.zeros(0, np.float32)
    weights = sparse.csr_matrix((spread, (numbers, targets)), shape=(len(words), len(target_row)))
    return Dictionary(tuple(words), _rows(words, source_row), weights)


def _rows(words: Sequence[str], row: Mapping[str, int]) -> npt.NDArray[np.int64]:
    return np.array([row.get(word, -1) for word in words], dtype=np.int64)
