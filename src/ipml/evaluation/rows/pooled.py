"""Rows of the pooled conversions: a sensitivity column, never a headline angle.

Matrices that are shrunk towards what groups have in common are closer to each other than those of the groups are, so
their angles are too small by construction.
"""

from collections.abc import Iterator
from dataclasses import replace

from ipml.errors import LineageError, NotRegisteredError
from ipml.evaluation.pairs import Pair, common_cells, mean_levels
from ipml.evaluation.results import Row
from ipml.evaluation.rows.context import Context
from ipml.mapping.conversion import PooledConversion
from ipml.mapping.pooled.stage import STAGE as POOLED_MODEL

POOLED = "pooled"


class Pooled:
    """Plug-in angles by the registered pooled model; none where none is registered, or it is of other vectors."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        workspace = context.workspace
        try:
            model = workspace.find_model(f"{workspace.name(POOLED_MODEL)}@{context.alias}")
        except NotRegisteredError:
            return
        title = f"{model.name}/{model.version}"
        try:
            context.found.lineage.merge(model.own_lineage, "the mappings", title)
        except LineageError as reason:
            context.notes.append(f"left out: {POOLED}: {reason}")
            return
        pooled = PooledConversion.load(model.folder)
        for pair in context.pairs:
            if {pair.first.name, pair.second.name} <= pooled.matrices.keys():
                row = replace(pair.row(POOLED, context.simulated), models=title)
                yield from _rows(pair, pooled, row, context.min_industry_firms)


def _rows(pair: Pair, pooled: PooledConversion, row: Row, min_industry_firms: int) -> Iterator[Row]:
    industries, cells = common_cells(pair, min_industry_firms)
    angles = pair.plug_in([pooled.matrices[group.name] for group in pair.groups], cells)
    for level in mean_levels(industries):
        one_way = [float(of_side[level.cells].mean()) for of_side in angles]
        for direction, value in zip(pair.directions, [*one_way, sum(one_way) / 2], strict=True):
            yield replace(row, value=value, direction=direction, level=level.name)
