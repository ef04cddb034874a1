"""How near predicted product vectors are to the real ones."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.linear_map.metrics import bootstrap_mean, cosines


def centred_cosines(
    predicted: npt.NDArray[Any], P: npt.NDArray[Any], mean: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Cosine of each prediction with the truth about a mean: both (n, d), mean (d,), result (n,).

    Mean word vectors share a large common part, so that plain cosines near .85 can be had without any
    knowledge of the firm; about the mean product vector of the training firms, knowing nothing scores 0.
    A prediction equal to the mean up to rounding scores 0.
    """
    mean = np.asarray(mean, dtype=np.float64)
    difference = np.asarray(predicted, dtype=np.float64) - mean
    rounding = 1e-9 * max(float(np.linalg.norm(mean)), 1e-300)
    difference[np.linalg.norm(difference, axis=1) < rounding] = 0.0
    return cosines(difference, np.asarray(P, dtype=np.float64) - mean)


def score_table(
    predictions: dict[str, npt.NDArray[Any]],
    P: npt.NDArray[Any],
    mean: npt.NDArray[Any],
    seed: int,
    resamples: int,
    level: float,
) -> pd.DataFrame:
    """Mean cosine and mean centred cosine of every model on the same firms, with bootstrap intervals.

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
    frame with the columns model, metric (``cosine`` or ``cosine_centred``), value, low, high, n
    """
    rows = []
    for model, predicted in predictions.items():
        figures = {"cosine": cosines(predicted, P), "cosine_centred": centred_cosines(predicted, P, mean)}
        for metric, values in figures.items():
            estimate = bootstrap_mean(values, seed, resamples, level)
            rows.append({"model": model, "metric": metric, **estimate._asdict()})
    return pd.DataFrame(rows)
