"""Moments of the noise in a contrast: what it adds to the squared chord, and how much that varies.

With x the influence of a firm on the stacked differences d of k cells, V is the sum over firms of x xᵀ, scaled by
1 / k, plus what the penalty hides. Sums over pairs of firms leave out a firm with itself, whose square is the
fourth moment and not the square of V: with 68 firms and 300 dimensions it would be most of the sum.
"""

from dataclasses import dataclass

import numpy as np

from ipml.evaluation.estimates.contrast import Cell, Contrast
from ipml.evaluation.estimates.conversion_fit import ConversionFit
from ipml.evaluation.estimates.sample import turn
from ipml.statistics.angles import Array


@dataclass(frozen=True)
class NoiseMoments:
    """Mean squared chord of a contrast and the moments of its noise.

    Attributes
    ----------
    plug_in
        Mean squared chord as measured, ``d'd``.
    trace, trace_of_square
        ``tr V`` and ``tr V²``.
    along
        ``d'Vd`` less ``tr V²``, 0 at the least: the part of the true difference. The noise in d, of which a fit's
        residuals and a mean's deviations do not depend, adds the rest.
    growth
        How much ``along`` grows where the true squared chord is longer than the measured one: ``d'V²d / d'Vd``,
        since noise that shortened d did so mostly where V is large.
    freedom
        Degrees of freedom of V as it is measured (Satterthwaite 1946): few firms tell little of it.
    """

    plug_in: float
    trace: float
    trace_of_square: float
    along: float
    growth: float
    freedom: float = np.inf


def noise_moments(contrast: Contrast) -> NoiseMoments:
    """Moments of the noise of the mean over a contrast's cells."""
    k, d = len(contrast.cells), np.stack([cell.difference for cell in contrast.cells])
    fitted = [fitted_influence(cell, contrast.samples[1 - cell.side].fit) for cell in contrast.cells]
    sides = [_Side(contrast, side, fitted) for side in (0, 1)]
    crossed = _crossed(contrast, sides, fitted)
    between = 2.0 * float(np.vdot(crossed, crossed))
    trace = sum(side.trace for side in sides) / k
    square = (sum(side.trace_of_square for side in sides) + between) / k**2
    along = sum(float(side.along @ side.along) for side in sides) / k**2
    pairs = 2.0 * float(sides[0].along @ crossed @ sides[1].along)
    twice = max(pairs + sum(side.twice_along for side in sides), 0.0) / k**3

    hidden = hidden_covariance(contrast) / k
    level, p = float(np.trace(hidden)) / k, d.shape[1]
    shared = 2.0 * float(np.sum(hidden * sum(side.cell_traces for side in sides))) / k
    shared += p * float(np.square(hidden).sum())
    plug_in = float(np.square(d).sum()) / k
    twice += 2.0 * level * along + level**2 * plug_in
    along += float(np.sum(hidden * (d @ d.T))) / k
    trace += p * float(np.trace(hidden))
    uncertain = sum(side.trace_variance for side in sides) / k**2
    return NoiseMoments(
        plug_in=plug_in,
        trace=trace,
        trace_of_square=square + shared,
        along=max(along - square - shared, 0.0),
        growth=twice / along if along > 0 else 0.0,
        freedom=trace**2 / uncertain if uncertain > 0 else np.inf,
    )


