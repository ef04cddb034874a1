"""Differences between what groups sell and what others would make of their technology, firm by firm.

The delta method: every firm has an influence on the difference of the two directions. A firm whose P and T enter the
means of a cell moves them; a firm that A was fitted on moves A T̄ by its weight in the regression times its residual.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ipml.evaluation.estimates.plug_in import cell_means
from ipml.evaluation.estimates.sample import Rows, Sample
from ipml.statistics.angles import Array, directions


@dataclass(frozen=True)
class Cell:
    """Firms of one of two groups (all, or an industry's) whose technology goes through the other's A.

    Attributes
    ----------
    side
        0 or 1: whose firms they are.
    members
        Their numbers, shape (l,).
    difference
        Direction of the products they sell less that of those the other would make, shape (p,).
    firms, own
        Numbers of the firms of that group which have influence on it, shape (m,), and their influence, (m, p).
    made
        Products the other would make, shape (p,).
    weights
        Of the other group's fitted firms in ``made``, shape (n,).
    gap
        Part of the technology that those firms do not span, shape (t,).
    """

    side: int
    members: Rows
    difference: Array
    firms: Rows
    own: Array
    made: Array
    weights: Array
    gap: Array

    def scaled(self, factor: float) -> "Cell":
        """The same cell, counting ``factor²`` times as much."""
        return replace(
            self,
            difference=factor * self.difference,
            own=factor * self.own,
            weights=factor * self.weights,
            gap=factor * self.gap,
        )

    @cached_property
    def direction(self) -> Array:
        """Direction of ``made``, shape (p,)."""
        return directions(self.made)


@dataclass(frozen=True)
class Contrast:
    """Cells of either direction or of both, and the two groups they are about."""

    cells: Sequence[Cell]
    samples: tuple[Sample, Sample]

    def take(self, numbers: Sequence[int]) -> "Contrast":
        """Contrast of some of the cells."""
        return replace(self, cells=[self.cells[number] for number in numbers])


def contrast(samples: tuple[Sample, Sample], side: int, cells: Sequence[Rows]) -> Contrast:
    """Difference between what a group sells and what the other makes of its technology.

    Parameters
    ----------
    samples
        The two groups.
    side
        Which of them is group 1, whose P and T are averaged in each cell; the A is that of the other one.
    cells
        Row numbers of the firms of group 1 in each of k cells.
    """
    own, fit = samples[side], samples[1 - side].fit
    converted = fit.convert(cell_means(own.technology_vectors, cells))
    sold = cell_means(own.product_vectors, cells)
    made_cells = []
    for k, rows in enumerate(cells):
        firms, influence = own.influence(rows, fit, converted.made[k])
        made_cells.append(
            Cell(
                side=side,
                members=rows,
                difference=directions(sold[k]) - directions(converted.made[k]),
                firms=firms,
                own=influence,
                made=converted.made[k],
                weights=converted.weights[:, k],
                gap=converted.gap[k],
            )
        )
    return Contrast(made_cells, samples)


def both_directions(forward: Contrast, backward: Contrast) -> Contrast:
    """Put the cells of the two directions side by side."""
    return replace(forward, cells=[*forward.cells, *backward.cells])
