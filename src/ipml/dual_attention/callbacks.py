"""What watches the epochs of a network in training."""

from collections.abc import Callable, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback


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
