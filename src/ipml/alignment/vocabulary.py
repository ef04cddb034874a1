"""The words of two languages as rows, and the dictionary pairs between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ipml.alignment.lexicon import Lexicon
from ipml.errors import InputError
from ipml.text import Language


@dataclass(frozen=True)
class Vocabulary:
    """Words of a language and their vectors: shape (len(words), dimension), float32."""

    words: Sequence[str]
    vectors: npt.NDArray[np.float32]
    row: Mapping[str, int] = field(repr=False)


def open_vocabulary(language: Language, max_words: int | None) -> Vocabulary:
    """First ``max_words`` words of a language's table (all if None); tables begin with the most frequent.

    Raises
    ------
    InputError
        If the vectors come from an encoder, which has no list of words.
    """
    words = language.vectors.words
    if words is None:
        raise InputError(
            f"embeddings for {language.code}: an encoder without a list of words cannot be aligned; "
            "needed: a table of word vectors"
        )
    chosen = list(words[:max_words])
    _, vectors = language.vectors.select(chosen)
    return Vocabulary(chosen, vectors, {word: row for row, word in enumerate(chosen)})


def known_pairs(lexicon: Lexicon, source: Vocabulary, target: Vocabulary) -> npt.NDArray[np.int64]:
    """Source and target rows of the pairs whose two words have vectors: shape (n, 2)."""
    rows = [
        (source.row[word], target.row[translation])
        for word, translation in lexicon.pairs
        if word in source.row and translation in target.row
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def source_weights(pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Weight of each pair of rows (n, 2) with which every source word counts once, however many translations: (n,)."""
    _, number, times = np.unique(pairs[:, 0], return_inverse=True, return_counts=True)
    return 1 / times[number]


@dataclass(frozen=True)
class TestWords:
    """Test words that have a source vector, and how many have none.

    Attributes
    ----------
    rows
        Source rows, shape (q,).
    correct
        Target rows of all known translations of each.
    n_without_vector
        Test words without a source vector.
    """

    __test__ = False  # not a test class, whatever its name

    rows: npt.NDArray[np.int64]
    correct: list[list[int]]
    n_without_vector: int

    @property
    def n_correct(self) -> npt.NDArray[np.int64]:
        """Number of known translations of each, shape (q,)."""
        return np.array([len(rows) for rows in self.correct], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.rows) + self.n_without_vector

    def coverage(self) -> dict[str, float]:
        """Shares of all test words: with a source vector, and with that and a known translation."""
        return {
            "test/source_coverage": len(self.rows) / len(self),
            "test/coverage": int((self.n_correct > 0).sum()) / len(self),
        }


def look_up(lexicon: Lexicon, source: Vocabulary, target: Vocabulary) -> TestWords:
    """Rows of the words of a test dictionary."""
    translations = lexicon.translations()
    known = [word for word in translations if word in source.row]
    return TestWords(
        np.array([source.row[word] for word in known], dtype=np.int64),
        [[target.row[t] for t in translations[word] if t in target.row] for word in known],
        len(translations) - len(known),
    )
