"""Batches of firms for training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, DistributedSampler

from ipml.dual_attention.data.batches import SiteBatch, site_batch
from ipml.dual_attention.data.sites import Sites

Firms = npt.NDArray[np.int64]
BatchMaker = Callable[[Sites, Firms, npt.NDArray[np.floating]], SiteBatch]


class SiteData(pl.LightningDataModule):
    """Training, validation and test batches of one fold.

    Parameters
    ----------
    sites
        Sites of all firms.
    labels
        1 holds patents, 0 holds none, of each firm, (F,).
    training, validation, test
        Row numbers of the firms of each part; the test part may be empty.
    batch_size
        Firms a training batch.
    seed
        Of the order of the training firms, another one each epoch.

    Attributes
    ----------
    make_batch
        Makes the tensors of some firms, in the way the network in training reads them.
    """

    def __init__(
        self,
        sites: Sites,
        labels: npt.NDArray[np.floating],
        training: Firms,
        validation: Firms,
        test: Firms,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.sites = sites
        self.labels = labels
        self.parts = {"training": training, "validation": validation, "test": test}
        self.batch_size = batch_size
        self.make_batch: BatchMaker = site_batch
        self._seed = seed
        self._generator = torch.Generator().manual_seed(seed)

    def __getstate__(self) -> dict[str, Any]:
        """State for a new process, to which PyTorch cannot send a generator; firms are dealt out without it there."""
        return {**self.__dict__, "_generator": None}

    def collate(self, firms: list[int]) -> SiteBatch:
        """Make the batch of some firms."""
        return self.make_batch(self.sites, np.asarray(firms, dtype=np.int64), self.labels)

    def train_dataloader(self) -> DataLoader[int]:
        """Load training firms, shuffled; of several processes, each takes its share of every batch."""
        if self.trainer is None or self.trainer.world_size == 1:
            return self._loader("training", self.batch_size, shuffle=True)
        firms, processes = self.parts["training"].tolist(), self.trainer.world_size
        # Where they cannot be dealt out evenly, a few firms (fewer than processes) are seen twice in an epoch.
        shares: DistributedSampler[int] = DistributedSampler(
            firms, processes, self.trainer.global_rank, seed=self._seed
        )
        return DataLoader(
            firms, batch_size=self.batch_size // processes, sampler=shares, collate_fn=self.collate
        )

    def val_dataloader(self) -> DataLoader[int]:
        """Load all validation firms in every process, so that their AUC is exact."""
        return self._loader("validation", 8 * self.batch_size)

    def test_dataloader(self) -> DataLoader[int]:
        """Load test firms."""
        return self._loader("test", 8 * self.batch_size)

    def _loader(self, part: str, batch_size: int, shuffle: bool = False) -> DataLoader[int]:
        return DataLoader(
            self.parts[part].tolist(),
            batch_size=batch_size,
            shuffle=shuffle,
            generator=self._generator,
            collate_fn=self.collate,
        )
