"""Directions of vectors, their cosines, chords and angles in degrees.

All take numbers that are finite, unless they say otherwise, and refuse shapes they do not name: `InputError`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError
from ipml.guards.shapes import Shapes

Array = npt.NDArray[np.float64]


def unit_vectors(vectors: npt.ArrayLike) -> Array:
    """Scale vectors of shape (..., d) to length 1; a vector of zeros stays."""
    vectors, lengths = _with_lengths(Shapes().check("vectors", vectors, "... d", empty=True))
    return vectors / np.where(lengths > 0, lengths, 1)


def directions(vectors: npt.ArrayLike) -> Array:
    """Scale vectors of shape (..., d) to length 1; `InputError` for a vector of zeros, which has no direction."""
    return _directions(Shapes().check("vectors", vectors, "... d", empty=True))


def cosines(X: npt.ArrayLike, Y: npt.ArrayLike) -> Array:
    """Cosine of each row of X with the same row of Y: both (n, d), result (n,); 0 where a row is 0."""
    shapes = Shapes()
    X, Y = (
        shapes.check(*of, "n d", empty=True).astype(np.float64, copy=False) for of in (("X", X), ("Y", Y))
    )
    lengths = np.linalg.norm(X, axis=1) * np.linalg.norm(Y, axis=1)
    products = np.einsum("nd,nd->n", X, Y)
    return np.divide(products, lengths, out=np.zeros(len(X)), where=lengths > 0)


def angle_degrees(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle between vectors in degrees, 0 to 180; accurate near 0 and 180, where arccos is not.

    Parameters
    ----------
    a, b
        Vectors, both of shape (..., d); neither may be zero.

    Returns
    -------
    array of shape (...)

    Raises
    ------
    InputError
        If a vector is zero.

    References
    ----------
    W. Kahan, "How futile are mindless assessments of roundoff", 2006, section 12.

    Examples
    --------
    >>> float(angle_degrees([1.0, 0.0], [1.0, 1.0]).round(6))
    45.0
    """
    shapes = Shapes()
    u, v = (_directions(shapes.check(*of, "... d", empty=True)) for of in (("a", a), ("b", b)))
    return np.degrees(2.0 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1)))


def known_angles(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Array:
    """Angle between the rows of two arrays (n, d) in degrees: shape (n,); NaN where a row is zero or has a NaN."""
    shapes = Shapes()
    a, b = (shapes.check(*of, "n d", finite=False, empty=True) for of in (("a", a), ("b", b)))
    lengths = np.stack([np.linalg.norm(rows, axis=1) for rows in (a, b)])
    known = (np.isfinite(lengths) & (lengths > 0)).all(axis=0)
    found = np.full(len(a), np.nan)
    found[known] = angle_degrees(a[known], b[known])
    return found


def squared_chord(degrees: npt.ArrayLike) -> Array:
    """Squared distance ``c = 2 - 2 cos`` of two unit vectors at an angle in degrees; 0 to 4, NaN of NaN."""
    degrees = Shapes().check("degrees", degrees, "...", finite=False, empty=True)
    return 4.0 * np.sin(np.radians(np.asarray(degrees, dtype=np.float64)) / 2.0) ** 2


def degrees_of_squared_chord(chord: npt.ArrayLike) -> Array:
    """Angle in degrees of a squared chord, NaN of NaN; values outside [0, 4] (estimates can be) are cut to it."""
    chord = Shapes().check("chord", chord, "...", finite=False, empty=True)
    half = np.sqrt(np.clip(np.asarray(chord, dtype=np.float64), 0.0, 4.0)) / 2.0
    return np.degrees(2.0 * np.arcsin(half))


def _directions(vectors: npt.NDArray[Any]) -> Array:
    vectors, lengths = _with_lengths(vectors)
    if not np.all(lengths > 0):
        raise InputError(f"a zero vector has no direction (shape {vectors.shape})")
    return vectors / lengths


def _with_lengths(vectors: npt.NDArray[Any]) -> tuple[Array, Array]:
    rows = np.asarray(vectors, dtype=np.float64)
    return rows, np.linalg.norm(rows, axis=-1, keepdims=True)
