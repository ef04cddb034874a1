"""The words of two languages as rows, and the dictionary pairs between them as data for a fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, TensorDataset

from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.text import Language

Rows = npt.NDArray[np.int64]
Table = npt.NDArray[np.float64]


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


class AlignmentData(PairsData):
    """Pairs of an alignment as rows of two vocabularies.

    The training pairs are multiplied by the root of their weight, so that least squares weighs them; a training
    batch holds, after X and Y, the number of each pair.

    Parameters
    ----------
    X, Y
        Prepared vectors of all source words (n, d) and all target words (m, e), most frequent first.
    train_rows, validation_rows, test_rows
        Source and target row of each pair, shape (number of pairs, 2).
    weights
        Weight of each training pair.
    held_out
        Source rows of all test and validation words, also of those without a known translation: no pair that a
        method finds by itself may hold one.
    seed
        Of the order of the training pairs and of what a method draws.
    """

    def __init__(
        self,
        X: Table,
        Y: Table,
        train_rows: Rows,
        validation_rows: Rows,
        test_rows: Rows,
        weights: Table,
        held_out: Rows,
        seed: int = 0,
    ) -> None:
        root = np.sqrt(weights)[:, None]
        train = root * X[train_rows[:, 0]], root * Y[train_rows[:, 1]]
        validation, test = ((X[rows[:, 0]], Y[rows[:, 1]]) for rows in (validation_rows, test_rows))
        super().__init__(train, validation, test, seed=seed)
        self.X, self.Y = X, Y
        self.train_rows, self.validation_rows, self.test_rows = train_rows, validation_rows, test_rows
        self.weights = weights
        self.held_out = held_out

    def train_dataloader(self) -> DataLoader[Any]:
        """Training pairs with their numbers, in a new order each epoch where they come in batches."""
        X, Y = (torch.from_numpy(part) for part in self.train)
        return DataLoader(
            TensorDataset(X, Y, torch.arange(len(X))),
            batch_size=self.batch_size or len(X),
            shuffle=self.batch_size is not None,
            generator=torch.Generator().manual_seed(self.seed),
        )

    def with_train(self, rows: Rows, weights: Table) -> "AlignmentData":
        """Return the same data with other training pairs."""
        return AlignmentData(
            self.X, self.Y, rows, self.validation_rows, self.test_rows, weights, self.held_out, self.seed
        )

    def is_held_out(self) -> npt.NDArray[np.bool_]:
        """Whether each source word is a test or validation word: shape (n,)."""
        mask = np.zeros(len(self.X), dtype=bool)
        mask[self.held_out] = True
        return mask
