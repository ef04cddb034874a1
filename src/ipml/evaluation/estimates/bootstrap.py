"""Exact refits of every group's conversion to firms drawn with replacement, and the angles that follow.

An angle needs A times a few mean technologies, never A: a refit is one Cholesky factor of ``Tᵀ diag(w) T + strength I``
and a solve for those targets, w being how often each firm was drawn. All comparisons of a group share its factor. In
single precision the angles differ from those in double precision by less than .02 degrees.

What it is for: the spread of the plug-in angle, as a check of the delta method in `noise`. It is no way to
intervals of the angle: refitting adds the noise once more, so they never hold an angle of 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg.blas import ssyrk
from scipy.linalg.lapack import spotrf, spotrs

from ipml.evaluation.estimates.sample import Rows, Sample
from ipml.statistics.angles import Array, angle_degrees

Single = npt.NDArray[np.float32]
_CHUNK = 25  # resamples whose means are made at once


@dataclass(frozen=True)
class Comparison:
    """Two groups by name, and the rows of the firms of each of k cells in either."""

    first: str
    second: str
    cells: tuple[Sequence[Rows], Sequence[Rows]]


class Resampled:
    """Firms of a group, drawn with replacement again and again; cells are means of P and T of the firms drawn."""

    def __init__(self, sample: Sample, seed: Sequence[int]) -> None:
        self._P = sample.product_vectors.astype(np.float32)
        self._T = sample.technology_vectors.astype(np.float32)
        self._fitted, self._strength = np.flatnonzero(sample.fitted), sample.strength
        self._fitted_P, self._fitted_T = self._P[self._fitted], self._T[self._fitted]
        self._rng = np.random.default_rng(list(seed))

    def draw(self, resamples: int) -> npt.NDArray[np.int64]:
        """How often each firm is drawn, shape (resamples, n)."""
        n = len(self._P)
        return self._rng.multinomial(n, np.full(n, 1.0 / n), size=resamples)

    def cell_means(self, counts: npt.NDArray[np.int64], rows: Rows) -> tuple[Single, Single]:
        """Mean P and T of a cell in each resample, shapes (b, d); NaN where none of its firms was drawn."""
        drawn = counts[:, rows].astype(np.float32)
        with np.errstate(invalid="ignore"):
            share = drawn / drawn.sum(axis=1, keepdims=True)
        return share @ self._P[rows], share @ self._T[rows]

    def made(self, counts: npt.NDArray[np.int64], targets: Single) -> Single:
        """Products that the A fitted to one resample makes of technologies: counts (n,), targets (m, t)."""
        drawn = np.flatnonzero(counts[self._fitted])
        root = np.sqrt(counts[self._fitted[drawn]]).astype(np.float32)[:, None]
        T, P = self._fitted_T[drawn] * root, self._fitted_P[drawn] * root
        if len(drawn) < T.shape[1]:
            gram = T @ T.T
            gram.flat[:: len(gram) + 1] += self._strength
            return spotrs(_factor(gram), T @ targets.T, lower=1)[0].T @ P
        gram = ssyrk(1.0, T.T, lower=1)
        gram.flat[:: len(gram) + 1] += self._strength
        return (T @ spotrs(_factor(gram), targets.T, lower=1)[0]).T @ P


def bootstrap_angles(
    samples: Mapping[str, Sample], comparisons: Sequence[Comparison], resamples: int, seed: int
) -> Iterator[list[Array]]:
    """Yield, resample by resample, the plug-in angles of each comparison: forwards and backwards, shape (2, k).

    A cell of which no firm was drawn has NaN.

    Parameters
    ----------
    samples
        Groups by name. All firms of a group are drawn, and its A is fitted to those among them that may be fitted.
    comparisons
        Every direction of them uses the same draw of a group.
    resamples
        Number of resamples.
    seed
        Of the draws.
    """
    groups = {name: Resampled(samples[name], [seed, number]) for number, name in enumerate(sorted(samples))}
    directions = [_Direction(one, side) for one in comparisons for side in (0, 1)]
    ends = np.cumsum([len(one.cells) for one in directions])[:-1]
    for start in range(0, resamples, _CHUNK):
        counts = {name: group.draw(min(_CHUNK, resamples - start)) for name, group in groups.items()}
        means: dict[tuple[str, bytes], tuple[Single, Single]] = {}
        for one in directions:
            for key, rows in zip(one.keys, one.cells, strict=True):
                if key not in means:  # a group's cells come again with each partner
                    means[key] = groups[one.own].cell_means(counts[one.own], rows)
        sold, technologies = (
            [np.stack([means[key][part] for key in one.keys], axis=1) for one in directions]
            for part in (0, 1)
        )
        for number in range(min(_CHUNK, resamples - start)):
            made: list[Single] = [sold[0]] * len(directions)
            for name, group in groups.items():
                asked = [i for i, one in enumerate(directions) if one.other == name]
                if asked:
                    targets = [technologies[i][number] for i in asked]
                    products = group.made(counts[name][number], np.concatenate(targets))
                    split = np.split(products, np.cumsum([len(part) for part in targets])[:-1])
                    for i, part in zip(asked, split, strict=True):
                        made[i] = part
            every = _angles(np.concatenate([part[number] for part in sold]), np.concatenate(made))
            angles = np.split(every, ends)
            yield [np.stack(angles[i : i + 2]) for i in range(0, len(angles), 2)]


class _Direction:
    """Group ``own`` through the A of group ``other``."""

    def __init__(self, comparison: Comparison, side: int) -> None:
        names = comparison.first, comparison.second
        self.own, self.other = names[side], names[1 - side]
        self.cells = comparison.cells[side]
        self.keys = [(self.own, rows.tobytes()) for rows in self.cells]


def _angles(sold: Single, made: Single) -> Array:
    """Angle of each cell, shape (k,); NaN where none of its firms was drawn."""
    drawn = np.isfinite(sold[:, 0])
    angles = np.full(len(sold), np.nan)
    angles[drawn] = angle_degrees(sold[drawn], made[drawn])
    return angles


def _factor(gram: Single) -> Single:
    """Lower Cholesky factor, in place; `ValueError` if rounding makes the matrix singular."""
    factor, info = spotrf(gram, lower=1, overwrite_a=1)
    if info:
        raise ValueError("the penalty is too small for single precision")
    return np.asarray(factor)
