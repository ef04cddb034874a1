"""A network that ranks candidates by what the witnesses say of them: listwise, one list a word."""

from collections.abc import Callable, Iterable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

OptimizerFactory = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
Lists = tuple[torch.Tensor, torch.Tensor]


class CandidateRanker(nn.Module):
    """Score of a candidate: a perceptron with one hidden layer over its standardised features.

    Parameters
    ----------
    n_features
        f.
    hidden
        Units of the hidden layer.
    dropout
        Share of the hidden units left out in training.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, n_features: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("deviation", torch.ones(n_features))
        self.layers = nn.Sequential(
            nn.Linear(n_features, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )

    def standardise_by(self, features: torch.Tensor) -> None:
        """Take mean and deviation of each feature from lists (q, C, f); one that does not vary is not scaled."""
        rows = features.flatten(0, 1)
        self.mean.copy_(rows.mean(dim=0))
        deviation = rows.std(dim=0, correction=0)
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation)))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Scores (q, C) of candidates (q, C, f)."""
        scores: torch.Tensor = self.layers((features - self.mean) / self.deviation).squeeze(2)
        return scores


def listwise_loss(scores: torch.Tensor, correct: torch.Tensor) -> torch.Tensor:
    """Minus the log of the probability, softmax over a list, that a correct candidate is drawn; mean over lists.

    ListNet's top-one probability (Cao et al. 2007, "Learning to rank: from pairwise approach to listwise
    approach", section 5) with all correct candidates together.

    Parameters
    ----------
    scores, correct
        Shape (q, C); each list has at least one correct candidate.
    """
    hits = scores.masked_fill(~correct, float("-inf"))
    return (scores.logsumexp(dim=1) - hits.logsumexp(dim=1)).mean()


class RankerModule(pl.LightningModule):
    """Training of a `CandidateRanker`; logs ``STAGE/loss`` and ``STAGE/accuracy_at_1``.

    Parameters
    ----------
    ranker
        The network to train.
    optimizer
        Makes the optimiser of the parameters; its learning rate is the highest of one cycle (Smith & Topin 2019).
    """

    def __init__(self, ranker: CandidateRanker, optimizer: OptimizerFactory) -> None:
        super().__init__()
        self.ranker = ranker
        self.optimizer_factory = optimizer

    def _step(self, batch: Lists, stage: str) -> torch.Tensor:
        features, correct = batch
        scores = self.ranker(features)
        loss = listwise_loss(scores, correct)
        first = correct.gather(1, scores.argmax(dim=1, keepdim=True)).float().mean()
        values = {f"{stage}/loss": loss, f"{stage}/accuracy_at_1": first}
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=len(scores))
        return loss

    def training_step(self, batch: Lists, batch_index: int) -> torch.Tensor:
        """Loss of a batch of words."""
        return self._step(batch, "train")

    def configure_optimizers(self) -> Any:
        """Optimiser of the configuration, its rate going up and down once."""
        optimizer = self.optimizer_factory(self.parameters())
        steps = int(self.trainer.estimated_stepping_batches)
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, optimizer.param_groups[0]["lr"], total_steps=steps
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}


class ListsData(pl.LightningDataModule):
    """Lists of candidates with at least one correct one; the others teach nothing and are left out.

    Parameters
    ----------
    features, correct
        Shapes (q, C, f) and (q, C).
    batch_size
        Words a step.
    seed
        Of their order.
    """

    def __init__(self, features: torch.Tensor, correct: torch.Tensor, batch_size: int, seed: int) -> None:
        super().__init__()
        useful = correct.any(dim=1)
        self.features, self.correct = features[useful], correct[useful]
        self.batch_size, self.seed = batch_size, seed

    def train_dataloader(self) -> DataLoader[Any]:
        """Lists in a new order each epoch."""
        generator = torch.Generator().manual_seed(self.seed)
        return DataLoader(
            TensorDataset(self.features, self.correct),
            batch_size=self.batch_size,
            shuffle=True,
            generator=generator,
        )
