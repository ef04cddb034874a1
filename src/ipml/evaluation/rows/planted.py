"""Planted and published figures as rows, to stand beside the estimates."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ipml.evaluation.pairs import Pair
from ipml.evaluation.results import GROUP, INDUSTRY, INDUSTRY_MEAN, PLANTED, PLUG_IN, Row

_ALL_INDUSTRIES = "all"  # name in the truth's table


def planted_rows(angles: pd.DataFrame, pair: Pair, rows: Sequence[Row]) -> list[Row]:
    """Planted angle for each estimated angle of a pair of groups.

    Parameters
    ----------
    angles
        True angles: ``country_1``, ``firm_type_1``, ``country_2``, ``firm_type_2``, ``industry`` (``all``:
        the groups as a whole), ``forward``, ``backward`` and ``mean``, in degrees.
    pair
        The groups.
    rows
        Rows of `comparison.compare` for them.
    """
    of_pair = angles[
        (angles["country_1"] == pair.first.country)
        & (angles["firm_type_1"] == pair.first.firm_type)
        & (angles["country_2"] == pair.second.country)
        & (angles["firm_type_2"] == pair.second.firm_type)
    ].set_index("industry")
    columns = dict(zip(pair.directions, ("forward", "backward", "mean"), strict=True))
    estimated = [row for row in rows if row.what == "angle" and row.method == PLUG_IN]
    compared = sorted({str(row.industry) for row in estimated if row.level == INDUSTRY})
    at_level = {GROUP: [_ALL_INDUSTRIES], INDUSTRY_MEAN: compared}
    planted = []
    for row in estimated:
        industries = at_level.get(row.level, [str(row.industry)])
        true = of_pair[columns[str(row.direction)]].reindex(industries)
        planted.append(replace(row, method=PLANTED, value=float(true.mean()), sd=None, models=""))
    return planted
