"""How well a perfect A could do, given that T and P are measured from a few patents and keywords.

Let t and p be what more and more patents and keywords of a firm would show, and u and e the errors of its vectors
T = t + u and P = p + e, independent of each other and between firms. For any A the error of A T is A u, so the share
of its squared length that is not error, its reliability, is r(A T) = 1 − E‖A u‖² / E‖A T‖², and r(P) = 1 − E‖e‖² /
E‖P‖². By the inequality of Cauchy and Schwarz the cosine of A T and P, taken over all firms and coordinates, is at
most √(r(A T) r(P)), and reaches it where p is a multiple of A t: Spearman's (1904) correction for attenuation. About a
mean it is the centred cosine, and its square is the most that R² can be.

E‖A u‖² and E‖e‖² come from two halves of a firm's own patents and keywords (`ipml.vectors.split_half_error`). A is
the fitted one. What both halves share, such as a page or a patent that does not say what the firm does, is no error
here, so a real ceiling is lower.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.guards.shapes import Shapes
from ipml.statistics.intervals import Bootstrap, bootstrap_figure

CEILING = "ceiling"

_Array = npt.NDArray[Any]


class Measured(NamedTuple):
    """Vectors of n firms and their errors, both (n, d); a firm whose error is zero could not be halved."""

    vectors: _Array
    errors: _Array


def ceiling_table(predicted: Measured, real: Measured, mean: _Array, bootstrap: Bootstrap) -> pd.DataFrame:
    """Highest cosine, centred cosine and R² that the predictions could have, with intervals over firms.

    Parameters
    ----------
    predicted
        A T and A u.
    real
        P and e.
    mean
        Mean of P over the training firms, for the centred figures, shape (d,).

    Returns
    -------
    frame with the columns of `scores.score_table`; n counts the firms whose keywords and patents can be halved, the
    only ones it is of, and there are no rows without at least two
    """
    shapes = Shapes()
    for name, array in (
        ("predicted.vectors", predicted.vectors),
        ("predicted.errors", predicted.errors),
        ("real.vectors", real.vectors),
        ("real.errors", real.errors),
    ):
        shapes.check(name, array, "n d")
    shapes.check("mean", mean, "d")
    halved = predicted.errors.any(axis=1) & real.errors.any(axis=1)
    if halved.sum() < 2:
        return pd.DataFrame(columns=["model", "metric", "value", "low", "high", "n"])
    rows = []
    for metric, origin in (("cosine", 0.0), ("cosine_centred", mean), ("r2", mean)):
        columns = [
            np.sum(np.asarray(vectors[halved] - from_, dtype=np.float64) ** 2, axis=1)
            for side in (predicted, real)
            for vectors, from_ in ((side.errors, 0.0), (side.vectors, origin))
        ]
        figure = _product_of_reliabilities if metric == "r2" else _root
        found = bootstrap_figure(np.stack(columns, axis=1), figure, bootstrap)
        rows.append({"model": CEILING, "metric": metric, **found._asdict()})
    return pd.DataFrame(rows)


def _product_of_reliabilities(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """r(A T) r(P) from the mean squares of A u, A T, e and P: shape (m, 4) to (m,)."""
    first, second = (
        np.clip(1 - np.divide(error, total, out=np.ones_like(error), where=total > 0), 0.0, 1.0)
        for error, total in (means[:, :2].T, means[:, 2:].T)
    )
    return first * second


def _root(means: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.sqrt(_product_of_reliabilities(means))
