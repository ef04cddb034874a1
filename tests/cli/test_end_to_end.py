"""The documented commands, from nothing to the comparison, on a small simulated world."""

import json
import re
import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest

from ipml.tracking import Workspace
from tests.conftest import REPOSITORY
from tests.small_study import GROUP, STUDY, TINY, command, in_a_process

pytestmark = pytest.mark.xdist_group(GROUP)


@pytest.fixture(scope="module")
def results(small_study):
    # The first: tests here evaluate in this home again.
    folder = min((small_study.home / "runs" / "evaluate").iterdir())
    return folder, pd.read_csv(folder / "results.csv")


def test_the_study_ends_with_the_comparison_and_says_how_to_open_it(small_study):
    output = small_study.printed
    assert "Countries compared, by firm type: angles in degrees, mean over industries (simulated)" in output
    for group in ("JP-US", "JP-CN", "US-CN", "high_growth-established"):
        assert group in output
    assert "mlflow ui --backend-store-uri sqlite:////" in output


def test_every_pair_has_plug_in_debiased_and_planted_angles_with_n(results):
    _, table = results
    angles = table[(table["what"] == "angle") & (table["level"] == "group") & (table["direction"] == "mean")]
    counts = angles.groupby("method")["group"].nunique()
    assert counts[["plug_in", "debiased", "planted"]].tolist() == [18, 18, 18]
    estimated = angles[angles["method"] == "debiased"]
    assert (estimated["low"] <= estimated["value"]).all()
    assert (estimated["value"] <= estimated["high"]).all()
    assert (angles[angles["method"] != "published"][["n1", "n2"]] >= 30).all(axis=None)
    assert table[table["method"] != "published"]["simulated"].all()


def test_the_results_name_every_model_version_and_they_belong_together(results):
    folder, table = results
    versions = json.loads((folder / "versions.json").read_text())
    assert len(versions["models"]) == 9
    assert len({model["lineage"]["corpus"] for model in versions["models"].values()}) == 1
    assert {model["version"] for model in versions["models"].values()} == {"1"}
    assert versions["simulated"] is True
    estimated = table[table["method"].isin(["plug_in", "debiased"])]
    assert estimated["models"].str.fullmatch(r"mapping-\S+/1 mapping-\S+/1").all()


def test_every_column_that_is_written_is_in_the_data_dictionary(small_study):
    documented = set(re.findall(r"`([\w.]+)`", (REPOSITORY / "docs" / "data.md").read_text(encoding="utf-8")))
    tables = list((small_study.home / "runs").glob("*/*/*.parquet"))
    assert {"vectors", "held_out", "accuracy", "scores", "results"} <= {table.stem for table in tables}
    for table in tables:
        assert set(pq.read_schema(table).names) <= documented, table
        assert table.stem in documented or f"{table.stem}.parquet" in documented


def test_the_study_ends_with_its_last_run_and_the_next_command_once(small_study, results):
    folder, _ = results
    said = [line for line in small_study.printed.splitlines() if re.match("run folder:|MLflow:|next:", line)]
    assert said[0] == f"run folder: {folder}"
    assert said[1].endswith(json.loads((folder / "mlflow.json").read_text(encoding="utf-8"))["run_id"])
    assert said[2].startswith("next: ipml differences ")
    assert len(said) == 3
    printed = command(small_study.home, "registry", f"figure={folder / 'angles.pdf'}").stdout
    assert "ipml evaluate" in " ".join(printed.split())


def test_figures_are_pictures(results):
    folder, _ = results
    for name in ("angles.png", "accuracies.png"):
        picture = (folder / name).read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 10_000


def test_all_fourteen_models_are_champions(small_study):
    listed = command(small_study.home, "registry").stdout
    assert listed.count("champion") == 14
    for name in ("dual_attn-JP", "alignment-zh-en", "mapping-US-multinational"):
        assert name in listed


