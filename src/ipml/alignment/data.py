"""The pairs of an alignment, with the whole vocabularies beside them for methods that look further than the pairs."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, TensorDataset

from ipml.linear_map.data import PairsData

Rows = npt.NDArray[np.int64]
Table = npt.NDArray[np.float64]


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
