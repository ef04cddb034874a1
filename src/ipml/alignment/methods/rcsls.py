"""RCSLS: gradient descent on a relaxed CSLS, so that the map is trained for the way it is searched.

Joulin, Bojanowski, Mikolov, Jégou & Grave 2018, "Loss in translation: learning bilingual word mapping with a retrieval
criterion", eq. 6. The loss of a pair (x, y) is

    − 2 ⟨A x, y⟩ + mean of ⟨A x, y'⟩ over the targets y' nearest to A x
                 + mean of ⟨A x', y⟩ over the sources x' whose images are nearest to y.

Nearest words are looked up once an epoch; in between the loss is linear in A. A longer A would lower it for ever and
change no search, so A keeps the Frobenius norm it starts with.
"""

from collections.abc import Callable, Iterable

import torch

from ipml.alignment.data import AlignmentData
from ipml.alignment.methods.cross_validation import reciprocal_rank
from ipml.linear_map.lightning_module import Batch, GradientMap
from ipml.linear_map.solvers import Matrix


class RelaxedCslsMap(GradientMap):
    """RCSLS from a closed form; keeps the matrix that translates the validation words best.

    Parameters
    ----------
    start
        Closed form that gives the first matrix: takes X (n, d) and Y (n, e).
    neighbourhood
        Number of nearest words in the loss.
    vocabulary
        Most frequent words of each language that they are looked for among.
    optimizer
        Takes the parameters and returns the optimiser. Its step is halved whenever the loss rises.
    """

    monitored = "val/missed"

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        start: Callable[[Matrix, Matrix], Matrix],
        neighbourhood: int,
        vocabulary: int,
        optimizer: Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer],
    ) -> None:
        super().__init__(source_dimension, target_dimension, "mse", optimizer)
        self.start, self.neighbourhood, self.vocabulary = start, neighbourhood, vocabulary
        self._lowest = float("inf")

    @property
    def data(self) -> AlignmentData:
        """The pairs and vocabularies."""
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def on_fit_start(self) -> None:
        """Set the first matrix and the vectors that do not change."""
        data = self.data
        A = torch.from_numpy(self.start(*data.train))
        self.matrix.data.copy_(A)
        self._norm = A.norm()
        known = ~data.is_held_out()[: self.vocabulary]
        X, Y = data.X[data.train_rows[:, 0]], data.Y[data.train_rows[:, 1]]
        tables = X, Y, data.X[: self.vocabulary][known], data.Y[: self.vocabulary]
        self._X, self._Y, self._sources, self._targets = map(torch.from_numpy, tables)
        self._weights = torch.from_numpy(data.weights / data.weights.mean())

    def on_train_epoch_start(self) -> None:
        """Look up the nearest words under the present matrix, and halve the step if the loss has risen."""
        A = self.matrix.detach()
        self._near_targets = mean_nearest(self._X @ A.T, self._targets, self._targets, self.neighbourhood)
        self._near_sources = mean_nearest(self._Y, self._sources @ A.T, self._sources, self.neighbourhood)
        loss = float(self.relaxed_csls(torch.arange(len(self._X))).detach())
        if loss > self._lowest:
            for group in self.trainer.optimizers[0].param_groups:
                group["lr"] /= 2
        self._lowest = min(loss, self._lowest)

    def relaxed_csls(self, pairs: torch.Tensor) -> torch.Tensor:
        """Weighted mean loss of some training pairs, by number."""
        X, Y, near_X, near_Y = (
            rows[pairs] for rows in (self._X, self._Y, self._near_sources, self._near_targets)
        )
        to_targets = ((X @ self.matrix.T) * (near_Y - 2 * Y)).sum(dim=1)
        to_sources = ((near_X @ self.matrix.T) * Y).sum(dim=1)
        return (self._weights[pairs] * (to_targets + to_sources)).mean()

    def training_step(self, batch: Batch, batch_index: int) -> torch.Tensor:
        """Relaxed CSLS of a batch of training pairs."""
        loss = self.relaxed_csls(batch[2])
        self.log("train/relaxed_csls", loss, on_step=False, on_epoch=True, batch_size=len(batch[2]))
        return loss

    def on_train_batch_end(self, outputs: object, batch: Batch, batch_index: int) -> None:
        """Bring the matrix back to its norm."""
        self.matrix.data.mul_(self._norm / self.matrix.data.norm())

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        """Log how far the validation words are from being translated, beside loss and cosine."""
        super().validation_step(batch, batch_index)
        A = self.matrix.detach().numpy()
        rank = reciprocal_rank(self.data, self.data.validation_rows, A, vocabulary=self.vocabulary)
        self.log("val/missed", 1 - rank, batch_size=len(batch[0]))


def mean_nearest(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, neighbourhood: int, chunk: int = 1024
) -> torch.Tensor:
    """Mean of the values (m, d) that belong to the keys (m, e) with the highest cosine to each query (n, e): (n, d)."""
    unit = torch.nn.functional.normalize(keys.float(), dim=1)
    means = torch.empty((len(queries), values.shape[1]), dtype=values.dtype)
    for start in range(0, len(queries), chunk):
        scores = queries[start : start + chunk].float() @ unit.T  # a query's own length changes no order
        nearest = scores.topk(min(neighbourhood, len(keys)), dim=1).indices
        means[start : start + chunk] = values[nearest].mean(dim=1)
    return means
