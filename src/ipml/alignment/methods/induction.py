"""Dictionaries that a map finds by itself: the best translation by CSLS of every word of both languages.

Both directions share each product of a chunk of source words with all target words: the hubness of both sides takes
one pass over the products and the translations another.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from ipml.alignment.data import Rows
from ipml.alignment.retrieval import unit_rows

_BLOCK = 8
_CHUNK_SCORES = 2**26  # 256 MiB of float32 scores at a time
_MISSED = 1e-3  # share of words that may stay without a pair because all that is near to them was dropped


class Induced(NamedTuple):
    """What each word is translated by: -1 where a word got nothing.

    Attributes
    ----------
    forward, backward
        Target row of each source word (n,), and source row of each target word (m,).
    similarity
        Mean cosine of all words of both sides to their nearest word of the other.
    """

    forward: npt.NDArray[np.int64]
    backward: npt.NDArray[np.int64]
    similarity: float


def induce(
    sources: npt.NDArray[Any],
    targets: npt.NDArray[Any],
    neighbourhood: int,
    keep: float = 1.0,
    generator: np.random.Generator | None = None,
) -> Induced:
    """Translate all words in both directions by CSLS; with ``keep`` below 1, among a random part of the candidates.

    Parameters
    ----------
    sources, targets
        Vectors in the space that is searched: (n, r) and (m, r).
    neighbourhood
        Number of nearest words in the hubness of CSLS.
    keep
        Probability with which each pair of words is looked at (Artetxe et al. 2018, section 3.3: stochastic
        dictionary induction).
    generator
        Draws what is looked at; needed if ``keep`` is below 1.
    """
    X, Y = (unit_rows(rows) for rows in (sources, targets))
    of_source, of_target = _hubness(X, Y, neighbourhood)
    # The first candidate that is kept stands at a place with a geometric distribution: no draw for each pair of words.
    depth = 1 if keep >= 1 else math.ceil(math.log(_MISSED) / math.log(1 - keep))
    forward, backward = _best(X, Y, of_source[0], of_target[0], depth)
    if depth > 1:
        if generator is None:
            raise ValueError("generator: needed where candidates are dropped")
        forward, backward = (_first_kept(found, keep, generator) for found in (forward, backward))
    similarity = (float(of_source[1].mean()) + float(of_target[1].mean())) / 2
    return Induced(forward[:, 0].numpy(), backward[:, 0].numpy(), similarity)


def union(induced: Induced, held_out: npt.NDArray[np.bool_]) -> Rows:
    """Pairs of both directions, (p, 2), less those whose source word is held out; found both ways, one counts twice.

    Parameters
    ----------
    held_out
        Whether each source word is a test or validation word, shape (n,) or longer.
    """
    forward = np.column_stack([np.arange(len(induced.forward)), induced.forward])
    backward = np.column_stack([induced.backward, np.arange(len(induced.backward))])
    return _allowed(np.concatenate([forward, backward]), held_out)


def mutual(induced: Induced, held_out: npt.NDArray[np.bool_]) -> Rows:
    """Pairs of words that translate each other, (p, 2), less those whose source word is held out."""
    pairs = np.column_stack([np.arange(len(induced.forward)), induced.forward])
    pairs = pairs[pairs[:, 1] >= 0]
    return _allowed(pairs[induced.backward[pairs[:, 1]] == pairs[:, 0]], held_out)


def _allowed(pairs: Rows, held_out: npt.NDArray[np.bool_]) -> Rows:
    pairs = pairs[(pairs >= 0).all(axis=1)]
    return pairs[~held_out[pairs[:, 0]]]


def _hubness(
    X: torch.Tensor, Y: torch.Tensor, neighbourhood: int
) -> tuple[tuple[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """Mean cosine to the nearest words of the other side, and the cosine to the nearest: of (n,) and of (m,) words."""
    k_source, k_target = min(neighbourhood, len(Y)), min(neighbourhood, len(X))
    means, best = torch.empty(len(X)), torch.empty(len(X))
    columns = torch.full((len(Y), k_target), -2.0)
    for start, scores in _products(X, Y):
        top = _top(scores, k_source)[0]
        means[start : start + len(scores)], best[start : start + len(scores)] = top.mean(dim=1), top[:, 0]
        columns = _merged(columns, scores.T, k_target)[0]
    return (means, best), (columns.mean(dim=1), columns[:, 0])


def _best(
    X: torch.Tensor, Y: torch.Tensor, of_source: torch.Tensor, of_target: torch.Tensor, depth: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The best candidates by CSLS in both directions, best first: (n, depth) and (m, depth)."""
    depths = min(depth, len(Y)), min(depth, len(X))
    forward = torch.empty((len(X), depths[0]), dtype=torch.int64)
    values = torch.full((len(Y), depths[1]), -torch.inf)
    backward = torch.full((len(Y), depths[1]), -1, dtype=torch.int64)
    # Two more coordinates, and the product itself is CSLS: no further pass over the scores.
    X = torch.cat([2 * X, -of_source[:, None], torch.ones(len(X), 1)], dim=1)
    Y = torch.cat([Y, torch.ones(len(Y), 1), -of_target[:, None]], dim=1)
    for start, scores in _products(X, Y):
        forward[start : start + len(scores)] = _top(scores, depths[0])[1]
        values, backward = _merged(values, scores.T, depths[1], backward, start)
    return forward, backward


