"""The nearest target words of a query among all of them, exact: by cosine or by CSLS.

Worked through in chunks of queries, so that memory does not grow with their number. float32; of words
with equal scores any may come first.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ipml.console import progress
from ipml.errors import choice_error

METHODS = ("nearest", "csls")
_CHUNK_SCORES = 2**25  # 128 MiB of float32 scores at a time


def neighbours(
    queries: npt.NDArray[Any],
    targets: npt.NDArray[Any],
    k: int,
    method: str,
    sources: npt.NDArray[Any] | None = None,
    neighbourhood: int = 10,
) -> npt.NDArray[np.int64]:
    """Find the k best target rows of each query, best first.

    CSLS(x, y) = 2 cos(x, y) − r_T(x) − r_S(y), r_T(x) being the mean cosine of x to its nearest targets and
    r_S(y) that of y to its nearest sources (Lample et al. 2018, eq. 3). r_T(x) does not change the order
    of a query's targets and is left out.

    Parameters
    ----------
    queries
        Mapped source vectors, shape (q, e).
    targets
        Shape (m, e).
    k
        At most m are returned.
    method
        ``nearest`` (cosine) or ``csls``.
    sources
        All mapped source words, shape (n, e), for r_S; needed by ``csls``.
    neighbourhood
        Number of nearest sources in r_S.

    Returns
    -------
    array of shape (q, min(k, m))
    """
    if method not in METHODS:
        raise choice_error("model.retrieval.method", method, METHODS)
    Y = _unit_rows(targets)
    penalty = torch.zeros(len(Y))
    if method == "csls":
        if sources is None:
            raise ValueError("sources: needed by csls")
        penalty = mean_similarity(Y, _unit_rows(sources), neighbourhood)
    X = _unit_rows(queries)
    found = np.empty((len(X), min(k, len(Y))), dtype=np.int64)
    rows = max(_CHUNK_SCORES // len(Y), 1)
    with progress("nearest words", len(X)) as step:
        for start in range(0, len(X), rows):
            scores = 2 * X[start : start + rows] @ Y.T - penalty
            found[start : start + rows] = scores.topk(found.shape[1], dim=1).indices.numpy()
            step.advance(len(scores))
    return found


def mean_similarity(X: torch.Tensor, Y: torch.Tensor, neighbourhood: int) -> torch.Tensor:
    """Mean cosine of each unit row of X (n, e) to its nearest unit rows of Y (m, e): shape (n,)."""
    k = min(neighbourhood, len(Y))
    means = torch.empty(len(X))
    rows = max(_CHUNK_SCORES // len(Y), 1)
    with progress("hubness of words", len(X)) as step:
        for start in range(0, len(X), rows):
            scores = X[start : start + rows] @ Y.T
            means[start : start + rows] = scores.topk(k, dim=1).values.mean(dim=1)
            step.advance(len(scores))
    return means


def _unit_rows(vectors: npt.NDArray[Any]) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.from_numpy(np.asarray(vectors, dtype=np.float32)), dim=1)
