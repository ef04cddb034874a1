"""How near predicted product vectors are to the real ones."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.mapping.retrieval import TOP, centred_directions, hits, own_ranks
from ipml.statistics.angles import cosines
from ipml.statistics.intervals import Estimate, bootstrap_figure, bootstrap_mean

CHANCE = "chance"

_Array = npt.NDArray[Any]


def centred_cosines(predicted: _Array, P: _Array, mean: _Array) -> npt.NDArray[np.float64]:
    """Cosine of each prediction with the truth about a mean: both (n, d), mean (d,), result (n,).

    Mean word vectors share a large common part, so that plain cosines near .85 can be had without any
    knowledge of the firm; about the mean product vector of the training firms, knowing nothing scores 0.
    A prediction equal to the mean up to rounding scores 0.
    """
    return np.einsum("nd,nd->n", centred_directions(predicted, mean), centred_directions(P, mean))


def score_table(
    predictions: dict[str, _Array], P: _Array, mean: _Array, seed: int, resamples: int, level: float
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
    how = (seed, resamples, level)
    rows = []
    for model, predicted in predictions.items():
        figures: dict[str, Estimate] = {
            "cosine": bootstrap_mean(cosines(predicted, P), *how),
            "cosine_centred": bootstrap_mean(centred_cosines(predicted, P, mean), *how),
            "r2": bootstrap_figure(_squares(predicted, P, mean), _explained, *how),
        }
        ranks = own_ranks(predicted, P, mean)
        figures |= {f"top_{k}": bootstrap_mean(hits(*ranks, k), *how) for k in TOP}
        rows += [{"model": model, "metric": metric, **found._asdict()} for metric, found in figures.items()]
    for k in TOP:
        share = min(k / len(P), 1.0)
        rows.append(
            {"model": CHANCE, "metric": f"top_{k}", **Estimate(share, share, share, len(P))._asdict()}
        )
    return pd.DataFrame(rows)


def _squares(predicted: _Array, P: _Array, mean: _Array) -> npt.NDArray[np.float64]:
    """Squared error of each firm's prediction and of the mean: shape (n, 2)."""
    P = np.asarray(P, dtype=np.float64)
    return np.stack([np.sum((P - other) ** 2, axis=1) for other in (predicted, mean)], axis=1)


def _explained(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    error, total = means.T
    return 1 - np.divide(error, total, out=np.ones_like(error), where=total > 0)
