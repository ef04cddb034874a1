"""The k best targets of every query, exact: bounds for all pairs, then a second look in float32 at the highest.

Worked through in chunks of queries, so that memory does not grow with their number. Of targets whose scores
are equal in float32 any may come first.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch

from ipml.alignment.retrieval.codes import Bounds, byte_product, has_byte_products, upper_bounds
from ipml.console import progress

_CHUNK_SCORES = 2**25  # 128 MiB of scores at a time
_LOOKED_AT = 2**19  # numbers of candidates at a time: they stay in the cache
_GROUP = 16  # columns
_TARGETS_PER_LOOK = 64  # with fewer, bounds cost more than they save


class Best(NamedTuple):
    """Scores and target rows of the k best targets of n queries, best first: two arrays of shape (n, k)."""

    scores: torch.Tensor
    rows: torch.Tensor


def best_targets(
    X: torch.Tensor, Y: torch.Tensor, k: int, penalty: torch.Tensor | None, description: str
) -> Best:
    """Find the k targets y with the largest x · y − penalty(y) for each query x.

    Where products of bytes are to be had, they give upper bounds on all scores, and the 4k + 24 targets of a
    query with the highest bounds are computed in float32. If the k-th best score among these is below the bounds of
    the others, which is rare, all scores of that query are.

    Parameters
    ----------
    X, Y
        Rows of length 1 (or 0), shapes (n, e) and (m, e), float32, on one device.
    k
        At most m are returned.
    penalty
        Shape (m,); None: 0.
    description
        For the progress line.
    """
    k, n_looks = min(k, len(Y)), 4 * k + 24
    penalty = Y.new_zeros(len(Y)) if penalty is None else penalty
    bounds = None
    if len(X) and _TARGETS_PER_LOOK * n_looks <= len(Y) and has_byte_products(Y.device, Y.shape[1]):
        bounds = upper_bounds(X, Y, penalty)
        products = torch.empty(min(_chunk_size(len(Y)), len(X)), len(Y), dtype=torch.int32)
    found = Best(X.new_empty(len(X), k), torch.empty(len(X), k, dtype=torch.int64, device=X.device))
    for part in chunks(len(X), len(Y), description):
        if bounds is None:
            best = _all_looked_at(X[part], Y, k, penalty)
        else:
            best = _some_looked_at(X[part], Y, k, penalty, bounds.of(part), n_looks, products)
        found.scores[part], found.rows[part] = best
    return found


def chunks(n_queries: int, n_targets: int, description: str, n_scores: int | None = None) -> Iterator[slice]:
    """Parts of the queries with at most ``n_scores`` scores (at least one query), with a progress line."""
    size = _chunk_size(n_targets) if n_scores is None else max(n_scores // n_targets, 1)
    with progress(description, n_queries) as step:
        for start in range(0, n_queries, size):
            yield slice(start, start + size)
            step.advance(min(size, n_queries - start))


def highest_entries(table: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Find the k highest entries of each row of a table (n, m) and their columns, highest first: shapes (n, k).

    A group of columns with one of the k highest entries is among the k groups with the highest maxima, so that only
    these are searched; in a short table, all entries.
    """
    n_groups = table.shape[1] // _GROUP
    if k > n_groups:
        return table.topk(k, dim=1)
    # The columns of a group stand n_groups apart: maxima of whole rows of numbers are faster than of short runs.
    grouped = table[:, : _GROUP * n_groups].unflatten(1, (_GROUP, n_groups))
    groups = grouped.amax(dim=1).topk(k, dim=1, sorted=False).indices
    members = n_groups * torch.arange(_GROUP, device=table.device)
    columns = (groups.unsqueeze(2) + members).flatten(1)
    left = torch.arange(_GROUP * n_groups, table.shape[1], device=table.device)  # fewer than a group
    columns = torch.cat([columns, left.expand(len(table), -1)], dim=1)
    highest, place = table.gather(1, columns).topk(k, dim=1)
    return highest, columns.gather(1, place)


def _all_looked_at(X: torch.Tensor, Y: torch.Tensor, k: int, penalty: torch.Tensor) -> Best:
    return Best(*highest_entries((X @ Y.T).sub_(penalty), k))


def _some_looked_at(
    X: torch.Tensor,
    Y: torch.Tensor,
    k: int,
    penalty: torch.Tensor,
    bounds: Bounds,
    n_looks: int,
    products: torch.Tensor,
) -> Best:
    highest, candidates = highest_entries(byte_product(bounds.queries, bounds.targets, products), n_looks)
    scores = _look_at(X, Y, candidates) - penalty[candidates]
    best, place = scores.topk(k, dim=1)
    rows = candidates.gather(1, place)
    others_at_most = highest[:, -1] * bounds.unit + bounds.shift
    unproven = best[:, -1] < others_at_most
    if bool(unproven.any()):
        best[unproven], rows[unproven] = _all_looked_at(X[unproven], Y, k, penalty)
    return Best(best, rows)


def _look_at(X: torch.Tensor, Y: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
    """Multiply each row of X by its candidates among the rows of Y: shape of ``candidates``."""
    size = max(_LOOKED_AT // (candidates.shape[1] * Y.shape[1]), 1)
    parts = zip(X.split(size), candidates.split(size), strict=True)
    return torch.cat([torch.bmm(Y[some], x.unsqueeze(2)).squeeze(2) for x, some in parts])


def _chunk_size(n_targets: int) -> int:
    return max(_CHUNK_SCORES // n_targets, 1)
