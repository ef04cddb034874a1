"""Specifications of an angle: what was chosen in each evaluation, and what it was varied in from the base.

Simonsohn, Simmons & Nelson 2020, "Specification curve analysis", Nature Human Behaviour 4: all reasonable
specifications side by side, sorted by their estimate, with the choices of each below.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

BASE = "base"
RIDGE = "RidgeMap"


def one_a_specification(rows: Sequence[Mapping[str, Any]], choices: Sequence[str]) -> pd.DataFrame:
    """Table of specifications, sorted by their angle.

    Parameters
    ----------
    rows
        One an evaluation, the oldest first, which is the base: its ``choices``, ``plug_in``, ``debiased``, ``low`` and
        ``high`` in degrees.
    choices
        Columns of the choices.

    Returns
    -------
    One row a specification, the newest of equal ones, with ``varied``: what differs from the base, as
    ``solver: orthogonal``. The debiased angle is that of a ridge regression, so it says nothing of another solver:
    such rows have only their plug-in angle, and come last.
    """
    frame = pd.DataFrame([dict(row) for row in rows])
    base = frame.iloc[0]
    frame = frame.drop_duplicates(list(choices), keep="last")
    differs = [
        "; ".join(f"{name}: {row[name]}" for name in choices if row[name] != base[name]) or BASE
        for _, row in frame.iterrows()
    ]
    frame.insert(0, "varied", differs)
    others = frame["solver"] != RIDGE
    frame[["debiased", "low", "high"]] = frame[["debiased", "low", "high"]].astype(float)
    frame.loc[others, ["debiased", "low", "high"]] = float("nan")
    return frame.sort_values(["debiased", "plug_in"], na_position="last", ignore_index=True, kind="stable")


def varied_choices(table: pd.DataFrame, choices: Sequence[str]) -> list[str]:
    """Choices of which the table has more than one."""
    return [name for name in choices if len(table[name].unique()) > 1]
