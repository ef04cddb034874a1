"""Means over firms with bootstrap intervals, as tidy rows."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ipml.faithfulness.curves import Curves, Floats
from ipml.faithfulness.rescoring import RANDOM
from ipml.statistics.intervals import MIN_VALUES, percentile_interval

Row = dict[str, object]


class Estimate(NamedTuple):
    """A mean over firms and its 95 % interval, NaN with fewer than `MIN_VALUES` firms."""

    value: float
    low: float
    high: float


def estimate(values: npt.NDArray[np.floating], weights: Floats) -> Estimate:
    """Average the values of F firms, (F,), with a percentile interval over resampled firms.

    Parameters
    ----------
    weights
        How often each firm is drawn in each resample, (resamples, F). The same weights for two orders make their
        difference a paired one.
    """
    if len(values) < MIN_VALUES:
        return Estimate(float(values.mean()), float("nan"), float("nan"))
    return Estimate(float(values.mean()), *percentile_interval(weights @ values / len(values)))


def result_rows(
    model: str, curves: Mapping[str, Curves], share: float, weights: Floats, **common: object
) -> list[Row]:
    """Make the rows of a model: every order's figures and curve points, each beside that of random orders.

    Parameters
    ----------
    model
        Name of the model.
    curves
        By order, the random one among them.
    share
        Of the tokens, for comprehensiveness and sufficiency.
    weights
        As for `estimate`.
    common
        Further columns, the same in all rows.

    Returns
    -------
    Rows with ``model``, ``order``, ``figure``, ``share`` (none for figures of a whole curve), ``value``, ``low``,
    ``high`` and, but for the random order, ``difference`` to it with ``difference_low`` and ``difference_high``.
    """
    random = _quantities(curves[RANDOM], share)
    rows: list[Row] = []
    for order, found in curves.items():
        for (figure, at), values in _quantities(found, share).items():
            row: Row = {"model": model, "order": order, "figure": figure, "share": at}
            row |= estimate(values, weights)._asdict()
            if order != RANDOM:
                value, low, high = estimate(values - random[figure, at], weights)
                row |= {"difference": value, "difference_low": low, "difference_high": high}
            rows.append(row | common)
    return rows


def _quantities(curves: Curves, share: float) -> dict[tuple[str, float | None], Floats]:
    """Return the values of each firm by figure and share of the tokens."""
    at_share = ("comprehensiveness", "sufficiency")
    quantities: dict[tuple[str, float | None], Floats] = {
        (figure, share if figure in at_share else None): values
        for figure, values in curves.figures(share).items()
    }
    for name, points in (("deletion", curves.deletion), ("insertion", curves.insertion)):
        quantities |= {(name, float(at)): points[:, n] for n, at in enumerate(curves.grid)}
    return quantities
