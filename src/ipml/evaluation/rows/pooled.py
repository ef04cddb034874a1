"""Rows of the pooled conversions: a sensitivity column, never a headline angle.

Matrices that are shrunk towards what groups have in common are closer to each other than those of the groups are, so
their angles are too small by construction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from omegaconf import DictConfig

from ipml.errors import LineageError, NotRegisteredError
from ipml.evaluation.pairs import Pair, common_cells, level_numbers
from ipml.evaluation.read_groups import RegisteredGroups
from ipml.evaluation.results import Row
from ipml.mapping.conversion import PooledConversion
from ipml.mapping.pooled_stage import STAGE as POOLED_MODEL
from ipml.tracking import find_model
from ipml.tracking.registry import registered_name

POOLED = "pooled"


def pooled_rows(config: DictConfig, found: RegisteredGroups, pairs: Sequence[Pair]) -> list[Row]:
    """Plug-in angles of all pairs by the registered pooled model; none without one that was made of the same vectors.

    Parameters
    ----------
    config
        Of ``ipml evaluate``.
    found
        The groups with the models they come from.
    """
    try:
        model = find_model(config, f"{registered_name(config, POOLED_MODEL)}@{config.inputs.alias}")
        found.lineage.merge(model.own_lineage, "the mappings", model.name)
    except (NotRegisteredError, LineageError):
        return []
    pooled = PooledConversion.load(model.folder)
    name = f"{model.name}/{model.version}"
    known = [pair for pair in pairs if {pair.first.name, pair.second.name} <= pooled.matrices.keys()]
    return [
        row for pair in known for row in _rows(pair, pooled, name, config.min_industry_firms, found.simulated)
    ]


def _rows(pair: Pair, pooled: PooledConversion, model: str, min_firms: int, simulated: bool) -> Iterator[Row]:
    industries, cells = common_cells(pair, min_firms)
    angles = pair.plug_in([pooled.matrices[group.name] for group in pair.groups], cells)
    row = replace(pair.row(POOLED, simulated), models=model)
    for level, numbers in level_numbers(industries).items():
        one_way = [float(of_side[numbers].mean()) for of_side in angles]
        for direction, value in zip(pair.directions, [*one_way, sum(one_way) / 2], strict=True):
            yield replace(row, value=value, direction=direction, level=level)
