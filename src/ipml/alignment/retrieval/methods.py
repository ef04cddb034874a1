"""Methods of retrieval: nearest neighbour, CSLS and inverted softmax, all exact over all words.

Each ranks the targets y of a query x by cos(x, y) − penalty(y), since what depends on x alone changes no order:

* ``nearest``: no penalty;
* ``csls``: r_S(y) / 2, r_S(y) being the mean cosine of y to its nearest sources (Lample et al. 2018, eq. 3);
* ``inverted_softmax``: τ log Σ exp(cos(x', y) / τ) over all sources x' (Smith et al. 2017; they take a sample of the
  sources), τ the temperature.

Words with large penalties, the hubs, are near to everything.
"""

from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import torch

from ipml.alignment.retrieval.exact import best_targets, chunks
from ipml.alignment.settings import RetrievalMethod
from ipml.errors import InputError, choice_error
from ipml.guards.shapes import Shapes

METHODS = get_args(RetrievalMethod)
Rows = npt.NDArray[np.int64]


def neighbours(
    queries: npt.NDArray[Any],
    targets: npt.NDArray[Any],
    k: int,
    method: str,
    sources: npt.NDArray[Any] | None = None,
    neighbourhood: int = 10,
    temperature: float = 0.03,
    device: str = "cpu",
) -> Rows:
    """Find the k best target rows of each query, best first: shape (q, min(k, m)).

    Parameters
    ----------
    queries
        Mapped source vectors, shape (q, e).
    targets
        Shape (m, e).
    k
        At most m are returned.
    method
        One of `METHODS`.
    sources
        All mapped source words, shape (n, e); not needed by ``nearest``.
    neighbourhood
        Number of nearest words in the means of ``csls``.
    temperature
        Of ``inverted_softmax``, in cosines.
    device
        Where PyTorch computes.

    Raises
    ------
    InputError
        If the method is unknown.
    """
    shapes = Shapes()
    # Millions of words: their numbers were looked at when the vectors were opened.
    queries = shapes.check("queries", queries, "q e", finite=False, empty=True)
    targets = shapes.check("targets", targets, "m e", finite=False)
    if sources is not None:
        sources = shapes.check("sources", sources, "n e", finite=False)
    X, Y = unit_rows(queries, device), unit_rows(targets, device)
    penalty = _penalty(Y, method, sources, neighbourhood, temperature)
    return best_targets(X, Y, k, penalty, "nearest words").rows.cpu().numpy()


def mean_similarity(X: torch.Tensor, Y: torch.Tensor, neighbourhood: int) -> torch.Tensor:
    """Mean cosine of each unit row of X (n, e) to its nearest unit rows of Y (m, e): shape (n,)."""
    return best_targets(X, Y, neighbourhood, None, "hubness of words").scores.mean(dim=1)


def check_device(key: str, device: str) -> None:
    """Refuse a device that PyTorch has not here: `InputError` with the key of the configuration."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"{key}={device}: not a device of this machine") from error


def _penalty(
    Y: torch.Tensor,
    method: str,
    sources: npt.NDArray[Any] | None,
    neighbourhood: int,
    temperature: float,
) -> torch.Tensor | None:
    if method not in METHODS:
        raise choice_error("model.retrieval.method", method, METHODS)
    if method == "nearest":
        return None
    if sources is None:
        raise ValueError(f"sources: needed by {method}")
    S = unit_rows(sources, str(Y.device))
    if method == "csls":
        return mean_similarity(Y, S, neighbourhood) / 2
    return temperature * log_sums(Y, S, temperature)


def log_sums(X: torch.Tensor, Y: torch.Tensor, temperature: float) -> torch.Tensor:
    """Compute log Σ exp(x · y / τ) over the rows y of Y for each row x of X: shape (n,)."""
    sums = X.new_empty(len(X))
    for part in chunks(len(X), len(Y), "normaliser of words"):
        sums[part] = torch.logsumexp(X[part] @ Y.T / temperature, dim=1)
    return sums


def unit_rows(vectors: npt.NDArray[Any], device: str = "cpu") -> torch.Tensor:
    """Rows (n, e) at length 1 (rows of zeros stay), float32, on a device."""
    rows = torch.from_numpy(np.asarray(vectors, dtype=np.float32)).to(device)
    return torch.nn.functional.normalize(rows, dim=1)
