"""How near predicted product vectors are to the real ones, and whether a firm's own are among the nearest.

The cosine of every test firm is kept, to compare two versions of a model firm by firm.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from ipml.files import short_hash
from ipml.guards.shapes import Shapes
from ipml.mapping.splits import Vectors
from ipml.statistics.angles import cosines, unit_vectors
from ipml.statistics.intervals import Bootstrap, Estimate, bootstrap_figure, bootstrap_mean
from ipml.tracking import HeldOut
from ipml.vectors.table import FirmVectors

CHANCE = "chance"
TOP = (1, 5, 10)
_ROWS = 512  # firms ranked at a time
_Array = npt.NDArray[Any]


def centred_cosines(predicted: _Array, P: _Array, mean: _Array) -> npt.NDArray[np.float64]:
    """Cosine of each prediction with the truth about a mean: both (n, d), mean (d,), result (n,).

    Mean word vectors share a large common part, so that plain cosines near .85 can be had without any
    knowledge of the firm; about the mean product vector of the training firms, knowing nothing scores 0.
    A prediction equal to the mean up to rounding scores 0.
    """
    predicted, P, mean = _checked(predicted, P, mean)
    return np.einsum("nd,nd->n", centred_directions(predicted, mean), centred_directions(P, mean))


def score_table(
    predictions: dict[str, _Array], P: _Array, mean: _Array, bootstrap: Bootstrap
) -> pd.DataFrame:
    """Scores of every model on the same n test firms, with bootstrap intervals over the firms.

    ``cosine`` and ``cosine_centred`` are means over firms; ``r2`` is 1 − ‖P − prediction‖² / ‖P − mean‖², summed
    over firms and coordinates; ``top_1``, ``top_5`` and ``top_10`` are the shares of firms whose own P is among
    that many nearest to the prediction, and the model ``chance`` has those of a random order.

    Parameters
    ----------
    predictions
        Model to predicted product vectors, each (n, d).
    P
        Real product vectors, shape (n, d).
    mean
        Mean product vector of the training firms, shape (d,).

    Returns
    -------
    frame with the columns model, metric, value, low, high, n
    """
    rows = []
    for model, predicted in predictions.items():
        predicted, P, mean = _checked(predicted, P, mean, model)
        figures: dict[str, Estimate] = {
            "cosine": bootstrap_mean(cosines(predicted, P), bootstrap),
            "cosine_centred": bootstrap_mean(centred_cosines(predicted, P, mean), bootstrap),
            "r2": bootstrap_figure(_squares(predicted, P, mean), _explained, bootstrap),
        }
        ranks = own_ranks(predicted, P, mean)
        figures |= {f"top_{k}": bootstrap_mean(hits(*ranks, k), bootstrap) for k in TOP}
        first, shared = ranks
        figures["mean_rank"] = bootstrap_mean(first + (shared - 1) / 2, bootstrap)
        rows += [{"model": model, "metric": metric, **found._asdict()} for metric, found in figures.items()]
    by_chance = {f"top_{k}": min(k / len(P), 1.0) for k in TOP} | {"mean_rank": (len(P) + 1) / 2}
    for metric, value in by_chance.items():
        found = Estimate(value, value, value, len(P))
        rows.append({"model": CHANCE, "metric": metric, **found._asdict()})
    return pd.DataFrame(rows)


def _checked(
    predicted: _Array, P: _Array, mean: _Array, name: str = "predicted"
) -> tuple[_Array, _Array, _Array]:
    shapes = Shapes()
    return shapes.check(name, predicted, "n d"), shapes.check("P", P, "n d"), shapes.check("mean", mean, "d")


def _squares(predicted: _Array, P: _Array, mean: _Array) -> npt.NDArray[np.float64]:
    """Squared error of each firm's prediction and of the mean: shape (n, 2)."""
    P = np.asarray(P, dtype=np.float64)
    return np.stack([np.sum((P - other) ** 2, axis=1) for other in (predicted, mean)], axis=1)


def _explained(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    error, total = means.T
    return 1 - np.divide(error, total, out=np.ones_like(error), where=total > 0)


def own_ranks(
    predicted: npt.NDArray[Any], P: npt.NDArray[Any], mean: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rank of each firm's own vector among those of all n firms, by cosine with its prediction about a mean.

    About the mean, because plain cosines rank the firms nearest to the common mean first whatever is predicted.

    Parameters
    ----------
    predicted, P
        Predictions and real vectors, both (n, d).
    mean
        Shape (d,).

    Returns
    -------
    Best rank (1: nearest) and number of vectors that share it, the own one included, both (n,). A prediction
    equal to the mean shares rank 1 with all.
    """
    predicted, P, mean = _checked(predicted, P, mean)
    queries, candidates = centred_directions(predicted, mean), centred_directions(P, mean)
    first, shared = np.empty(len(P), dtype=np.int64), np.empty(len(P), dtype=np.int64)
    for start in range(0, len(P), _ROWS):
        rows = slice(start, start + _ROWS)
        # Twelve digits: equal vectors must tie whatever the order of their sums.
        ranks = rankdata(-np.round(queries[rows] @ candidates.T, 12), method="min", axis=1)
        own = ranks[np.arange(len(ranks)), np.arange(start, start + len(ranks))]
        first[rows], shared[rows] = own, (ranks == own[:, None]).sum(axis=1)
    return first, shared


def hits(first: npt.NDArray[np.int64], shared: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.float64]:
    """Whether a firm's own vector is among the k nearest, (n,): between 0 and 1 where a tie decides."""
    shapes = Shapes()
    first, shared = (shapes.check(*of, "n", "whole numbers") for of in (("first", first), ("shared", shared)))
    return np.clip((k + 1 - first) / shared, 0.0, 1.0)


def centred_directions(vectors: npt.NDArray[Any], mean: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Vectors (n, d) about a mean (d,) at length 1; zeros where one equals it up to rounding."""
    shapes = Shapes()
    vectors = shapes.check("vectors", vectors, "n d", empty=True)
    mean = np.asarray(shapes.check("mean", mean, "d"), dtype=np.float64)
    difference = np.asarray(vectors, dtype=np.float64) - mean
    rounding = 1e-9 * max(float(np.linalg.norm(mean)), 1e-300)
    difference[np.linalg.norm(difference, axis=1) < rounding] = 0.0
    return unit_vectors(difference)


def held_out(tests: Sequence[tuple[FirmVectors, Vectors]], direction: str, centre: Vectors | None) -> HeldOut:
    """Held-out scores of a conversion.

    Parameters
    ----------
    tests
        Test firms of each group with what is predicted for them about the centre, shape (n, d).
    direction
        ``forward`` if products are predicted, ``reverse`` if technology is.
    centre
        Shape (d,), or None for the origin.
    """
    units = np.concatenate([firms.firms["firm_id"].to_numpy() for firms, _ in tests])
    sides = [firms.P if direction == "forward" else firms.T for firms, _ in tests]
    truth = np.concatenate(sides).astype(np.float32)
    predicted = np.concatenate([of_group for _, of_group in tests]) + (0.0 if centre is None else centre)
    order = np.argsort(units)  # the groups of a pooled model may come in any order
    data = {"vectors of the test firms": short_hash(truth[order].tobytes())}
    return HeldOut("cosine", data, units[order].tolist(), cosines(predicted, truth)[order])
