"""How exactly a firm's vector is measured: random halves of its keywords or patents.

A mean of a few keywords or patents would be another mean with others of the firm. With means m₁ and m₂ of the two
halves of a firm's items, which have the shares s and 1 − s of the weight, the vector is s m₁ + (1 − s) m₂, and
√(s (1 − s)) (m₁ − m₂) has the size of its error: for items with independent errors its expected outer product is
the covariance of the vector's own error. The factor is what Spearman (1910) and Brown (1910) do for a test of twice
the length; kept as a vector, the error can be sent through a matrix A.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse


def error_weights(weights: sparse.csr_matrix, seed: int) -> sparse.csr_matrix:
    """Weights of the items that give each firm's error in place of its vector.

    Parameters
    ----------
    weights
        Weights of the items in each of n firms' vectors, rows summing to 1, shape (n, items).
    seed
        Of the halves; of an odd number of items one half has one more.

    Returns
    -------
    matrix of the same shape; the row of a firm with fewer than two items is zero
    """
    weights = weights.tocsr()
    firm = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    first = _first_halves(firm, seed)
    share = np.bincount(firm[first], weights=weights.data[first], minlength=weights.shape[0])[firm]
    other = np.bincount(firm[~first], weights=weights.data[~first], minlength=weights.shape[0])[firm]
    both = (share > 0) & (other > 0)
    ratio = np.divide(other, share, out=np.zeros(len(firm)), where=both)
    inverse = np.divide(share, other, out=np.zeros(len(firm)), where=both)
    values = weights.data * np.where(first, np.sqrt(ratio), -np.sqrt(inverse))
    return sparse.csr_matrix((values, weights.indices, weights.indptr), shape=weights.shape)


def _first_halves(firm: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.bool_]:
    """Whether each of m items, of the firms numbered in order, is in its firm's first half: shape (m,)."""
    order = np.lexsort((np.random.default_rng(seed).random(len(firm)), firm))
    place = np.arange(len(firm)) - np.searchsorted(firm, firm)
    first = np.empty(len(firm), dtype=bool)
    first[order] = place % 2 == 0
    return first