@pytest.mark.slow
def test_a_second_run_keeps_every_stage_but_the_last(small_study):
    again = command(small_study.home, *STUDY)
    assert again.returncode == 0
    assert again.stdout.count("kept ") == 21
    assert again.stdout.count("done ") == 1


@pytest.mark.slow
def test_a_registered_model_scores_new_firms_of_the_same_world(small_study):
    new_firms = ["data=simulated", *TINY, "data.world.firms_seed=1"]
    result = command(small_study.home, "score", "model=dual_attn-JP@champion", "country=JP", *new_firms)
    assert result.returncode == 0, result.stderr
    assert "0 firms scored by the fold that has not seen them" in result.stdout
    for figure in ("AUC", "macro F1", "accuracy", "of the words have a vector", "simulated firms"):
        assert figure in result.stdout


def test_the_differences_of_two_groups_are_named(small_study):
    home = small_study.home
    found = command(home, "differences", "pair=[JP-established,US-established]", "parts=2", "names=3", *TINY)
    assert found.returncode == 0, found.stderr
    assert "convert differently (simulated)" in " ".join(found.stdout.split())
    frame = pd.read_csv(next((home / "runs" / "differences").glob("*/differences.csv")))
    assert set(frame["what"]) == {"size", "word", "made_word", "patent", "ipc_class", "firm"}
    assert frame["simulated"].all()
    named = frame[frame["what"].isin(["word", "patent", "firm"])]
    assert named.groupby(["part", "what", "side"]).size().eq(3).all()
    assert set(frame[frame["what"].isin(["patent", "firm"])]["country"]) <= {"JP", "US"}
    ends = frame[frame["rank"].eq(1) & frame["what"].eq("firm")].set_index(["part", "side"])["value"]
    assert (ends.xs("+", level="side") > 1).all()
    assert (ends.xs("-", level="side") < -1).all()


@pytest.mark.parametrize(
    "pair", ["[JP-established]", "[JP-established,JP-established]", "[XX-old,JP-established]"]
)
def test_a_pair_that_is_none_is_refused_in_one_line(small_study, pair):
    home = small_study.home
    refused = command(home, "differences", f"pair={pair}", *TINY)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: pair={pair}: two groups are needed")
    assert len(refused.stderr.splitlines()) == 1


