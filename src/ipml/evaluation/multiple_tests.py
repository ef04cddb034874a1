"""Correction of p-values for the number of tests."""

import numpy as np
import pandas as pd

from ipml.statistics.angles import Array


def holm(p_values: Array) -> Array:
    """Adjusted p-values that hold the probability of any false rejection, whatever the tests' dependence.

    Parameters
    ----------
    p_values
        Shape (m,).

    Returns
    -------
    array of shape (m,), none smaller than its p-value

    References
    ----------
    Holm, "A simple sequentially rejective multiple test procedure", 1979.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def adjust(results: pd.DataFrame) -> pd.DataFrame:
    """Fill ``p_adjusted`` of the results: one family of tests is one method at one level in one direction.

    Directions of different pairs (``JP->US``, ``high_growth->established``) are one family, as are those of
    single industries over all pairs.
    """
    results = results.copy()
    tested = results[results["p_value"].notna()]
    one_way = tested["direction"].where(tested["direction"] == "mean", "one way")
    for _, rows in tested.groupby(["what", "method", "level", one_way]):
        results.loc[rows.index, "p_adjusted"] = holm(rows["p_value"].to_numpy())
    return results
