"""What a conversion must beat: models that know less, and plain ones that know as much.

Written for P from T; of the other direction P and T are exchanged.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.guards.shapes import Shapes
from ipml.linear_map import solvers
from ipml.statistics.ridge_strength import choose_strength

_Array = npt.NDArray[Any]


def mean_vector(P: _Array, T_test: _Array) -> npt.NDArray[np.float64]:
    """Predict the mean product vector of the training firms P (n, d) for each of the m test firms: (m, d)."""
    shapes = Shapes()
    P, T_test = shapes.check("P", P, "n d"), shapes.check("T_test", T_test, "m t")
    return np.tile(np.asarray(P, dtype=np.float64).mean(axis=0), (len(T_test), 1))


def identity(T_test: _Array) -> npt.NDArray[np.float64]:
    """Predict that a firm's product vector is its technology vector: (m, d)."""
    return np.asarray(Shapes().check("T_test", T_test, "m d"), dtype=np.float64)


def shuffled(P: _Array, seed: int) -> _Array:
    """Give every firm the products of another one: P (n, d) in another order, no row in its place."""
    P = Shapes().check("P", P, "n d", empty=True)  # a part may have no firms
    order = np.random.default_rng(seed).permutation(len(P))
    of_another = np.empty(len(P), dtype=np.int64)
    of_another[order] = np.roll(order, 1)  # one cycle through all firms
    return P[of_another]


def ridge(T: _Array, P: _Array, T_test: _Array) -> npt.NDArray[np.float64]:
    """Predict by ridge regression, its strength chosen by exact leave-one-out errors: (m, d)."""
    T, P, T_test = _checked(T, P, T_test)
    best = choose_strength(T, P).value
    return np.asarray(T_test, dtype=np.float64) @ solvers.ridge(T, P, best).T


def orthogonal(T: _Array, P: _Array, T_test: _Array) -> npt.NDArray[np.float64]:
    """Predict by the orthogonal Procrustes map of the training firms: (m, d)."""
    T, P, T_test = _checked(T, P, T_test)
    return np.asarray(T_test, dtype=np.float64) @ solvers.orthogonal(T, P).T


def _checked(T: _Array, P: _Array, T_test: _Array) -> tuple[_Array, _Array, _Array]:
    shapes = Shapes()
    return shapes.check("T", T, "n t"), shapes.check("P", P, "n d"), shapes.check("T_test", T_test, "m t")
