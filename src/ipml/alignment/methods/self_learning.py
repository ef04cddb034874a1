"""Iterative self-learning: a map finds a dictionary, the dictionary a better map, until nothing improves.

Artetxe, Labaka & Agirre 2018, "A robust self-learning method for fully unsupervised cross-lingual mappings of word
embeddings", sections 3.3 and 3.4, begun from a dictionary; the last map is that of Artetxe et al. 2018,
"Generalizing and improving bilingual word embedding mappings with a multi-step framework".
"""

import numpy as np
import torch
from scipy import linalg

from ipml.alignment.data import AlignmentData
from ipml.alignment.methods.canonical import canonical
from ipml.alignment.methods.induction import Induced, induce, union
from ipml.linear_map import solvers
from ipml.linear_map.lightning_module import Batch, ClosedFormMap
from ipml.linear_map.solvers import Matrix


def reweighted_map(X: Matrix, Y: Matrix, regularisation: float, power: float) -> tuple[Matrix, Matrix]:
    """Whiten both sides of pairs X (n, d) and Y (n, e), turn them to each other, re-weight and de-whiten.

    Parameters
    ----------
    regularisation
        Ridge on both covariances, as a share of the mean of their eigenvalues.
    power
        Directions count by their correlation to this power, on both sides.

    Returns
    -------
    A of shape (e, d), the linear image in the reference space, and B of shape (r, e) for the search, r = min(d, e)
    """
    found = canonical(X, Y, regularisation)
    source = _reweighted(found.source_whitening, found.source_directions, found.correlations**power)
    B = _reweighted(found.target_whitening, found.target_directions, found.correlations**power)
    return linalg.lstsq(B, source)[0], B


def _reweighted(whitening: Matrix, directions: Matrix, weights: Matrix) -> Matrix:
    """Matrix (r, d) of one side: whitening, turn, weights, and the whitening of the turned directions undone."""
    undone = directions.T @ linalg.pinvh(whitening) @ directions
    return (whitening @ (directions * weights) @ undone).T


class SelfLearningMap(ClosedFormMap):
    """Self-learning from the training pairs; an epoch is one round of map and dictionary.

    Parameters
    ----------
    neighbourhood
        Of CSLS.
    vocabulary
        Most frequent words of each language that the dictionary is found among.
    keep
        Probability with which a pair of words is looked at in the first rounds; doubled, up to 1, whenever
        ``interval`` rounds have not raised the mean similarity by ``threshold``. At 1 that ends the training.
    interval, threshold
        Rounds, and cosine.
    regularisation, power
        Of the last map, see `reweighted_map`.
    keep_training_pairs
        Whether every round has the training pairs too, not the first alone.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        neighbourhood: int,
        vocabulary: int,
        keep: float,
        interval: int,
        threshold: float,
        regularisation: float,
        power: float,
        keep_training_pairs: bool,
    ) -> None:
        super().__init__(source_dimension, target_dimension, solvers.orthogonal)
        self.neighbourhood, self.vocabulary = neighbourhood, vocabulary
        self.keep, self.interval, self.threshold = keep, interval, threshold
        self.regularisation, self.power = regularisation, power
        self.keep_training_pairs = keep_training_pairs
        self._best, self._last_improvement = -1.0, 0
        self._dictionary: tuple[Matrix, Matrix] | None = None

    @property
    def data(self) -> AlignmentData:
        """The pairs and vocabularies."""
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def on_train_start(self) -> None:
        """Begin the draws anew."""
        self._generator = np.random.default_rng(self.data.seed)

    def training_step(self, batch: Batch, batch_index: int) -> None:
        """Turn the source to the target side of the dictionary, then find the next dictionary."""
        X, Y = self._dictionary or self.data.train
        self.matrix.copy_(torch.from_numpy(self.solver(X, Y)))
        sources, targets = self.data.X[: self.vocabulary], self.data.Y[: self.vocabulary]
        mapped = sources @ self.matrix.cpu().numpy().T
        induced = induce(mapped, targets, self.neighbourhood, self.keep, self._generator)
        pairs = union(induced, self.data.is_held_out())
        X, Y = sources[pairs[:, 0]], targets[pairs[:, 1]]
        if self.keep_training_pairs:
            X, Y = np.concatenate([self.data.train[0], X]), np.concatenate([self.data.train[1], Y])
        self._dictionary = X, Y
        self.figures = {
            "n_rounds": self.current_epoch + 1.0,
            "n_induced_pairs": float(len(pairs)),
            "mean_similarity": induced.similarity,
        }
        self._step(batch, "train")
        self._look_for_improvement(induced)

    def _look_for_improvement(self, induced: Induced) -> None:
        if induced.similarity - self._best >= self.threshold:
            self._best, self._last_improvement = induced.similarity, self.current_epoch
        elif self.current_epoch - self._last_improvement >= self.interval:
            self.trainer.should_stop = self.keep >= 1
            self.keep = min(1.0, 2 * self.keep)
            self._last_improvement = self.current_epoch

    def on_train_end(self) -> None:
        """Fit the last map, with re-weighting, to the last dictionary."""
        if self._dictionary is not None:
            A, self.search_matrix = reweighted_map(*self._dictionary, self.regularisation, self.power)
            self.matrix.copy_(torch.from_numpy(A))