class _Side:
    """Firms of one group that have influence: in cells of their own, and as those that its A is fitted on.

    Attributes
    ----------
    firms
        Their numbers, shape (m,).
    fitted_firms
        Where among them those are that A is fitted on; none if no cell goes through it.
    own, fitted
        Inner products of their influences of either kind, shape (m, m); a firm has them in different cells.
    along
        Inner product of each one's influence with the difference, shape (m,).
    cell_traces
        Sum over firms of the inner products of their influences on two cells, shape (k, k).
    """

    def __init__(self, contrast: Contrast, side: int, influence: list[Array]) -> None:
        self._sample, cells = contrast.samples[side], list(contrast.cells)
        own = [cell for cell in cells if cell.side == side]
        through = [number for number, cell in enumerate(cells) if cell.side != side]
        fitted = np.flatnonzero(self._sample.fitted) if through else np.zeros(0, dtype=np.intp)
        self.firms = np.unique(np.concatenate([fitted, *(cell.firms for cell in own)]))
        self.fitted_firms = np.searchsorted(self.firms, fitted)
        m, k = len(self.firms), len(cells)
        self.own, self.fitted = np.zeros((m, m)), np.zeros((m, m))
        self.along, self.cell_traces = np.zeros(m), np.zeros((k, k))
        for number, cell in enumerate(cells):
            if cell.side == side:
                rows = np.searchsorted(self.firms, cell.firms)
                self.own[np.ix_(rows, rows)] += cell.own @ cell.own.T
                self.along[rows] += cell.own @ cell.difference
                self.cell_traces[number, number] += float(np.square(cell.own).sum())
        if through:
            self._weights = np.stack([cells[number].weights for number in through], axis=1)
            self._weights /= np.array([np.linalg.norm(cells[number].made) for number in through])
            self.fitted[np.ix_(self.fitted_firms, self.fitted_firms)] = self._gram_of_fitted(
                [cells[i] for i in through]
            )
            for number in through:
                self.along[self.fitted_firms] += influence[number] @ cells[number].difference
            flat = np.stack([influence[number].ravel() for number in through])
            self.cell_traces[np.ix_(through, through)] += flat @ flat.T

    def _gram_of_fitted(self, cells: list[Cell]) -> Array:
        fit = self._sample.fit
        turned = self._weights * (fit.residuals @ np.stack([cell.direction for cell in cells]).T)
        return (self._weights @ self._weights.T) * fit.residual_gram - turned @ turned.T

    @property
    def trace(self) -> float:
        """Sum of the squared influences."""
        return float(np.trace(self.own) + np.trace(self.fitted))

    @property
    def trace_variance(self) -> float:
        """Half the variance of `trace` if all influences had one direction: its square over its degrees of freedom."""
        own = float(np.square(np.diag(self.own)).sum())
        if not len(self.fitted_firms):
            return own
        weights = np.square(self._weights).sum(axis=1)
        shared = float(weights @ self._sample.fit.squared_correlation @ weights)
        return own + float(np.trace(self.fitted)) ** 2 * shared / float(weights.sum()) ** 2

    @property
    def trace_of_square(self) -> float:
        """Sum of the squared inner products, less those that are there because one fit made the residuals."""
        mixed = off_diagonal_product(self.own, self.own) + 2.0 * off_diagonal_product(self.own, self.fitted)
        return mixed + (self._independent_square() if len(self.fitted_firms) else 0.0)

    @property
    def twice_along(self) -> float:
        """Sum over pairs of firms of their inner product times the ``along`` of both."""
        gram = self.own + self.fitted
        return float(self.along @ gram @ self.along - np.square(self.along) @ np.diag(gram))

    def _independent_square(self) -> float:
        """What the sum over the squared entries of ``fitted`` would be if residuals were the noise itself.

        For Gaussian noise with covariance S and residuals of correlation r, the squared inner product of two
        residuals is on average ``r² (tr S)² + (1 + r²) tr S²``; their weights are known, so sum of squares and
        square of the trace are two equations for ``(tr S)²`` and ``tr S²`` (as in Himeno & Yamada 2014,
        "Estimations for some functions of covariance matrix in high dimension under non-normality", section 2).
        """
        gram = self.fitted[np.ix_(self.fitted_firms, self.fitted_firms)]
        weights = self._weights @ self._weights.T
        square, correlation = np.square(weights), self._sample.fit.squared_correlation
        own, shared = float(square.sum()), float(np.vdot(square, correlation))
        diagonal = np.diag(weights)
        equations = np.array(
            [[own + shared, shared], [2.0 * diagonal @ correlation @ diagonal, diagonal.sum() ** 2]]
        )
        measured = np.array([np.vdot(gram, gram), np.trace(gram) ** 2])
        return own * max(float(np.linalg.solve(equations, measured)[0]), 0.0)


def fitted_influence(cell: Cell, fit: ConversionFit) -> Array:
    """Influence on a cell of the firms that its A is fitted on, shape (n, p)."""
    return -turn(cell.weights[:, None] * fit.residuals, cell.made)


def off_diagonal_product(first: Array, second: Array) -> float:
    """Sum of the products of the entries of two square matrices, their diagonals left out."""
    return float(np.vdot(first, second) - np.diag(first) @ np.diag(second))


def _crossed(contrast: Contrast, sides: list[_Side], fitted: list[Array]) -> Array:
    """Inner products of the influences of the firms of one group with those of the other."""
    crossed = np.zeros((len(sides[0].firms), len(sides[1].firms)))
    for cell, influence in zip(contrast.cells, fitted, strict=True):
        own, other = sides[cell.side], sides[1 - cell.side]
        products = cell.own @ influence.T
        rows = np.searchsorted(own.firms, cell.firms)
        if cell.side == 0:
            crossed[np.ix_(rows, other.fitted_firms)] += products
        else:
            crossed[np.ix_(other.fitted_firms, rows)] += products.T
    return crossed


def hidden_covariance(contrast: Contrast) -> Array:
    """Covariance of what the penalty hides in any two cells, of one product dimension, shape (k, k)."""
    k = len(contrast.cells)
    hidden = np.zeros((k, k))
    for side in (0, 1):
        through = [number for number, cell in enumerate(contrast.cells) if cell.side != side]
        if through:
            gap = np.stack([contrast.cells[i].gap / np.linalg.norm(contrast.cells[i].made) for i in through])
            hidden[np.ix_(through, through)] = contrast.samples[side].fit.hidden(gap)
    return hidden
