import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipml.console import console
from ipml.errors import InputError, LineageError
from ipml.evaluation.results import COLUMNS
from ipml.evaluation.rows.accuracies import unit_of
from ipml.report.evaluation import report_evaluation
from tests.evaluation.conftest import damage_newest_model


@pytest.fixture(scope="module")
def evaluated(registry):
    with console.capture() as captured:
        found = report_evaluation(registry.settings(), registry.workspace())
    assert found.folder == newest_folder(registry.home)
    return found.results, captured.get(), found.folder


def newest_folder(home: Path) -> Path:
    return max((home / "runs" / "evaluate").iterdir(), key=lambda path: path.stat().st_mtime)


def angles(results: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    rows = results[results["what"] == "angle"]
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return rows


def test_every_pair_is_compared_in_both_directions_at_every_level(evaluated) -> None:
    results, _, _ = evaluated
    assert list(results.columns) == COLUMNS
    estimated = angles(results, method="plug_in")
    assert estimated["group"].unique().tolist() == [
        "JP-US established",
        "JP high_growth-established",
    ]
    of_pair = estimated[estimated["group"] == "JP-US established"]
    assert of_pair["direction"].unique().tolist() == ["JP->US", "US->JP", "mean"]
    assert of_pair["level"].value_counts().to_dict() == {"group": 3, "industry_mean": 3, "industry": 6}
    assert set(of_pair["n1"]) == {60, 30}
    assert set(of_pair["models"]) == {"mapping-JP-established/1 mapping-US-established/1"}


def test_the_debiased_angles_find_the_planted_ones(evaluated) -> None:
    results, _, _ = evaluated
    keys = ["group", "direction"]
    debiased = angles(results, method="debiased", level="industry_mean").set_index(keys)
    planted = angles(results, method="planted", level="industry_mean").set_index(keys)["value"]
    plug_in = angles(results, method="plug_in", level="industry_mean").set_index(keys)["value"]
    assert len(debiased) == 6
    inside = (debiased["low"] <= planted) & (planted <= debiased["high"])
    assert inside.sum() >= 5
    assert (debiased["value"] - planted).abs().mean() < (plug_in - planted).abs().mean()


def test_the_planted_mean_is_that_of_the_simulated_world(evaluated, registry) -> None:
    results, _, _ = evaluated
    true = registry.truth.angles
    row = true[
        (true["country_1"] == "JP") & (true["country_2"] == "US") & (true["firm_type_1"] == "established")
        & (true["firm_type_2"] == "established") & (true["industry"] == "mean")
    ].iloc[0]  # fmt: skip
    planted = angles(results, method="planted", level="industry_mean", group="JP-US established")
    assert planted["value"].tolist() == pytest.approx([row["forward"], row["backward"], row["mean"]])


def test_firms_about_a_centre_have_the_angles_of_the_same_firms_about_the_origin(registry) -> None:
    centre = np.full(12, 0.3)
    for country in ("JP", "US"):
        registry.add_country(country, ["established"], centre=centre, namespace="centred")
    wanted = ("firm_types=[established]", "clusters=null")
    centred, plain = (registry.evaluate(*wanted, f"namespace={name}").results for name in ("centred", "''"))
    for method in ("plug_in", "debiased"):
        about_centre, about_origin = (angles(results, method=method)["value"] for results in (centred, plain))
        assert about_centre.tolist() == pytest.approx(about_origin.tolist(), abs=1e-3)


def test_accuracies_have_the_unit_of_their_metric() -> None:
    metrics = ("cosine", "cosine_centred", "r2", "top_1", "top_10", "mean_rank")
    assert [unit_of(metric) for metric in metrics] == ["cosine", "cosine", "r2", "share", "share", "rank"]


def test_each_angle_has_what_its_two_matrices_explain_of_single_firms(evaluated) -> None:
    results, text, _ = evaluated
    of_pair = results[(results["group"] == "JP-US established") & results["what"].str.startswith("firm_")]
    assert set(of_pair["what"]) == {
        f"firm_{name}" for name in ("r2", "cosine_centred", "top_1", "top_10", "mean_rank")
    }
    assert set(of_pair["method"]) == {"model", "chance"}  # this registry's mappings have no ceiling
    of_mappings = results[results["comparison"] == "mapping"].set_index(["group", "what", "method"])["value"]
    for row in of_pair.to_dict("records"):
        through = {"JP->US": "US established", "US->JP": "JP established"}[row["direction"]]
        assert row["value"] == of_mappings[through, row["what"].replace("firm_", "test_"), row["method"]]
        assert row["models"] == f"mapping-{through.replace(' ', '-')}/1"
    explained = [of_mappings[f"{country} established", "test_r2", "model"] for country in ("JP", "US")]
    assert "/".join(f"{value:.2f}" for value in explained) in text
    assert "What A explains of single test firms (simulated)" in text


def test_published_figures_stand_beside_and_are_not_called_simulated(evaluated) -> None:
    results, text, _ = evaluated
    published = results[results["method"] == "published"]
    assert published[published["what"] == "angle"]["value"].tolist() == [43.61, 26.14]
    assert not published["simulated"].any()
    assert results[results["method"] != "published"]["simulated"].all()
    assert "(other data)" in text


def test_results_are_saved_with_their_versions_and_figures(evaluated, registry) -> None:
    results, _, folder = evaluated
    saved = pd.read_csv(folder / "results.csv")
    assert saved["value"].to_numpy() == pytest.approx(results["value"].to_numpy())
    assert len(pd.read_parquet(folder / "results.parquet")) == len(results)
    versions = json.loads((folder / "versions.json").read_text())
    assert versions["models"]["JP established"]["version"] == "1"
    assert versions["models"]["JP established"]["lineage"]["corpus"] == registry.corpus_hash
    for name in ("angles.png", "accuracies.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_missing_groups_are_named(evaluated) -> None:
    _, text, folder = evaluated
    left_out = json.loads((folder / "versions.json").read_text())["left_out"]
    assert "US high_growth" in left_out
    assert "JP multinational" in left_out
    assert "left out: US high_growth: no mapping-US-high_growth@champion in the registry" in text


def test_rows_of_few_clusters_are_left_out_with_the_reason(evaluated) -> None:
    results, text, folder = evaluated
    assert "clustered" not in set(results["method"])  # the world has two industries
    table = pd.read_csv(folder / "left_out_rows.csv")
    assert table["method"].tolist() == ["clustered", "clustered"]
    assert table["group"].tolist() == ["JP-US established", "JP high_growth-established"]
    assert table["n"].tolist() == [2.0, 2.0]
    assert "2 effective clusters" in " ".join(text.split())
    assert "at least 4 are needed" in " ".join(text.split())


def test_the_screen_says_simulated(evaluated) -> None:
    _, text, _ = evaluated
    assert text.count("(simulated)") == 4  # a title a table


def test_accuracies_stand_beside_null_models(evaluated) -> None:
    results, _, _ = evaluated
    scores = results[results["what"] == "test_cosine"].set_index(["group", "method"])["value"]
    assert scores["JP established", "model"] > scores["JP established", "mean_product"]
    assert scores["JP established", "published"] == 0.89


def test_a_mapping_that_was_changed_stops_the_command_with_its_name(registry) -> None:
    """It is registered: no reason to leave its group out as one that is not."""
    registry.add_country("JP", ["established"], namespace="changed")
    damage_newest_model(registry.home)
    with pytest.raises(
        InputError, match=r"^changed\.mapping-JP-established version 1: .*changed or cut short"
    ):
        registry.evaluate("namespace=changed")


def test_a_mapping_whose_vectors_are_gone_stops_the_command_with_its_name(registry) -> None:
    registry.add_country("JP", ["established"], namespace="gone")
    workspace = registry.workspace("namespace=gone")
    model = workspace.find_model("gone.mapping-JP-established@champion")
    workspace.client.delete_run(model.lineage["gone.vectors-JP"])
    artifacts = registry.home / "mlruns"
    (table,) = artifacts.rglob(f"{model.lineage['gone.vectors-JP']}/artifacts/vectors.parquet")
    table.unlink()
    with pytest.raises(
        InputError, match=r"^gone\.mapping-JP-established version 1: run .* no table 'vectors'"
    ):
        registry.evaluate("namespace=gone")


def test_small_groups_are_left_out_by_name(registry) -> None:
    with pytest.raises(InputError, match=r"JP established: 60 firms; min_firms=100 are needed"):
        registry.evaluate("min_firms=100")


def test_without_industries_whole_groups_are_compared(registry) -> None:
    with console.capture() as captured:
        results = report_evaluation(registry.settings("min_industry_firms=50"), registry.workspace()).results
    assert set(angles(results, method="plug_in")["level"]) == {"group"}
    assert angles(results, method="planted")["value"].notna().all()
    assert "whole groups" in captured.get()


def test_mappings_of_two_corpora_are_refused(registry) -> None:
    with pytest.raises(LineageError, match=r"corpus \w+ but that of CN established with corpus another"):
        registry.evaluate("countries=[JP,CN]")


def test_another_world_at_data_root_is_refused(registry, tmp_path) -> None:
    from tests.evaluation.conftest import WORLD
    from tests.simulation.worlds import make_world

    make_world(tmp_path / "other", WORLD | {"seed": 1})
    with pytest.raises(LineageError, match=registry.corpus_hash):
        registry.evaluate(f"data.root={tmp_path / 'other'}")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["countries=[JP,FR]"], "countries=FR: not a choice; allowed: JP, US, CN"),
        (["firm_types=[old]"], "firm_types=old: not a choice"),
        (["confidence=95"], "confidence=95: allowed: more than 0, less than 1"),
        (["countries=[JP]", "firm_types=[established]"], "only JP established"),
        (
            ["countries=[CN]", "firm_types=[multinational]"],
            "CN multinational: no mapping-CN-multinational@champion in the registry; run `ipml promote` first, or",
        ),
        (["countries=[]"], "countries=[]: a list with at least one entry is needed"),
        (["bootstrap=1"], "bootstrap=1: allowed: 0 (none), or at least 2 resamples"),
        (["+evaluators.pair.mine.options=1"], "evaluators.pair: mine needs a class"),
        (["inputs.alias=newest"], "no mapping-JP-established@newest in the registry"),
    ],
)
def test_mistakes_are_named_in_one_line(registry, overrides: list[str], message: str) -> None:
    before = set((registry.home / "runs").rglob("*"))
    with pytest.raises(InputError) as caught:
        registry.evaluate(*overrides)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert set((registry.home / "runs").rglob("*")) == before


def test_degrees_of_both_directions_average_to_the_mean(evaluated) -> None:
    results, _, _ = evaluated
    wide = angles(results, method="plug_in", level="group").pivot_table(
        index="group", columns="direction", values="value", aggfunc="first"
    )
    directions = wide.drop(columns="mean").mean(axis=1)
    assert np.allclose(directions, wide["mean"])