def test_the_specification_curve_of_one_study_is_its_base(small_study):
    home = small_study.home
    pair = "pair=[US-established,JP-established]"
    for others in ([], [*TINY, "data.world.seed=1"]):
        refused = command(home, "specification_curve", pair, *others)
        assert refused.returncode == 2
        assert "of corpus " in refused.stderr
        assert ", not of data.root=" in refused.stderr
        assert "│" not in refused.stdout
    drawn = command(home, "specification_curve", pair, *TINY)
    assert drawn.returncode == 0, drawn.stderr
    assert "angle by specification (simulated)" in " ".join(drawn.stdout.split())
    folder = next((home / "runs" / "specification_curve").iterdir())
    table = pd.read_csv(folder / "specifications.csv")
    assert table["varied"].tolist() == ["base"]
    row = table.iloc[0]
    assert (row["solver"], row["centre"], row["aligner"]) == ("RidgeMap", "none", "orthogonal")
    assert row["low"] <= row["debiased"] <= row["high"]
    assert (folder / "specifications.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_reverse_and_pooled_models_stand_beside_what_evaluation_reads(small_study):
    home = small_study.home
    assert "ceiling" in small_study.printed
    for words in (["model=mapping_reverse", "country=JP", "firm_type=established"], ["model=mapping_pooled"]):
        result = command(home, "train", *words, *TINY)
        assert result.returncode == 0, result.stderr
        assert f"{words[0].removeprefix('model=')}" in result.stdout
    promoted = command(home, "promote", "models=[mapping_pooled,mapping_reverse-JP-established]")
    assert promoted.returncode == 0, promoted.stderr
    evaluated = command(home, "evaluate", *TINY)
    assert evaluated.returncode == 0, evaluated.stderr
    newest = max((home / "runs" / "evaluate").iterdir())
    table = pd.read_csv(newest / "results.csv")
    pooled = table["method"] == "pooled"
    assert table.loc[pooled, "models"].eq("mapping_pooled/1").all()
    assert table.loc[pooled, "group"].nunique() == 18
    assert table.loc[~pooled, "models"].dropna().str.fullmatch(r"(mapping-\S+/\d+ ?)+").all()
    kinds = set(table.loc[table["comparison"] == "mapping", "what"])
    assert kinds == {
        f"test_{name}" for name in ("cosine", "cosine_centred", "r2", "top_1", "top_5", "top_10", "mean_rank")
    }


@pytest.mark.slow
def test_a_mapping_of_other_firms_is_refused_beside_the_others(small_study, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(small_study.home, home)  # whoever comes next finds the firms of the study as the newest
    other = [*TINY, "data.world.firms_seed=2"]
    for words in (
        [
            "train",
            "model=dual_attn",
            "country=JP",
            "model.n_folds=2",
            "model.max_epochs=1",
            "model.controls=false",
        ],
        ["keywords", "country=JP"],
        ["vectors", "country=JP"],
        ["train", "model=mapping", "country=JP", "firm_type=established"],
    ):
        result = command(home, *words, *other)
        assert result.returncode == 0, result.stderr
    refused = command(home, "evaluate", "inputs.alias=challenger", *TINY)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: ")
    assert len(refused.stderr.splitlines()) == 1
    assert "corpus" in refused.stderr
    # The champions are still the study's, and so are the word vectors that they name.
    result = command(home, "evaluate", f"model_folders=[{small_study.home}]", *TINY)
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_the_study_on_real_japanese_firms(shared, tmp_path, monkeypatch):
    pytest.importorskip("sudachipy", reason="no Japanese tokenizer: make real-embeddings")
    data = shared / "data"
    result = in_a_process(
        tmp_path, "run", "study=real_jp", f"study.root={data / 'firms'}", f"study.lexicon={data / 'lexicon'}"
    )
    if "needs a package" in result.stderr:
        pytest.skip(result.stderr)
    assert result.returncode == 0, result.stderr
    assert "left out: JP multinational" in result.stdout
    (folder,) = (tmp_path / "runs" / "evaluate").iterdir()
    table = pd.read_csv(folder / "results.csv")
    angles = table[(table["what"] == "angle") & (table["method"] == "debiased")]
    assert set(angles["group"]) == {"JP high_growth-established"}
    assert not table["simulated"].any()
    monkeypatch.setenv("IPML_HOME", str(tmp_path))
    from ipml.config import compose_settings

    run = Workspace(compose_settings("registry")).client.search_runs(
        ["1"], "tags.`ipml.stage` = 'dual_attn'"
    )[0]
    assert run.data.metrics["test/auc"] > 0.78
    assert run.data.metrics["control/shuffled_labels_auc"] < 0.56


def test_failed_diagnostics_go_from_the_training_to_the_history_and_the_line_of_a_pair(small_study):
    home = small_study.home
    registry = json.loads(command(home, "registry", "history=true", "format=json", *TINY).stdout)
    forced = {row["model"]: row["failed"] for row in registry if row["model"].startswith("dual_attn-")}
    assert set(forced) == {"dual_attn-JP", "dual_attn-US", "dual_attn-CN"}
    newest = max((home / "runs" / "evaluate").iterdir())
    table = pd.read_csv(newest / "results.csv")
    said = table[table["method"] == "plug_in"].groupby("group")["diagnostics"].agg(set)
    for pair, texts in said.items():
        (text,) = texts
        for model, failed in forced.items():
            named = f"{model}/1 failed ({failed})" in text
            assert named == (bool(failed) and model.partition("-")[2] in pair)
