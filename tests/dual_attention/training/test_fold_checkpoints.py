"""A training that is killed goes on with the folds it has finished, and ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from ipml.dual_attention import stage
from ipml.dual_attention.training import cross_fitting as training
from ipml.dual_attention.training import fold_checkpoints
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints, open_fold_checkpoints
from ipml.tracking import Workspace
from ipml.tracking.model_files import TENSORS, model_hash
from ipml.tracking.runs import Pruned, listening
from tests.dual_attention.planted import World

SMALL = ["model.max_epochs=2", "model.bag_of_words=1", "model.controls=true", "logger=none"]
TRAINING = """
import os, signal, sys
from ipml.cli import main
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints
write, left = FoldCheckpoints.write, int(sys.argv[1])
def counted(self, number, fold):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write(self, number, fold)
FoldCheckpoints.write = counted
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def own(tmp_path, tracking_database) -> World:
    return World(tmp_path, tracking_database, n_firms=40)


def unfinished(world):
    return sorted(path for path in (world.home / "runs" / ".unfinished").glob("*") if path.is_dir())


def hash_of(world, namespace=""):
    workspace = Workspace(world.settings("keywords", f"namespace={namespace}"))
    return model_hash(workspace.find_model(f"{workspace.name('dual_attn', 'JP')}@challenger").folder)


@pytest.fixture
def trained_networks(monkeypatch):
    """Descriptions of the networks that are really trained."""
    lines, train = [], training.train_network

    def spied(*given, **options):
        lines.append(given[4])
        return train(*given, **options)

    monkeypatch.setattr(training, "train_network", spied)
    return lines


@pytest.mark.slow
def test_killed_at_a_fold_it_goes_on_and_the_model_is_the_same(own):
    command = [
        "train",
        "model=dual_attn",
        f"paths.root={own.home}",
        "data=corpus",
        "embeddings=simulated",
        "lexicon=simulated",
        f"data.root={own.root}",
        "model.n_folds=3",
        "namespace=",
    ]

    def run(folds, *more):
        words = [sys.executable, "-c", TRAINING, str(folds), *command, *SMALL, *more]
        return subprocess.run(
            words, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )

    whole = run(99, "namespace=whole")
    assert whole.returncode == 0, whole.stderr
    assert "kept from" not in whole.stdout
    assert unfinished(own) == []
    for folds in (2, 5):  # in the second training of a fold of the model, and in that of a control
        assert run(folds).returncode == -signal.SIGKILL
    assert len(unfinished(own)) == 1
    last = run(99)
    assert last.returncode == 0, last.stderr
    assert "dual_attn-JP: fold 1 of 3: kept from a run that was stopped" in last.stdout
    assert "dual_attn-JP, attention_off: fold 1 of 3: kept" in last.stdout
    assert "shuffled_labels: fold 3 of 3: kept" not in last.stdout
    assert unfinished(own) == []
    assert hash_of(own) == hash_of(own, "whole")
    lines = [
        text.partition("calibration:")[2].partition("run folder:")[0] for text in (whole.stdout, last.stdout)
    ]
    assert lines[0] == lines[1]  # the figures of controls too


class StoppedError(Exception):
    pass


def stop(world, settings, folds=2):
    """Train, and fail after some folds."""

    def listener(score, step):
        if step == folds:
            raise StoppedError

    with pytest.raises(StoppedError), listening(listener):
        world.call(stage.train, settings)
    (folder,) = unfinished(world)
    return folder


def test_what_is_cut_short_is_trained_again(own, trained_networks, capsys):
    settings = own.train_settings("model.max_epochs=1", "logger=none")
    folder = stop(own, settings)
    file = folder / "fold_1" / TENSORS
    file.write_bytes(file.read_bytes()[:-9])
    (folder / ".fold_2.0a1b2c3d.tmp").mkdir()  # as a kill leaves one
    trained_networks.clear()
    own.call(stage.train, settings)
    assert trained_networks == [f"dual_attn-JP: fold {number} of 3" for number in (2, 3)]
    assert "fold 1 of 3: kept from a run that was stopped" in capsys.readouterr().out
    assert unfinished(own) == []


@pytest.mark.slow
def test_another_training_takes_nothing_of_it(own, trained_networks):
    folder = stop(own, own.train_settings("model.max_epochs=1", "logger=none"), folds=1)
    trained_networks.clear()
    own.call(stage.train, own.train_settings("model.max_epochs=1", "logger=none", "model.optimizer.lr=0.02"))
    assert len(trained_networks) == 3
    assert unfinished(own) == [folder]


def test_a_trial_that_is_broken_off_leaves_nothing(own):
    def listener(score, step):
        raise Pruned

    with pytest.raises(Pruned), listening(listener):
        own.call(stage.train, own.train_settings("model.max_epochs=1", "logger=none"))
    assert unfinished(own) == []


def test_of_two_that_train_the_same_at_once_the_second_waits_and_finds_the_version_of_the_first(
    own, trained_networks, monkeypatch, capsys
):
    monkeypatch.setattr(fold_checkpoints, "_POLL", 0.01)
    settings = own.train_settings("model.max_epochs=1", "logger=none")
    versions = []
    second = threading.Thread(target=lambda: versions.append(own.call(stage.train, settings).version))

    def listener(score, step):
        if step == 2:
            second.start()
            while "waiting until it has ended" not in capsys.readouterr().out:
                time.sleep(0.05)
            assert len(trained_networks) == 2

    with listening(listener):
        versions.append(own.call(stage.train, settings).version)
    second.join()
    assert len(trained_networks) == 6
    assert versions[0] == versions[1]  # registered as one, since the files are the same
    assert sorted(path.name for path in (own.home / "runs" / ".unfinished").iterdir()) == ["lock", "lock.pid"]


def test_the_last_score_reported_is_the_cross_fitted_auc(own):
    """With a bag of words beside the attention; so what is pruned stands on the scale of what is complete."""
    reported = []
    with listening(lambda score, step: reported.append((score, step))):
        trained = own.call(stage.train, own.train_settings("model.bag_of_words=1", "logger=none"))
    assert [step for _, step in reported] == [1, 2, 3]
    assert reported[-1][0] == pytest.approx(trained.metrics["test/auc"], abs=1e-12)
    assert reported[0][0] != reported[-1][0]


def test_without_a_folder_nothing_is_kept(world, tmp_path):
    kept = FoldCheckpoints().part("control")
    assert kept.folder is None
    assert kept.read((0, 0), lambda: pytest.fail("nothing to read")) is None
    kept.remove()


def test_the_folder_is_named_by_what_decides_the_networks(own):
    folders = set()
    for override, corpus in (
        ("seed=0", "a"),
        ("seed=1", "a"),
        ("model.kept_aside.share=0.1", "a"),
        ("seed=0", "b"),
        ("logger=none", "a"),
    ):
        with open_fold_checkpoints(own.train_settings(override), {"corpus": corpus}) as kept:
            folders.add(kept.folder)
    assert len(folders) == 4
