"""The registered alignment: an affine map from a language's word vectors into the reference space.

Centring helps to find the map but must not stay in the result: the firm vectors of every country need one
origin and the common mean that words share. So the space that all languages meet in is that of the reference
language's vectors *before* the first centring, and a source vector x goes to

    target_mean + scale · A (x − source_mean),

x after the steps before that (unit length by default), the means being those of the first centring. Steps after it,
further centrings too, only serve the fit and the search. ``scale`` is the ratio of the mean lengths of centred
target words and mapped centred source words: without it a ridge map, which shrinks, would pull every word towards
the target mean.

Some methods search in another space than they map to: a search matrix B then acts on both sides, and the queries
B A x meet the targets B y.

Means of words go through a calibration after that (`calibration`); it has no part in the search.

Steps: Xing et al. 2015 (unit length), Artetxe et al. 2016 (centring), Artetxe et al. 2018 (unit, centre, unit), Zhang
et al. 2019 (both in turn, several times, until the rows have length 1 and mean 0 at once).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from ipml.alignment.calibration import Calibration
from ipml.alignment.settings import Step
from ipml.errors import InputError, choice_error
from ipml.guards.shapes import Shapes
from ipml.statistics.angles import unit_vectors
from ipml.tracking.model_files import load_model, save_model

KIND = "alignment"

STEPS = get_args(Step)

Matrix = npt.NDArray[np.float64]


def check_steps(steps: Sequence[str]) -> None:
    """Refuse an unknown step; each may stand more than once."""
    for step in steps:
        if step not in STEPS:
            raise choice_error("model.steps", step, STEPS)


def before_centring(vectors: npt.NDArray[Any], steps: Sequence[str]) -> Matrix:
    """Apply the steps that stand before the first ``centre``; all of them where nothing is centred."""
    vectors, steps = Shapes().check("vectors", vectors, "n d", empty=True), list(steps)
    first = steps[: steps.index("centre")] if "centre" in steps else steps
    return unit_vectors(vectors) if "unit" in first else np.asarray(vectors, dtype=np.float64)


def step_means(vectors: npt.NDArray[Any], steps: Sequence[str]) -> Matrix:
    """Mean over all rows (n, d) that each ``centre`` takes off, in order: shape (number of centrings, d)."""
    means: list[Matrix] = []
    rows = np.asarray(Shapes().check("vectors", vectors, "n d"), dtype=np.float64)
    for step in steps:
        if step == "unit":
            rows = unit_vectors(rows)
        else:
            means.append(rows.mean(axis=0))
            rows = rows - means[-1]
    return np.array(means).reshape(-1, rows.shape[1])


def prepare(vectors: npt.NDArray[Any], steps: Sequence[str], means: Matrix) -> Matrix:
    """Apply all steps to rows (n, d), with the means of the language's vocabulary, from `step_means`."""
    shapes = Shapes(c=list(steps).count("centre"))
    rows = np.asarray(shapes.check("vectors", vectors, "n d", empty=True), dtype=np.float64)
    each = iter(shapes.check("means", means, "c d", empty=True))
    for step in steps:
        rows = unit_vectors(rows) if step == "unit" else rows - next(each)
    return rows


@dataclass(frozen=True)
class Alignment:
    """Map from the d dimensions of a source language to the e dimensions of the reference language.

    Attributes
    ----------
    matrix
        A, shape (e, d), acting on column vectors.
    source_means, target_means
        What each centring takes off, from `step_means`: shapes (c, d) and (c, e).
    scale
        Above 0.
    steps
        Names of the preprocessing steps, in order.
    settings
        Pair, solver, fingerprints: plain values.
    search_matrix
        B, shape (r, e), applied to both sides for the search; None: the reference space itself is searched.
    calibration
        What takes the contraction out of means of aligned words; None where the dictionary was too small to tell.
    """

    matrix: Matrix
    source_means: Matrix
    target_means: Matrix
    scale: float
    steps: tuple[str, ...]
    settings: Mapping[str, Any]
    search_matrix: Matrix | None = None
    calibration: Calibration | None = None

    @property
    def target_mean(self) -> Matrix:
        """Mean of the target words, shape (e,), about which the map turns; zero where nothing is centred."""
        return _first(self.target_means)

    def apply(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Map source word vectors (n, d) to the reference space (n, e)."""
        self._check(vectors)
        centred = before_centring(vectors, self.steps) - _first(self.source_means)
        return (self.target_mean + self.scale * (centred @ self.matrix.T)).astype(np.float32)

    def reference_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """`apply`: a linear map needs the vectors alone."""
        return self.apply(vectors)

    def calibrated_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """`apply`, then the calibration: for means of words, and not to be brought to length 1.

        Raises
        ------
        InputError
            If the model has none.
        """
        if self.calibration is None:
            raise InputError(
                f"alignment {self.settings.get('pair', '')}: not calibrated, its dictionary was too small or it was "
                "trained before there was one; train it again, or use calibrated=false"
            )
        return self.calibration.apply(self.apply(vectors))

    @property
    def word_error(self) -> Matrix | None:
        """Covariance matrix of the error of a calibrated word, shape (e, e); None where it is not known."""
        return None if self.calibration is None else self.calibration.error

    def queries(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Map source word vectors (n, d) to where `targets` puts those of the reference language: for search."""
        self._check(vectors)
        return searched(prepare(vectors, self.steps, self.source_means) @ self.matrix.T, self.search_matrix)

    def targets(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Word vectors of the reference language (m, e) in the space that is searched."""
        return searched(prepare(vectors, self.steps, self.target_means), self.search_matrix)

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        tensors = {
            "matrix": self.matrix,
            "source_means": self.source_means,
            "target_means": self.target_means,
            "scale": np.array([self.scale]),
        }
        if self.search_matrix is not None:
            tensors["search_matrix"] = self.search_matrix
        if self.calibration is not None:
            tensors |= self.calibration.tensors()
        save_model(folder, KIND, tensors, {**self.settings, "steps": list(self.steps)})

    @classmethod
    def load(cls, folder: Path) -> "Alignment":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, KIND)
        for name in ("source_mean", "target_mean"):  # of models from before centring could be repeated
            if name in tensors:
                tensors[f"{name}s"] = tensors[name][None]
        try:
            return cls(
                tensors["matrix"],
                tensors["source_means"],
                tensors["target_means"],
                float(tensors["scale"][0]),
                tuple(settings["steps"]),
                settings,
                tensors.get("search_matrix"),
                Calibration.of(tensors),
            )
        except KeyError as error:
            raise InputError(f"{folder}: an alignment without {error}; train it again") from error

    def _check(self, vectors: npt.NDArray[Any]) -> None:
        name = f"vectors for the alignment {self.settings.get('pair', '')}".rstrip()
        Shapes(d=self.matrix.shape[1]).check(name, vectors, "n d", empty=True)


def searched(rows: Matrix, search_matrix: Matrix | None) -> Matrix:
    """Rows of the reference space (n, e) in the space that is searched: (n, r), or as they are without a matrix."""
    return rows if search_matrix is None else rows @ search_matrix.T


def length_ratio(
    matrix: npt.NDArray[Any],
    source: npt.NDArray[Any],
    target: npt.NDArray[Any],
) -> float:
    """Mean length of the target rows (m, e) over that of the mapped source rows (n, d); 1 if those are 0."""
    mapped = float(np.linalg.norm(source @ matrix.T, axis=1).mean())
    return float(np.linalg.norm(target, axis=1).mean()) / mapped if mapped > 0 else 1.0


def _first(means: Matrix) -> Matrix:
    return means[0] if len(means) else np.zeros(means.shape[1])
