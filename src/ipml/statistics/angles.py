"""Directions of vectors, their cosines, chords and angles in degrees."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def unit_vectors(vectors: npt.ArrayLike) -> Array:
    """Scale vectors of shape (..., d) to length 1; a vector of zeros stays."""
    vectors, lengths = _with_lengths(vectors)
    return vectors / np.where(lengths > 0, lengths, 1)


def directions(vectors: npt.ArrayLike) -> Array:
    """Scale vectors of shape (..., d) to length 1; `ValueError` for a vector of zeros, which has no direction."""
    vectors, lengths = _with_lengths(vectors)
    if not np.all(lengths > 0):
        raise ValueError(f"a zero vector has no direction (shape {vectors.shape})")
    return vectors / lengths


def cosines(X: npt.NDArray[Any], Y: npt.NDArray[Any]) -> Array:
    """Cosine of each row of X with the same row of Y: both (n, d), result (n,); 0 where a row is 0."""
    X, Y = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    lengths = np.linalg.norm(X, axis=1) * np.linalg.norm(Y, axis=1)
    products = np.einsum("nd,nd->n", X, Y)
    return np.divide(products, lengths, out=np.zeros(len(X)), where=lengths > 0)


def angle_degrees(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle between vectors in degrees, 0 to 180; accurate near 0 and 180, where arccos is not.

    Parameters
    ----------
    a, b
        Vectors of shape (..., d); neither may be zero.

    Returns
    -------
    array of shape (...)

    Raises
    ------
    ValueError
        If a vector is zero.

    References
    ----------
    W. Kahan, "How futile are mindless assessments of roundoff", 2006, section 12.

    Examples
    --------
    >>> float(angle_degrees([1.0, 0.0], [1.0, 1.0]).round(6))
    45.0
    """
    u, v = directions(a), directions(b)
    return np.degrees(2.0 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1)))


def known_angles(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Array:
    """Angle between the rows of two arrays (n, d) in degrees: shape (n,); NaN where a row is zero or has a NaN."""
    lengths = np.stack([np.linalg.norm(rows, axis=1) for rows in (a, b)])
    known = (np.isfinite(lengths) & (lengths > 0)).all(axis=0)
    found = np.full(len(a), np.nan)
    found[known] = angle_degrees(a[known], b[known])
    return found


def squared_chord(degrees: npt.ArrayLike) -> Array:
    """Squared distance ``c = 2 - 2 cos`` of two unit vectors at an angle in degrees; 0 to 4."""
    return 4.0 * np.sin(np.radians(np.asarray(degrees, dtype=np.float64)) / 2.0) ** 2


def degrees_of_squared_chord(chord: npt.ArrayLike) -> Array:
    """Angle in degrees of a squared chord; values outside [0, 4] (estimates can be) are cut to it."""
    half = np.sqrt(np.clip(np.asarray(chord, dtype=np.float64), 0.0, 4.0)) / 2.0
    return np.degrees(2.0 * np.arcsin(half))


def _with_lengths(vectors: npt.ArrayLike) -> tuple[Array, Array]:
    rows = np.asarray(vectors, dtype=np.float64)
    return rows, np.linalg.norm(rows, axis=-1, keepdims=True)