def _products(X: torch.Tensor, Y: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield the products of chunks of the rows of X with all rows of Y, each with the number of its first row."""
    rows = max(_CHUNK_SCORES // len(Y), 1)
    for start in range(0, len(X), rows):
        yield start, X[start : start + rows] @ Y.T


def _top(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best of each row (n, c) and their places.

    The best k stand in the k blocks with the highest maxima, which are found in one pass; only those are sorted. A
    transposed table is read in the order in which it lies in memory.
    """
    n_blocks = scores.shape[1] // _BLOCK
    if n_blocks < 3 * k:
        found = scores.topk(min(k, scores.shape[1]), dim=1)
        return found.values, found.indices
    whole = scores[:, : n_blocks * _BLOCK]
    if scores.stride(1) == 1:
        maxima = whole.unflatten(1, (n_blocks, _BLOCK)).amax(dim=2)
    else:
        maxima = whole.T.unflatten(0, (n_blocks, _BLOCK)).amax(dim=1).T.contiguous()
    blocks = maxima.topk(k, dim=1, sorted=False).indices
    inside = (blocks[:, :, None] * _BLOCK + torch.arange(_BLOCK)).flatten(1)
    behind = torch.arange(n_blocks * _BLOCK, scores.shape[1]).expand(len(scores), -1)
    candidates = torch.cat([inside, behind], dim=1)
    found = scores.gather(1, candidates).topk(k, dim=1)
    return found.values, candidates.gather(1, found.indices)


def _merged(
    values: torch.Tensor, scores: torch.Tensor, k: int, rows: torch.Tensor | None = None, start: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best so far (m, k), and their rows, with those of another chunk (m, c) that begins at ``start``."""
    new, places = _top(scores, k)
    both = torch.cat([values, new], dim=1)
    best = both.topk(k, dim=1)
    every = places + start if rows is None else torch.cat([rows, places + start], dim=1)
    return best.values, every if rows is None else every.gather(1, best.indices)


def _first_kept(found: torch.Tensor, keep: float, generator: np.random.Generator) -> torch.Tensor:
    """The best candidate of each row (n, depth) that is not dropped: (n, 1), -1 where all are."""
    place = torch.from_numpy(generator.geometric(keep, size=len(found)) - 1)
    kept = found.gather(1, place.clamp(max=found.shape[1] - 1)[:, None])
    return kept.masked_fill((place >= found.shape[1])[:, None], -1)
