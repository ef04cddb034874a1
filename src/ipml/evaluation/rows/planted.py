"""Rows of the planted angles of a simulated world, to stand beside the estimates."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ipml.evaluation.pairs import Pair, all_levels, common_cells
from ipml.evaluation.results import GROUP, INDUSTRY_MEAN, PLANTED, Row
from ipml.evaluation.rows.context import Context

_ALL_INDUSTRIES = "all"  # name in the truth's table


class Planted:
    """Planted angle for each estimated one; none of real firms."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        if context.true_angles is not None:
            for pair in context.pairs:
                yield from planted_rows(context.true_angles, pair, context.min_industry_firms)


def planted_rows(angles: pd.DataFrame, pair: Pair, min_industry_firms: int) -> Iterator[Row]:
    """Yield the planted angles of a pair in both directions and their mean, at every level.

    Parameters
    ----------
    angles
        True angles: ``country_1``, ``firm_type_1``, ``country_2``, ``firm_type_2``, ``industry`` (``all``:
        the groups as a whole), ``forward``, ``backward`` and ``mean``, in degrees.
    pair
        The groups.
    min_industry_firms
        An industry counts where both groups have at least that many firms in it.
    """
    of_pair = angles[
        (angles["country_1"] == pair.first.country)
        & (angles["firm_type_1"] == pair.first.firm_type)
        & (angles["country_2"] == pair.second.country)
        & (angles["firm_type_2"] == pair.second.firm_type)
    ].set_index("industry")
    industries, cells = common_cells(pair, min_industry_firms)
    at_level = {GROUP: [_ALL_INDUSTRIES], INDUSTRY_MEAN: industries}
    row = replace(pair.row(PLANTED, simulated=True), models="")
    for level in all_levels(industries):
        n1, n2 = (sum(len(of_group[cell]) for cell in level.cells) for of_group in cells)
        for direction, column in zip(pair.directions, ("forward", "backward", "mean"), strict=True):
            true = of_pair[column].reindex(at_level.get(level.name, [str(level.industry)]))
            yield replace(
                row,
                value=float(true.mean()),
                direction=direction,
                level=level.name,
                industry=level.industry,
                n1=n1,
                n2=n2,
            )
