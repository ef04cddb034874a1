from pathlib import Path

import numpy as np
import pytest

from ipml.evaluation.estimates.plug_in import plug_in_angles
from ipml.evaluation.pairs import list_pairs
from ipml.evaluation.read_groups import read_groups
from ipml.evaluation.rows.pooled import pooled_rows
from ipml.mapping import pooled_serving
from ipml.mapping.conversion import PooledConversion
from ipml.tracking import register_model, start_run


def register(config, found, lineage) -> dict[str, np.ndarray]:
    """Register a pooled model, each group's matrix being twice its own."""
    matrices = {name: 2.0 * group.conversion_matrix for name, group in found.groups.items()}
    with start_run(config, "mapping_pooled", "mapping_pooled") as run:
        run.add_lineage(lineage, "vectors")
        PooledConversion(matrices, matrices, {}).save(run.model_folder)
        version = register_model(run, run.name, Path(pooled_serving.__file__))
        run.client.set_registered_model_alias(run.name, "pooled_test", version)
    return matrices


def test_pooled_angles_stand_beside_where_the_vectors_are_the_same(registry) -> None:
    config = registry.config()
    found = read_groups(config)
    pairs = list_pairs(list(found.groups.values()))
    config.inputs.alias = "pooled_test"
    assert pooled_rows(config, found, pairs) == []  # none is registered
    register(config, found, {"corpus": "another"})
    assert pooled_rows(config, found, pairs) == []  # it is of other firms
    matrices = register(config, found, {"corpus": registry.corpus_hash})
    rows = pooled_rows(config, found, pairs)
    assert len(rows) == len(pairs) * 6
    pair = pairs[0]
    sample = pair.first.sample
    every = [np.arange(len(pair.first))]
    expected = plug_in_angles(
        sample.product_vectors, sample.technology_vectors, matrices[pair.second.name], every
    )
    found_rows = {(row.group, row.level, row.direction): row for row in rows}
    forward, backward, mean = (found_rows[pair.name, "group", direction] for direction in pair.directions)
    assert forward.value == pytest.approx(float(expected[0]))
    assert mean.value == pytest.approx((forward.value + backward.value) / 2)
    assert all(row.method == "pooled" and row.simulated and row.low is None for row in rows)
