"""From vectors of texts over mappings to the comparison, which says what the vectors are of."""

import numpy as np
import pandas as pd
import pytest

from ipml.alignment.stage import train as train_alignment
from ipml.errors import InputError, LineageError
from ipml.evaluation.stage import evaluate
from ipml.mapping import stage
from ipml.mapping.centre import Centre
from ipml.mapping.stage import train as train_mapping
from ipml.report.tables import angle_tables
from ipml.tracking import Workspace
from ipml.vectors.stage import build
from tests.vectors.planted import new_world
from tests.vectors.texts.planted import RealPagesWorld


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    planted = new_world(tmp_path_factory, tracking_database, RealPagesWorld)
    planted.run(train_alignment, planted.settings("train", "model=alignment", "model.accuracy_at=[1]"))
    for country, code in (("JP", "ja"), ("US", "en")):
        planted.add_keywords(country, code)
        mapped(planted, country, "texts")
    return planted


def mapped(world, country, kind):
    world.run(build, world.settings("vectors", f"country={country}", f"vectors={kind}"))
    settings = world.settings("train", f"country={country}", "model=mapping", "firm_type=established")
    return world.run(train_mapping, settings)


def evaluated(world, *overrides):
    settings = world.settings(
        "evaluate", "data=corpus", "namespace=''", "inputs.alias=challenger", *overrides
    )
    return evaluate(settings, Workspace(settings))


def test_every_row_and_title_says_texts_and_what_needs_words_says_that_it_does_not_apply(world):
    found = evaluated(world, "alignment_control=true")
    results = found.results
    estimated = results[results["method"] != "published"]
    assert set(estimated["vectors"]) == {"texts"}
    assert set(results.loc[results["method"] == "published", "vectors"]) <= {"words"}
    assert {"plug_in", "debiased"} <= set(estimated["method"])
    assert not set(results["method"]) & {"word_errors"}
    assert "alignment_control" not in set(results["what"])
    notes = [note for note in found.notes if "vectors=texts" in note]
    assert notes == [
        "errors of words not counted: JP: does not apply to vectors=texts, whose texts are encoded whole",
        "errors of words not counted: US: does not apply to vectors=texts, whose texts are encoded whole",
        "left out: alignment_control of JP-US established: it does not apply to vectors=texts, whose texts are encoded "
        "whole",
    ]
    (table,) = angle_tables(results, False, 0.95)
    assert str(table.title).endswith("; vectors of texts")
    kept = pd.read_csv(found.folder / "results.csv")
    assert set(kept.loc[kept["method"] == "plug_in", "vectors"]) == {"texts"}


def test_a_mapping_of_words_is_not_compared_with_one_of_texts(world):
    mapped(world, "US", "words")
    with pytest.raises(
        LineageError, match=r"firm-vectors texts, .* but that of US established with firm-vectors products"
    ):
        evaluated(world)
    mapped(world, "US", "texts")


def test_a_centre_of_words_is_refused_where_texts_lie_in_another_space(world, monkeypatch):
    monkeypatch.setattr(stage, "choose_centre", lambda settings: Centre(np.ones(5), {"centre": "five"}))
    with pytest.raises(InputError, match=r"model\.centre=words: words have 5 numbers, the firms' vectors 8"):
        mapped(world, "JP", "texts")
