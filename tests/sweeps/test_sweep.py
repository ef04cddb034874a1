"""Whole sweeps over a planted training: what they find, go on with, prune, refuse and survive."""

import os
import subprocess
import sys
import time
from collections import Counter

import pandas as pd
import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from tests.conftest import REPOSITORY
from tests.sweeps import planted


def start(home, *words):
    """Start a sweep in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.sweeps.planted", *words],
        cwd=REPOSITORY,
        env={**os.environ, "IPML_HOME": str(home), "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def trials(home):
    (folder,) = (home / "runs" / "sweep").iterdir()
    return pd.read_parquet(folder / "trials.parquet").set_index("trial")


@pytest.mark.slow
def test_the_winner_is_found_scored_on_unseen_data_and_kept_as_an_experiment(home, runs_of, capsys):
    planted.run("n_trials=4", "country=US", "model.n_folds=3")
    table = trials(home)
    assert table["state"].tolist() == ["complete"] * 4
    assert table["param_x"].nunique() == 4
    best = table.loc[table["score"].idxmax()]
    (parent,) = runs_of("sweep")
    assert parent.info.status == "FINISHED"
    metrics = parent.data.metrics
    assert metrics["winner/optimised"] == pytest.approx(best["score"])
    assert metrics["winner/optimism"] == pytest.approx(0.1)
    assert metrics["winner/unseen"] == pytest.approx(best["score"] - 0.1)
    assert metrics["default/optimised"] == pytest.approx(1 - 0.01**2)
    children = runs_of("dual_attn")
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert [run.data.tags.get("ipml.trial") for run in children] == ["0", "1", "2", "3", None, None]
    assert float(children[1].data.params["x"]) == pytest.approx(table.loc[1, "param_x"])
    assert all("kept_aside/auc" not in run.data.metrics for run in children[:4])
    assert [run.data.tags.get("ipml.reestimate") for run in children[4:]] == ["default", "winner"]
    output = " ".join(capsys.readouterr().out.split())
    assert f"trial 3: test/auc {table.loc[3, 'score']:.4f}" in output
    assert "Best trial and default (simulated)" in output
    folder = next((home / "runs" / "sweep").iterdir())
    for name in ("history", "importances", "slices"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    experiment = folder / "best.yaml"
    assert f"ipml train experiment={experiment}" in experiment.read_text(encoding="utf-8")
    again = compose_settings("train", [f"experiment={folder / 'best.yaml'}", "model.max_epochs=7"])
    assert again.model.optimizer["lr"] == pytest.approx(best["param_x"])
    assert (again.country.name, again.model.n_folds, again.model.max_epochs) == ("US", 3, 7)
    assert (again.register, again.model.kept_aside.share, again.model.controls) == (True, 0.0, True)


@pytest.mark.slow
def test_the_same_command_goes_on_to_the_wished_number(home, runs_of):
    planted.run("n_trials=1")
    planted.run("n_trials=3")
    planted.run("n_trials=3")
    assert trials(home)["state"].tolist() == ["complete"] * 3
    assert trials(home)["param_x"].nunique() == 3
    assert len(runs_of("sweep")) == 1
    assert Counter(run.data.tags.get("ipml.reestimate") for run in runs_of("dual_attn"))["default"] == 1


@pytest.mark.slow
def test_a_bad_trial_is_broken_off(home, runs_of):
    planted.run("n_trials=6", planted.THRESHOLD, "+sweep.pruner.lower=0.8")
    table = trials(home)
    bad = 1 - table["param_x"] ** 2 < 0.8
    assert 0 < bad.sum() < 6
    assert (table["state"] == "pruned").equals(bad)
    assert (table.loc[bad, "steps"] == 1).all()
    pruned = [run for run in runs_of("dual_attn") if run.data.tags.get("ipml.pruned")]
    assert {run.info.status for run in pruned} == {"KILLED"}
    assert {int(run.data.tags["ipml.trial"]) for run in pruned} == set(table.index[bad])
    assert not any("test/auc" in run.data.metrics for run in pruned)


@pytest.mark.slow
def test_a_sweep_that_minimises_breaks_off_the_others(home):
    minimised = ["sweep.objective.direction=minimize", "+sweep.pruner.upper=-0.8"]
    planted.run("n_trials=6", planted.THRESHOLD, *minimised)
    table = trials(home)
    good = 1 - table["param_x"] ** 2 >= 0.8
    assert 0 < good.sum() < 6
    assert (table["state"] == "complete").equals(good)


@pytest.mark.slow
def test_failures_are_kept_with_their_reason_and_the_sweep_goes_on(home, runs_of, capsys):
    def fails_on_the_right(settings):
        if settings.model.optimizer["lr"] > 0.5:
            raise InputError("right: not\nallowed")
        return planted.train(settings)

    planted.run("n_trials=3", "stop_after_failures=9", training=fails_on_the_right)
    table = trials(home)
    assert (table["state"] == "complete").sum() == 3
    failed = table[table["state"] == "fail"]
    assert len(failed) > 0
    assert (failed["param_x"] > 0.5).all()
    assert set(failed["reason"]) == {"InputError: right: not allowed"}
    assert "failed, InputError: right: not allowed" in " ".join(capsys.readouterr().out.split())


def test_a_sweep_whose_trials_all_fail_stops(home, runs_of):
    def fails(settings):
        raise ZeroDivisionError("no firms")

    with pytest.raises(
        InputError, match="2 trials failed one after the other, the last with: ZeroDivisionError"
    ):
        planted.run("n_trials=5", "stop_after_failures=2", training=fails)
    assert runs_of("sweep")[0].info.status == "FAILED"


def test_a_metric_that_is_not_logged_stops_the_sweep_after_one_trial(home, runs_of):
    with pytest.raises(InputError, match=r"sweep.objective.metric=test/aux: not logged .* logged: test/auc"):
        planted.run("n_trials=5", "sweep.objective.metric=test/aux")
    assert len(runs_of("dual_attn")) == 1


@pytest.mark.slow
def test_a_search_whose_trials_are_all_pruned_has_no_winner(home):
    with pytest.raises(InputError, match="every trial was pruned"):
        planted.run("n_trials=2", planted.THRESHOLD, "+sweep.pruner.lower=2.0")


@pytest.mark.slow
@pytest.mark.alone
def test_killed_in_the_middle_of_a_trial_and_gone_on_with_by_two_processes(home, runs_of, where):
    killed = start(home, "killed_once", "n_trials=9", *where)
    assert killed.wait(timeout=120) == -9, killed.stderr.read().decode()
    assert runs_of("dual_attn")[2].info.status == "RUNNING"
    other = start(home, "train_slowly", "n_trials=9", *where)
    while len(runs_of("dual_attn")) < 4:
        assert other.poll() is None, other.stderr.read().decode()
        time.sleep(0.1)
    planted.run("n_trials=9", *where, training=planted.train_slowly)
    assert other.wait(timeout=120) == 0, other.stderr.read().decode()
    table = trials(home)
    assert Counter(table["state"]) == {"complete": 9, "fail": 1}
    (retried,) = table.index[table["retry_of"] == 2]
    assert table.loc[retried, "param_x"] == table.loc[2, "param_x"]
    assert table.loc[2, "reason"] == "its process was killed"
    assert table["param_x"].nunique() == 9
    assert table.loc[3:, "worker"].nunique() == 2
    states = Counter(run.info.status for run in runs_of("dual_attn"))
    assert states == {"FINISHED": 11, "KILLED": 1}  # with the two that are re-estimated
    assert [run.info.status for run in runs_of("sweep")] == ["FINISHED"]
