import builtins
import re

import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.tracking import Workspace
from ipml.tracking.epoch_loggers import CURVES


def with_logger(workspace, choice, *overrides):
    own = ["model=mapping", "firm_type=established", f"logger={choice}", *overrides]
    settings = compose_settings("train", own)
    return Workspace(settings.model_copy(update={"paths": workspace.settings.paths}))


def log_epochs(workspace, epochs=2):
    """Log epochs of two parts and a final figure; returns the run."""
    with workspace.start_run("mapping", "mapping-JP-established") as run:
        loggers = workspace.epoch_loggers(run)
        for part in ("fold_0", "fold_1"):
            for logger in loggers(part):
                for step in range(1, epochs + 1):
                    logger.log_metrics({"val/loss": 1 / step, "epoch": step - 1}, step)
                logger.save()
                logger.finalize("success")
        run.log_metrics({"test/cosine": 0.8})
    return run


def history(workspace, run, name):
    return [(m.step, m.value) for m in workspace.client.get_metric_history(run.id, name)]


def test_the_figures_of_each_part_are_in_the_run_by_step(workspace):
    run = log_epochs(with_logger(workspace, "mlflow"))
    for part in ("fold_0", "fold_1"):
        assert history(workspace, run, f"{part}/val/loss") == [(1, 1.0), (2, 0.5)]


def test_with_none_only_final_figures_are_kept(workspace):
    run = log_epochs(with_logger(workspace, "none"))
    assert workspace.client.get_run(run.id).data.metrics == {"test/cosine": 0.8}


def test_losses_are_drawn_where_there_is_more_than_one_epoch(workspace):
    workspace = with_logger(workspace, "mlflow")
    run = log_epochs(workspace)
    assert (run.folder / f"{CURVES}.png").read_bytes().startswith(b"\x89PNG")
    assert {f"{CURVES}.png", f"{CURVES}.pdf"} <= {
        file.path for file in workspace.client.list_artifacts(run.id)
    }
    for without in (log_epochs(workspace, epochs=1), log_epochs(with_logger(workspace, "none"))):
        assert list(without.folder.glob(f"{CURVES}.*")) == []


def test_several_loggers_together(workspace):
    run = log_epochs(with_logger(workspace, "csv", "logger.names=[csv,mlflow]"))
    assert history(workspace, run, "fold_1/val/loss") == [(1, 1.0), (2, 0.5)]
    lines = (run.folder / "fold_1" / "metrics.csv").read_text().splitlines()
    assert lines[0].split(",") == ["epoch", "step", "val/loss"]
    assert lines[2].endswith("2,0.5")


def test_wandb_beside_mlflow_without_a_network(workspace):
    pytest.importorskip("wandb", reason="no wandb: pip install 'ipml[wandb]'")
    run = log_epochs(with_logger(workspace, "mlflow_wandb", "logger.mode=offline"))
    assert history(workspace, run, "fold_1/val/loss") == [(1, 1.0), (2, 0.5)]
    (saved,) = run.folder.glob("wandb/offline-run-*/*.wandb")
    content = saved.read_bytes()
    for text in (b"fold_0/val/loss", b"fold_1/val/loss", b"test/cosine", run.id.encode(), b"established"):
        assert text in content
    tag = workspace.client.get_run(run.id).data.tags["ipml.wandb_run"]
    assert saved.name == f"run-{tag}.wandb"
    assert not [path for path in run.folder.rglob("*") if re.search(r"\.(pkl|pickle|ckpt|pt)$", path.name)]


def test_wandb_that_is_missing_is_said_with_its_remedy(workspace, monkeypatch):
    original = builtins.__import__

    def without_wandb(name, *arguments):
        if name == "wandb":
            raise ImportError(name)
        return original(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_wandb)
    with pytest.raises(InputError, match=r"pip install 'ipml\[wandb\]'"):
        log_epochs(with_logger(workspace, "wandb"))


@pytest.mark.parametrize(
    ("choice", "overrides", "message"),
    [
        ("mlflow", ["logger.names=[paper]"], "logger.names=paper: not a choice; allowed: mlflow, csv, wandb"),
        ("wandb", ["logger.mode=slow"], "logger.mode=slow: not a choice; allowed: online, offline"),
    ],
)
def test_a_wrong_choice_is_refused(workspace, choice, overrides, message):
    with pytest.raises(InputError, match=message):
        log_epochs(with_logger(workspace, choice, *overrides))


def test_wandb_that_does_not_start_is_said_in_one_line(workspace, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="no wandb: pip install 'ipml[wandb]'")

    def refuse(**settings):
        raise wandb.errors.UsageError("no key\nis known")

    monkeypatch.setattr(wandb, "init", refuse)
    with pytest.raises(InputError, match=r"wandb: no key is known; without an account: logger\.mode=offline"):
        log_epochs(with_logger(workspace, "wandb"))
