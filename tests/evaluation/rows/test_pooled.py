from pathlib import Path

import numpy as np
import pytest

from ipml.errors import InputError
from ipml.evaluation.estimates.plug_in import plug_in_angles
from ipml.evaluation.pairs import list_pairs
from ipml.evaluation.read_words import AlignedWords
from ipml.evaluation.rows.context import Context
from ipml.evaluation.rows.pooled import Pooled
from ipml.mapping.conversion import PooledConversion
from ipml.mapping.pooled import serving as pooled_serving
from ipml.tracking import register_model
from tests.evaluation.conftest import damage_newest_model


def register(workspace, found, lineage, scale: float = 2.0) -> dict[str, np.ndarray]:
    """Register a pooled model, each group's matrix being a multiple of its own."""
    matrices = {name: scale * group.conversion_matrix for name, group in found.groups.items()}
    with workspace.start_run("mapping_pooled", "mapping_pooled") as run:
        run.add_lineage(lineage, "vectors")
        PooledConversion(matrices, matrices, {}).save(run.model_folder)
        version = register_model(run, run.name, Path(pooled_serving.__file__))
        run.client.set_registered_model_alias(run.name, "pooled_test", version)
    return matrices


def context(registry, found, pairs) -> Context:
    return Context(
        found=found, groups=list(found.groups.values()), pairs=pairs, words={}, aligned_words=AlignedWords(),
        true_angles=None, workspace=registry.workspace(), alias="pooled_test", min_industry_firms=5, confidence=0.95,
        seed=0,
    )  # fmt: skip


def test_pooled_angles_stand_beside_where_the_vectors_are_the_same(registry) -> None:
    found = registry.read_groups()
    pairs = list_pairs(list(found.groups.values()))
    workspace, none, another = (
        registry.workspace(),
        context(registry, found, pairs),
        context(registry, found, pairs),
    )
    assert list(Pooled().rows(none)) == []  # none is registered
    assert none.notes == []
    register(workspace, found, {"corpus": "another"})
    assert list(Pooled().rows(another)) == []  # it is of other firms
    assert another.notes[0].startswith("left out: pooled: ")
    assert "mapping_pooled/1" in another.notes[0]
    matrices = register(workspace, found, {"corpus": registry.corpus_hash})
    rows = list(Pooled().rows(context(registry, found, pairs)))
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


def test_a_pooled_model_that_was_changed_stops_the_evaluation(registry) -> None:
    found = registry.read_groups()
    pairs = list_pairs(list(found.groups.values()))
    register(registry.workspace(), found, {"corpus": registry.corpus_hash}, scale=3.0)
    damage_newest_model(registry.home)
    with pytest.raises(InputError, match=r"^mapping_pooled version \d: .*changed or cut short"):
        list(Pooled().rows(context(registry, found, pairs)))
