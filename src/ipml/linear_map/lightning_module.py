"""Linear maps as LightningModules: one for every closed form, one for gradient descent.

A new solver is a subclass of `LinearMap` and a file in ``conf/linear_map``. One that needs more than the
pairs finds it on its data module, ``self.trainer.datamodule``.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch.nn import functional

from ipml.errors import InputError, choice_error
from ipml.linear_map import solvers
from ipml.linear_map.solvers import Matrix
from ipml.statistics.ridge_strength import choose_strength, strength_grid

Batch = Sequence[torch.Tensor]  # X, Y and whatever else a data module gives with each pair


class LinearMap(pl.LightningModule):
    """A matrix of shape (e, d) acting on column vectors; logs ``STAGE/loss`` and ``STAGE/cosine``.

    Parameters
    ----------
    source_dimension, target_dimension
        d and e.
    """

    matrix: torch.Tensor
    monitored = "val/loss"  # metric whose lowest value is best, for early stopping

    def __init__(self, source_dimension: int, target_dimension: int) -> None:
        super().__init__()
        self.figures: dict[str, float] = {}  # what the solver found on its way, such as a strength
        self.search_matrix: Matrix | None = None  # (r, e), for both sides where another space is searched
        self._start = torch.eye(target_dimension, source_dimension, dtype=torch.float64)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map rows of shape (n, d) to (n, e)."""
        return X @ self.matrix.T

    def loss(self, predicted: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        """Mean squared error."""
        return functional.mse_loss(predicted, Y)

    def _step(self, batch: Batch, stage: str) -> torch.Tensor:
        X, Y = batch[:2]
        predicted = self(X)
        loss = self.loss(predicted, Y)
        cosine = functional.cosine_similarity(predicted, Y).mean()
        self.log_dict(
            {f"{stage}/loss": loss, f"{stage}/cosine": cosine},
            on_step=False,
            on_epoch=True,
            batch_size=len(X),
        )
        return loss

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        """Log loss and cosine of the validation pairs."""
        self._step(batch, "val")

    def test_step(self, batch: Batch, batch_index: int) -> None:
        """Log loss and cosine of the test pairs."""
        self._step(batch, "test")


class ClosedFormMap(LinearMap):
    """A map that one function of all training pairs gives.

    Parameters
    ----------
    solver
        Takes X (n, d) and Y (n, e), returns the matrix (e, d).
    """

    def __init__(
        self, source_dimension: int, target_dimension: int, solver: Callable[[Matrix, Matrix], Matrix]
    ) -> None:
        super().__init__(source_dimension, target_dimension)
        self.automatic_optimization = False
        self.solver = solver
        self.register_buffer("matrix", self._start)

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Return the matrix for all training pairs."""
        return self.solver(X, Y)

    def training_step(self, batch: Batch, batch_index: int) -> None:
        """Set the matrix from the one batch of all training pairs."""
        X, Y = (tensor.cpu().numpy() for tensor in batch[:2])
        self.matrix.copy_(torch.from_numpy(self.solve(X, Y)))
        self._step(batch, "train")

    def configure_optimizers(self) -> None:
        """No optimiser: the solver does it."""


class RidgeMap(ClosedFormMap):
    """Ridge regression; the strength has the smallest exact leave-one-out error of a grid.

    Parameters
    ----------
    lowest, highest, count
        Grid of strengths, as multiples of the mean squared singular value of X.
    """

    def __init__(
        self, source_dimension: int, target_dimension: int, lowest: float, highest: float, count: int
    ) -> None:
        super().__init__(source_dimension, target_dimension, solvers.least_squares)
        self.grid = (lowest, highest, count)

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Choose the strength, then solve with all pairs."""
        return solvers.ridge(X, Y, self.choose_strength(X, Y))

    def choose_strength(self, X: Matrix, Y: Matrix) -> float:
        """Return the strength with the smallest leave-one-out error; it stands in ``figures``."""
        strengths = strength_grid(X, *self.grid)
        best = choose_strength(X, Y, strengths)
        self.figures = {
            "strength": best.value,
            "relative_strength": float(best.value / strengths[0] * self.grid[0]),
            "leave_one_out_error": best.error,
        }
        return best.value


class GradientMap(LinearMap):
    """A map trained by gradient descent from the identity, as published, or from a matrix that was trained before.

    Motohashi & Zhu 2023 give neither loss nor regularisation, so both are options. The matrix of the epoch
    with the lowest validation loss (or what else is monitored) is kept.

    Parameters
    ----------
    objective
        ``mse`` or ``cosine`` (1 − cosine).
    optimizer
        Takes the parameters and returns the optimiser.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        objective: str,
        optimizer: Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer],
    ) -> None:
        super().__init__(source_dimension, target_dimension)
        if objective not in ("mse", "cosine"):
            raise choice_error("model.map.module.objective", objective, ["mse", "cosine"])
        self.objective = objective
        self.optimizer = optimizer
        self.matrix = torch.nn.Parameter(self._start)
        self._best: tuple[float, torch.Tensor] = (float("inf"), self._start)

    def start_from(self, matrix: Matrix) -> None:
        """Start from a matrix of shape (e, d) instead of the identity."""
        self.matrix.data.copy_(torch.from_numpy(matrix))

    def loss(self, predicted: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        """Mean squared error, or one minus the mean cosine."""
        if self.objective == "cosine":
            return 1 - functional.cosine_similarity(predicted, Y).mean()
        return super().loss(predicted, Y)

    def training_step(self, batch: Batch, batch_index: int) -> torch.Tensor:
        """Loss of a batch of training pairs."""
        return self._step(batch, "train")

    def on_validation_epoch_end(self) -> None:
        """Remember the matrix with the lowest validation loss."""
        loss = float(self.trainer.callback_metrics[self.monitored])
        if self.trainer.state.fn == "fit" and loss < self._best[0]:
            self._best = (loss, self.matrix.detach().clone())
            self.figures = {"best_epoch": float(self.current_epoch + 1)}

    def on_train_end(self) -> None:
        """Go back to the best matrix, where validation pairs told which it is."""
        if self._best[0] < float("inf"):
            self.matrix.data.copy_(self._best[1])
        if self.objective == "cosine":
            self.matrix.data.mul_(self._best_length())

    def _best_length(self) -> float:
        """Factor with the least squared error of the training pairs: cosines leave the length open."""
        X, Y = self.trainer.datamodule.train  # type: ignore[attr-defined]
        predicted = np.asarray(X, dtype=np.float64) @ self.matrix.detach().cpu().numpy().T
        return float(np.sum(predicted * Y) / np.sum(predicted**2))

    def configure_optimizers(self) -> Any:
        """Return the optimiser of the configuration."""
        try:
            return self.optimizer(self.parameters())
        except (TypeError, ValueError) as error:
            raise InputError(f"model.map.module.optimizer: {error}") from error
