"""Views: the words of both languages as one embedding sees them, and the space in which a view's languages meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch

from ipml.alignment.affine import prepare, step_means
from ipml.alignment.fusion.dictionary import Dictionary
from ipml.alignment.methods.canonical import canonical_map
from ipml.alignment.retrieval import mean_similarity
from ipml.alignment.settings import ViewMethod
from ipml.errors import InputError
from ipml.linear_map.solvers import orthogonal, ridge
from ipml.statistics.angles import unit_vectors
from ipml.text.embeddings import WordVectors

Table = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """Prepared vectors of all source words (n, d) and all target words (m, e); rows of words without one are zero.

    An embedding of one language alone has no columns for the other.
    """

    name: str
    source: Table
    target: Table

    @property
    def has_both(self) -> bool:
        """Whether words of both languages have vectors."""
        return all(mask.any() for mask in self.known)

    @cached_property
    def known(self) -> tuple[Mask, Mask]:
        """Which source words (n,) and target words (m,) have a vector."""
        return np.any(self.source != 0, axis=1), np.any(self.target != 0, axis=1)


def open_view(
    name: str,
    vectors: tuple[WordVectors | None, WordVectors | None],
    words: tuple[Sequence[str], Sequence[str]],
    steps: Sequence[str],
) -> View:
    """Look the words of both languages up in an embedding and prepare those that are found.

    Parameters
    ----------
    vectors, words
        Of the source language and of the target language; vectors may be None for one of them.
    steps
        Names of the preprocessing steps.
    """
    return View(name, *(_prepared(*side, steps) for side in zip(vectors, words, strict=True)))


def side_by_side(views: Sequence[View]) -> View:
    """Concatenate the vectors of several views: words that one of them lacks are placed by the others."""
    name = "+".join(view.name for view in views)
    return View(name, np.hstack([v.source for v in views]), np.hstack([v.target for v in views]))


@dataclass(frozen=True)
class JointSpace:
    """A view's languages in one space.

    Attributes
    ----------
    source, target
        Rows of length 1, or 0 where a word has no vector: shapes (n, r) and (m, r), float32.
    hubness
        Mean cosine of each target word to its nearest source words, shape (m,): what CSLS takes off. Of a word
        without a vector the mean over all others: with 0 it would come before most words that have one.
    """

    name: str
    source: torch.Tensor
    target: torch.Tensor
    hubness: torch.Tensor

    @cached_property
    def known(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Which source words (n,) and target words (m,) have a vector: 1 or 0, float32."""
        return self.source.any(dim=1).float(), self.target.any(dim=1).float()

    def scores(self, rows: npt.NDArray[np.int64]) -> torch.Tensor:
        """CSLS of some source words (q,) and all target words, without the part that all targets share: (q, m)."""
        return 2 * self.source[rows] @ self.target.T - self.hubness


def joint_space(
    view: View,
    dictionary: Dictionary,
    method: ViewMethod,
    regularisation: Mapping[str, float],
    neighbourhood: int,
) -> JointSpace:
    """Fit one method to the dictionary's pairs and bring all words of a view into the space it makes.

    Parameters
    ----------
    method
        ``identity`` (one space already), ``ridge``, ``orthogonal`` (Procrustes) or ``cca``.
    regularisation
        Of ``ridge`` and ``cca``, as a share of the mean eigenvalue of the covariance.
    neighbourhood
        Source words that a target's hubness is taken over.

    Raises
    ------
    InputError
        If no pair has vectors in both languages.
    """
    A, B = np.eye(view.target.shape[1], view.source.shape[1]), np.eye(view.target.shape[1])
    if method != "identity":
        rows, weights = dictionary.pairs()
        known_source, known_target = view.known
        kept = known_source[rows[:, 0]] & known_target[rows[:, 1]]
        if not kept.any():
            raise InputError(
                f"model.further.{view.name}: no pair of lexicon.train has vectors in both languages"
            )
        root = np.sqrt(weights[kept])[:, None]
        X = root * view.source[rows[kept, 0]].astype(np.float64)
        Y = root * view.target[rows[kept, 1]].astype(np.float64)
        if method == "orthogonal":
            A = orthogonal(X, Y)
        elif method == "ridge":
            A = ridge(X, Y, regularisation["ridge"] * float(np.sum(X**2)) / X.shape[1])
        else:
            A, B = canonical_map(X, Y, regularisation["cca"], power=1)
    source = _unit_tensor(view.source @ A.T @ B.T)
    target = _unit_tensor(view.target @ B.T)
    hubness = torch.zeros(len(target))
    known = [torch.from_numpy(mask) for mask in view.known]
    hubness[known[1]] = mean_similarity(target[known[1]], source[known[0]], neighbourhood)
    hubness[~known[1]] = hubness[known[1]].mean()
    return JointSpace(f"{view.name} {method}", source, target, hubness)


def _prepared(vectors: WordVectors | None, words: Sequence[str], steps: Sequence[str]) -> Table:
    if vectors is None:
        return np.zeros((len(words), 0), dtype=np.float32)
    known, found = vectors.select(words)
    table = np.zeros((len(words), vectors.dimension), dtype=np.float32)
    if len(found):
        table[known] = prepare(found, steps, step_means(found, steps))
    return table


def _unit_tensor(rows: npt.NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(unit_vectors(rows).astype(np.float32))
