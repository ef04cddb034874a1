"""The plug-in angle between what a group sells and what it would sell.

IP_Diff (Motohashi & Zhu, RIETI DP 24-E-075): the angle between the mean product vector of group 1 and the
mean technology vector of group 1 sent through the conversion matrix of group 2.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError
from ipml.guards.shapes import Shapes
from ipml.statistics.angles import Array, angle_degrees


def cell_means(vectors: Array, cells: Sequence[npt.NDArray[np.intp]]) -> Array:
    """Mean vector of each cell of firms.

    Parameters
    ----------
    vectors
        Shape (n, d).
    cells
        For each of k cells the row numbers of its firms.

    Returns
    -------
    array of shape (k, d)
    """
    vectors = Shapes().check("vectors", vectors, "n d")
    return np.stack([vectors[rows].mean(axis=0) for rows in _checked_cells(cells, len(vectors))])


def industry_cells(industries: Sequence[str | None], min_firms: int) -> dict[str, npt.NDArray[np.intp]]:
    """Row numbers of the firms of each industry with at least ``min_firms`` firms, by sorted name.

    Firms without an industry belong to no cell.
    """
    names = np.array([name if isinstance(name, str) else "" for name in industries], dtype=object)
    cells = {name: np.flatnonzero(names == name) for name in sorted(set(names) - {""})}
    return {name: rows for name, rows in cells.items() if len(rows) >= min_firms}


def plug_in_angles(
    product_vectors: Array,
    technology_vectors: Array,
    conversion_matrix: Array,
    cells: Sequence[npt.NDArray[np.intp]],
) -> Array:
    """Angle per cell between the mean P of group 1 and the A of group 2 times the mean T of group 1.

    It is biased upwards, the more so the fewer firms A was fitted on: see `inference.debiased_angle`.

    Parameters
    ----------
    product_vectors, technology_vectors
        P and T of the firms of group 1, shapes (n, p) and (n, t).
    conversion_matrix
        A of group 2, shape (p, t).
    cells
        Row numbers of the firms of each of k cells: the whole group, or its industries.

    Returns
    -------
    array of shape (k,), degrees
    """
    shapes = Shapes()
    product_vectors = shapes.check("product_vectors", product_vectors, "n p")
    technology_vectors = shapes.check("technology_vectors", technology_vectors, "n t")
    conversion_matrix = shapes.check("conversion_matrix", conversion_matrix, "p t")
    predicted = cell_means(technology_vectors, cells) @ conversion_matrix.T
    return angle_degrees(cell_means(product_vectors, cells), predicted)


def technology_mix_angle(first_technologies: Array, second_technologies: Array) -> float:
    """Angle in degrees between the mean T of two groups: how far their technology differs.

    Parameters
    ----------
    first_technologies, second_technologies
        T of the firms of each group, shapes (n1, t) and (n2, t).
    """
    shapes = Shapes()
    first_technologies = shapes.check("first_technologies", first_technologies, "n1 t")
    second_technologies = shapes.check("second_technologies", second_technologies, "n2 t")
    return float(angle_degrees(first_technologies.mean(axis=0), second_technologies.mean(axis=0)))


def conversion_angle(
    first_matrix: Array, second_matrix: Array, first_technologies: Array, second_technologies: Array
) -> float:
    """Angle in degrees between what two groups would make of one and the same technology.

    The technology is the mean of the two groups' mean T, so that neither group's size decides it.

    Parameters
    ----------
    first_matrix, second_matrix
        A of each group, shape (p, t).
    first_technologies, second_technologies
        T of the firms of each group, shapes (n1, t) and (n2, t).
    """
    shapes = Shapes()
    first_matrix = shapes.check("first_matrix", first_matrix, "p t")
    second_matrix = shapes.check("second_matrix", second_matrix, "p t")
    first_technologies = shapes.check("first_technologies", first_technologies, "n1 t")
    second_technologies = shapes.check("second_technologies", second_technologies, "n2 t")
    common = (first_technologies.mean(axis=0) + second_technologies.mean(axis=0)) / 2.0
    return float(angle_degrees(first_matrix @ common, second_matrix @ common))


def _checked_cells(cells: Sequence[npt.NDArray[np.intp]], n: int) -> Sequence[npt.NDArray[np.intp]]:
    """Cells of which each has a firm, and none one that is not there: a mask would count as rows 0 and 1."""
    if not len(cells):
        raise InputError("cells: none; needed: row numbers of at least one cell of firms")
    for number, rows in enumerate(cells):
        checked = Shapes().check(f"cells[{number}]", rows, "m", "whole numbers")
        if checked.min() < 0 or checked.max() >= n:
            raise InputError(
                f"cells[{number}]: rows {checked.min()} to {checked.max()}; allowed: 0 to {n - 1}"
            )
    return cells
