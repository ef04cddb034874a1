"""``trainer=ddp``: two processes on the CPU against one."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from pytorch_lightning.loggers import CSVLogger
from torch.multiprocessing import ProcessExitedException

from ipml.dual_attention import stage
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.training import cross_fitting as training
from ipml.dual_attention.training.cross_fitting import train_network
from ipml.dual_attention.training.ddp import check_shares, queue_logger
from ipml.dual_attention.training.lightning_module import DualAttentionModule
from ipml.errors import InputError
from ipml.text import open_language
from ipml.tracking import Workspace
from ipml.tracking.runs import listening
from tests.dual_attention.training.test_cross_fitting import validation_loss


@pytest.fixture
def part(world):
    """Make the data of 60 firms, 40 of them for training."""
    language = open_language(world.train_settings().embeddings, "ja")
    sites = read_sites(world.corpus, [f"JP-{n:03d}" for n in range(60)], language, None, 32, 864)
    labels = (np.arange(60) % 2).astype(np.float32)
    parts = np.split(np.arange(60), [40, 50])
    return lambda batch_size: SiteData(sites, labels, *parts, batch_size=batch_size, seed=0)


class DyingModule(DualAttentionModule):
    """Its second process is killed in the second epoch."""

    def on_train_epoch_start(self):
        if self.global_rank == 1 and self.current_epoch == 1:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("options", [{}, {"attention": False}])
def test_two_processes_learn_what_one_learns(world, part, options):
    networks = []
    for trainer in ("cpu", "ddp"):
        exact = ["model.network.dropout=0", "model.network.layer_norm=true"]
        settings = world.train_settings(f"trainer={trainer}", *exact)
        # All firms in one batch: their order does not matter.
        networks.append(train_network(part(40), settings.model, settings.trainer, 0, "test", **options))
    one, two = (network.state_dict() for network in networks)
    assert one["output.weight"].abs().max() > 0.05
    for name in one:
        torch.testing.assert_close(two[name], one[name], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.alone
def test_the_best_weights_come_back_and_the_figures_of_each_epoch(world, part, tmp_path):
    settings = world.train_settings("trainer=ddp", "model.optimizer.lr=0.5", "model.max_epochs=12")
    before, data = torch.get_rng_state(), part(8)
    logger = CSVLogger(tmp_path, name="fold_0", version="")
    network = train_network(data, settings.model, settings.trainer, 0, "test", [logger])
    assert torch.equal(before, torch.get_rng_state())
    rows = np.genfromtxt(tmp_path / "fold_0" / "metrics.csv", delimiter=",", names=True)
    losses = rows["valloss"][~np.isnan(rows["valloss"])]
    assert min(losses) < losses[-1]
    assert validation_loss(network, data) == pytest.approx(min(losses), rel=1e-4)
    assert (~np.isnan(rows["trainloss"])).sum() == len(losses)
    assert not network.training
    assert {parameter.device.type for parameter in network.parameters()} == {"cpu"}


@pytest.mark.slow
@pytest.mark.alone
def test_one_run_and_one_version_whatever_the_number_of_processes(world):
    settings = world.train_settings("trainer=ddp", "namespace=two", "model.n_folds=2")
    client = Workspace(settings).client
    runs = {run.info.run_id for run in client.search_runs(["1"])}
    scores = []
    with listening(lambda score, step: scores.append((score, step))):
        world.call(stage.train, settings)
    (run,) = (run for run in client.search_runs(["1"]) if run.info.run_id not in runs)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test/auc"] > 0.7
    assert "fold_1/val/auc" in run.data.metrics
    (version,) = client.search_model_versions("name='two.dual_attn-JP'")
    assert version.run_id == run.info.run_id
    assert [step for _, step in scores] == [1, 2]


@pytest.mark.slow
@pytest.mark.alone
def test_a_process_that_dies_ends_the_training(world, part, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "DualAttentionModule", DyingModule)
    settings = world.train_settings("trainer=ddp")
    logger = CSVLogger(tmp_path, name="fold_0", version="")
    with pytest.raises(ProcessExitedException, match="SIGKILL"):
        train_network(part(8), settings.model, settings.trainer, 0, "test", [logger])
    assert "val/loss" in Path(tmp_path / "fold_0" / "metrics.csv").read_text()


def test_figures_reach_the_loggers_in_their_order(tmp_path):
    seen = []
    logger = CSVLogger(tmp_path, name="fold_0", version="")
    with queue_logger([logger], seen.append) as sender:
        for step in range(3):
            sender.log_metrics({"val/loss": 1.0 / (1 + step)}, step)
    assert [metrics["val/loss"] for metrics in seen] == [1.0, 0.5, 1 / 3]
    assert (tmp_path / "fold_0" / "metrics.csv").read_text().splitlines()[1:] == [
        "0,1.0",
        "1,0.5",
        f"2,{1 / 3}",
    ]


def test_a_batch_without_equal_shares_is_refused():
    check_shares(32, 4)
    with pytest.raises(InputError, match=r"trainer\.devices=4: .*batch_size=10 .* model\.batch_size=12"):
        check_shares(10, 4)
