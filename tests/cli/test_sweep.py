"""``ipml sweep`` and grids by ``-m`` with the real trainings."""

import json

import pandas as pd
import pytest

from ipml.cli import main
from ipml.config import compose_settings
from ipml.tracking import Workspace
from tests.cli.raw_corpus import write_raw_corpus


@pytest.fixture
def own(tmp_path):
    raw = write_raw_corpus(tmp_path / "raw")
    vectors = f"embeddings.languages.en.vectors.path={raw / 'words.vec'}"
    return ["country=US", "data=corpus", f"data.root={raw}", "embeddings=vec", vectors, "model.n_folds=2"]


def runs(stage):
    client = Workspace(compose_settings("registry")).client
    return client.search_runs(["1"], f"tags.`ipml.stage` = '{stage}'", order_by=["attributes.start_time ASC"])


@pytest.mark.slow
def test_a_sweep_of_dual_attention_never_sees_the_firms_of_the_last_check(home, own, capsys):
    words = [*own, "model.max_epochs=2"]
    assert main(["sweep", "model=dual_attn", "sweep=dual_attn", "n_trials=3", *words]) == 0
    found = runs("dual_attn")
    assert len(found) == 5
    aside = [
        set(Workspace(compose_settings("registry")).load_table(r.info.run_id, "kept_aside")["unit"])
        for r in found[3:]
    ]
    assert aside[0] == aside[1]
    assert len(aside[0]) == 12  # of 60
    trained = []
    for run in found:
        model = home / "runs" / "dual_attn" / run.data.tags["ipml.run_folder"] / "model" / "model.json"
        trained.append(set(json.loads(model.read_text())["fold_of_firm"]))
    assert all(len(firms) == 48 and not firms & aside[0] for firms in trained)
    assert not any("kept_aside/auc" in run.data.metrics for run in found[:3])
    (parent,) = runs("sweep")
    assert "difference/unseen_low" in parent.data.metrics
    (folder,) = (home / "runs" / "sweep").iterdir()
    capsys.readouterr()
    assert main(["train", f"experiment={folder / 'best.yaml'}", "model.controls=false"]) == 0
    assert "dual_attn-US version 1: 60 firms" in capsys.readouterr().out
    best = pd.read_parquet(folder / "trials.parquet").sort_values("score").iloc[-1]
    config = (
        home / "runs" / "dual_attn" / runs("dual_attn")[-1].data.tags["ipml.run_folder"]
    ) / "config.yaml"
    assert str(best["param_lr"]) in config.read_text()


def test_a_sweep_that_does_not_fit_the_model_is_refused_in_one_line(home, own, capsys):
    assert main(["sweep", "sweep=mapping", *own]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert errors == ["error: sweep=mapping: for models of stage mapping, not dual_attn; allowed: dual_attn"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "not readable"), ("{a: 1}", "a list of overrides"), ("[unclosed", "not readable")],
)
def test_a_file_that_is_no_experiment_is_refused_in_one_line(home, tmp_path, capsys, content, message):
    path = tmp_path / "best.yaml"
    if content is not None:
        path.write_text(content)
    assert main(["train", f"experiment={path}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: experiment={path}: {message}")
    assert len(error.splitlines()) == 1


@pytest.mark.slow
def test_a_grid_runs_every_job_and_names_the_one_that_fails(home, own, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert main(["train", "-m", *own, "model.controls=false", "model.max_epochs=1,-5,2"]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert errors == ["error: model.max_epochs=-5: at least 1 is needed"]
    assert [run.info.status for run in runs("dual_attn")] == ["FINISHED", "FINISHED"]
    assert {path.name for path in set(tmp_path.iterdir()) - before} <= {"runs", "data", "mlruns"}


@pytest.mark.slow
def test_a_grid_over_a_group(home, own):
    models = "model=dual_attn,dual_attn_published"
    assert main(["train", "-m", models, *own, "model.controls=false", "model.max_epochs=1"]) == 0
    assert len(runs("dual_attn")) == 2
