"""Partial pooling: each group's A is shrunk towards a parent that the other groups give.

A of country c and type k is common + country_c + type_k + own, every part with independent entries of mean 0 and
variances 1, v_c, v_k and v_o times a common one: a ridge penalty. The parent of a group is its common, country and type
part as the *other* groups give them, and its own part a ridge regression of what the parent leaves of P. A parent with
the group in it would have seen the firms that are left out to choose the strength of the own part, which would then
shrink too far; for the same reason the strengths behind a parent are chosen without the group, too.

Everything is closed form in TᵀT and TᵀP of the groups. The own part of another group is integrated out, which turns
its S = TᵀT and C = TᵀP into (I + v_o/λ S)⁻¹ S and (I + v_o/λ S)⁻¹ C, so that a group with many firms does not become
the parent alone. Sources: Lindley & Smith 1972, "Bayes estimates for the linear model"; Evgeniou & Pontil 2004,
"Regularized multi-task learning" (common and own parts as one ridge regression).
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import linalg

from ipml.linear_map import solvers
from ipml.linear_map.solvers import Matrix
from ipml.statistics.ridge_strength import choose_strength

Group = tuple[str, str]  # country and firm type


@dataclass(frozen=True)
class Moments:
    """What a parent needs to know of a group of n firms: S = TᵀT (t, t), C = TᵀP (t, p) and ‖P‖²."""

    S: Matrix
    C: Matrix
    squares: float
    n: int

    @classmethod
    def of(cls, T: npt.NDArray[Any], P: npt.NDArray[Any]) -> "Moments":
        """Moments of firms with T (n, t) and P (n, p)."""
        T, P = np.asarray(T, dtype=np.float64), np.asarray(P, dtype=np.float64)
        return cls(T.T @ T, T.T @ P, float(np.sum(P**2)), len(T))

    def mean_squared_error(self, A: Matrix) -> float:
        """Mean over firms of ‖P − A T‖²."""
        return (self.squares - 2 * np.sum(A.T * self.C) + np.sum((A @ self.S) * A)) / self.n


class Shrinkage(NamedTuple):
    """Penalty λ on the common part, above 0, and the variances of the other parts as multiples of its own."""

    strength: float
    country: float
    firm_type: float
    own: float


class Pooled(NamedTuple):
    """A of a group and of its parent, both (p, t), the parent's shrinkage and the strength of the own part."""

    matrix: Matrix
    parent: Matrix
    shrinkage: Shrinkage
    own_strength: float


def parent_matrix(group: Group, others: Mapping[Group, Moments], shrinkage: Shrinkage) -> Matrix:
    """A that other groups expect of a group: shape (p, t).

    Parameters
    ----------
    group
        Country and type; the part of one that no other group has is 0.
    others
        Moments of the other groups.
    """
    if group in others:
        raise ValueError(f"{group} is among the groups that its parent is estimated from")
    parts = _parts([group, *others], shrinkage)
    parts = parts[:, (parts[1:] != 0).any(axis=0)]  # what no other group has is 0
    t, p = next(iter(others.values())).C.shape
    n_parts = parts.shape[1]
    left, right = np.zeros((n_parts, t, n_parts, t)), np.zeros((n_parts, t, p))
    for weights, moments in zip(parts[1:], others.values(), strict=True):
        inner = np.eye(t) + (shrinkage.own / shrinkage.strength) * moments.S
        S, C = np.split(linalg.solve(inner, np.hstack([moments.S, moments.C]), assume_a="pos"), [t], axis=1)
        for i in np.flatnonzero(weights):
            right[i] += weights[i] * C
            for j in np.flatnonzero(weights):
                left[i, :, j] += weights[i] * weights[j] * S
    matrix = left.reshape(n_parts * t, n_parts * t)
    matrix[np.diag_indices_from(matrix)] += shrinkage.strength
    solution = linalg.solve(matrix, right.reshape(n_parts * t, p), assume_a="pos", overwrite_a=True)
    return np.tensordot(parts[0], solution.reshape(n_parts, t, p), axes=1).T


def held_out_error(
    groups: Mapping[Group, Moments], held_out: Group, without: Group, shrinkage: Shrinkage
) -> float:
    """Error of the parent of a group whose own firms, and those of a further group, are left out."""
    others = {name: moments for name, moments in groups.items() if name not in (held_out, without)}
    return groups[held_out].mean_squared_error(parent_matrix(held_out, others, shrinkage))


def choose_shrinkage(
    group: Group, groups: Mapping[Group, Moments], strengths: Sequence[float], shares: Sequence[float]
) -> Shrinkage:
    """Choose the shrinkage whose parents predict the other groups best, each from the rest, without ``group``.

    From the middle of the grid strength, country, type and own variance take their best value in turn, twice.

    Parameters
    ----------
    groups
        Moments of at least three groups; every group that is predicted counts the same.
    strengths, shares
        Values to choose from, of the penalty and of each of the variances.
    """
    if len(groups) < 3:
        raise ValueError(f"{len(groups)} groups: a parent needs at least three")

    @functools.cache
    def error(shrinkage: Shrinkage) -> float:
        return sum(held_out_error(groups, other, group, shrinkage) for other in groups if other != group)

    grid = (strengths, shares, shares, shares)
    best = Shrinkage(*(values[len(values) // 2] for values in grid))
    for _ in range(2):
        for part, values in zip(Shrinkage._fields, grid, strict=True):
            best = min((best._replace(**{part: value}) for value in values), key=error)
    return best


def pool(
    T: npt.NDArray[Any], P: npt.NDArray[Any], parent: Matrix, shrinkage: Shrinkage, strengths: Matrix
) -> Pooled:
    """A of a group: its parent plus a ridge regression of what the parent leaves of its firms' P.

    Parameters
    ----------
    T, P
        Firms of the group, shapes (n, t) and (n, p).
    parent
        Estimated without them, shape (p, t).
    strengths
        Penalties to choose the own part's from, by exact leave-one-out errors.
    """
    rest = np.asarray(P, dtype=np.float64) - np.asarray(T, dtype=np.float64) @ parent.T
    best = choose_strength(T, rest, strengths).value
    return Pooled(parent + solvers.ridge(T, rest, best), parent, shrinkage, best)


def _parts(groups: Sequence[Group], shrinkage: Shrinkage) -> Matrix:
    """Weight of each part (common, countries, types) in each group: shape (groups, parts)."""
    columns = [np.ones(len(groups))]
    for place, variance in enumerate((shrinkage.country, shrinkage.firm_type)):
        for value in dict.fromkeys(group[place] for group in groups):
            columns.append(np.sqrt(variance) * np.array([group[place] == value for group in groups]))
    return np.stack(columns, axis=1)
