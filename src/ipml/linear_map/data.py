"""Pairs of vectors for training, validation and test."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

Pairs = tuple[npt.NDArray[Any], npt.NDArray[Any]]


class PairsData(pl.LightningDataModule):
    """Pairs (X, Y) in float64.

    Parameters
    ----------
    train, test
        X of shape (n, d) and Y of shape (n, e).
    validation
        The same; None or empty for a solver that needs none.
    batch_size
        Pairs a training step; None: all at once, as a closed form needs.
    seed
        Of the order of the training pairs.
    """

    def __init__(
        self,
        train: Pairs,
        validation: Pairs | None,
        test: Pairs,
        batch_size: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.train, self.test = train, test
        self.validation = validation if validation is not None and len(validation[0]) else None
        self.batch_size = batch_size
        self.seed = seed

    @property
    def dimensions(self) -> tuple[int, int]:
        """Dimensions d of the source and e of the target."""
        return self.train[0].shape[1], self.train[1].shape[1]

    def train_dataloader(self) -> DataLoader[Any]:
        """Training pairs, in a new order each epoch where they come in batches."""
        shuffle = self.batch_size is not None
        return _loader(self.train, self.batch_size, shuffle, torch.Generator().manual_seed(self.seed))

    def val_dataloader(self) -> DataLoader[Any] | list[Any]:
        """Validation pairs in one batch; no batch where there are none."""
        return [] if self.validation is None else _loader(self.validation)

    def test_dataloader(self) -> DataLoader[Any]:
        """Test pairs in one batch."""
        return _loader(self.test)


def _loader(
    pairs: Pairs,
    batch_size: int | None = None,
    shuffle: bool = False,
    generator: torch.Generator | None = None,
) -> DataLoader[Any]:
    X, Y = (torch.from_numpy(np.array(array, dtype=np.float64)) for array in pairs)
    return DataLoader(
        TensorDataset(X, Y), batch_size=batch_size or len(X), shuffle=shuffle, generator=generator
    )
