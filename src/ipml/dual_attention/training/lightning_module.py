"""Training of the dual attention network: a thin layer over `DualAttentionNetwork`, and what watches its epochs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from ipml.dual_attention.data.batches import SiteBatch
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.statistics.classification import classification_metrics

OptimizerFactory = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


class DualAttentionModule(pl.LightningModule):
    """Binary cross-entropy of patents yes or no; AUC and macro F1 at the end of each evaluation epoch.

    Parameters
    ----------
    network
        The network to train.
    optimizer
        Makes the optimiser of the parameters.
    positive_weight
        Weight of the loss of a firm with patents against that of one without.
    """

    positive_weight: Tensor

    def __init__(
        self, network: DualAttentionNetwork, optimizer: OptimizerFactory, positive_weight: float = 1.0
    ) -> None:
        super().__init__()
        self.register_buffer("positive_weight", torch.tensor(positive_weight))
        self.network = network
        self.optimizer_factory = optimizer
        self._evaluated: list[tuple[Tensor, Tensor]] = []

    def forward(self, batch: SiteBatch) -> Tensor:
        """Compute the logit of each firm of the batch."""
        return self.network(batch).logits

    def _step(self, batch: SiteBatch, stage: str) -> Tensor:
        logits = self(batch)
        loss = binary_cross_entropy_with_logits(logits, batch.labels, pos_weight=self.positive_weight)
        self.log(f"{stage}/loss", loss, batch_size=len(logits), on_step=False, on_epoch=True, sync_dist=True)
        if stage != "train":
            self._evaluated.append((logits.detach(), batch.labels))
        return loss

    def _epoch_end(self, stage: str) -> None:
        logits, labels = (torch.cat(parts).cpu().numpy() for parts in zip(*self._evaluated, strict=True))
        self._evaluated.clear()
        if 0 < labels.sum() < len(labels):
            metrics = classification_metrics(labels.astype(bool), 1 / (1 + np.exp(-logits.astype(float))))
            figures = {f"{stage}/{name}": float(metrics[name]) for name in ("auc", "f1")}
            self.log_dict(figures, sync_dist=True)

    def training_step(self, batch: SiteBatch, batch_index: int) -> Tensor:
        """Compute the loss of a training batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: SiteBatch, batch_index: int) -> Tensor:
        """Compute the loss of a validation batch."""
        return self._step(batch, "val")

    def test_step(self, batch: SiteBatch, batch_index: int) -> Tensor:
        """Compute the loss of a test batch."""
        return self._step(batch, "test")

    def on_validation_epoch_end(self) -> None:
        """Log AUC and macro F1."""
        self._epoch_end("val")

    def on_test_epoch_end(self) -> None:
        """Log AUC and macro F1."""
        self._epoch_end("test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Make the optimiser."""
        return self.optimizer_factory(self.parameters())


class BestWeights(Callback):
    """Keeps the weights of the epoch with the lowest validation loss and puts them back at the end."""

    def __init__(self) -> None:
        self.loss = float("inf")
        self.epoch = -1
        self._state: dict[str, torch.Tensor] = {}

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep the weights if they are the best so far."""
        loss = float(trainer.callback_metrics["val/loss"])
        if loss < self.loss:
            self.loss, self.epoch = loss, trainer.current_epoch
            self._state = {name: value.detach().clone() for name, value in pl_module.state_dict().items()}

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the best weights back."""
        if self._state:
            pl_module.load_state_dict(self._state)


class EpochProgress(Callback):
    """Tells the figures of each epoch of the training to who shows its progress."""

    def __init__(self, advance: Callable[[Mapping[str, Any]], None]) -> None:
        self._advance = advance

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Move on by an epoch."""
        if trainer.state.fn == "fit":
            self._advance(trainer.callback_metrics)
