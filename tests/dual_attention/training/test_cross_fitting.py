from collections import Counter
from itertools import chain

import numpy as np
import pytest
import torch
from hydra.utils import instantiate

from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.training.cross_fitting import check_classes, train_network
from ipml.dual_attention.training.lightning_module import DualAttentionModule
from ipml.errors import InputError
from ipml.quiet import quiet_lightning
from ipml.text import open_language


@pytest.fixture
def data(world):
    language = open_language(world.train_settings().embeddings, "ja")
    ids = [f"JP-{n:03d}" for n in range(60)]
    sites = read_sites(world.corpus, ids, language, None, 32, 864)
    labels = (np.arange(60) % 2).astype(np.float32)
    return SiteData(sites, labels, np.arange(40), np.arange(40, 50), np.arange(50, 60), batch_size=8, seed=0)


@torch.no_grad()
def validation_loss(network, data):
    losses = [
        torch.nn.functional.binary_cross_entropy_with_logits(network(batch).logits, batch.labels)
        for batch in data.val_dataloader()
    ]
    return float(torch.stack(losses).mean())


def test_the_weights_of_the_best_epoch_are_kept(world, data, monkeypatch):
    losses = []

    def record(module):
        losses.append(validation_loss(module.network, data))

    monkeypatch.setattr(DualAttentionModule, "on_validation_epoch_start", record)
    settings = world.train_settings("model.patience=20", "model.optimizer.lr=0.5")  # soon overfitted
    network = train_network(data, settings.model, settings.trainer, 0, "test")
    assert len(losses) == 20
    assert min(losses) < losses[-1]
    assert validation_loss(network, data) == pytest.approx(min(losses))
    assert not network.training


def test_attention_is_computed_in_32_bits_in_mixed_precision_too(world, data):
    networks = []
    for precision in ("32-true", "bf16-mixed"):
        settings = world.train_settings("model.max_epochs=3", f"trainer.precision={precision}")
        again = SiteData(data.sites, data.labels, **data.parts, batch_size=8, seed=0)
        networks.append(train_network(again, settings.model, settings.trainer, 0, "test"))
    exact, mixed = (network.state_dict() for network in networks)
    assert exact["page_query"].abs().sum() > 0
    for name in exact:
        torch.testing.assert_close(mixed[name], exact[name], rtol=0, atol=0)


def test_training_leaves_the_global_random_state_as_it_was(world, data):
    settings = world.train_settings("model.max_epochs=1")
    before = torch.get_rng_state()
    train_network(data, settings.model, settings.trainer, 5, "test")
    assert torch.equal(before, torch.get_rng_state())


def test_training_firms_are_shuffled_by_the_seed_and_seen_once_an_epoch(data):
    first, second = ([batch.labels.tolist() for batch in data.train_dataloader()] for _ in range(2))
    assert Counter(chain(*first)) == Counter(chain(*second)) == {0: 20, 1: 20}
    assert first != second
    again = SiteData(data.sites, data.labels, **data.parts, batch_size=8, seed=0)
    assert [batch.labels.tolist() for batch in again.train_dataloader()] == first


def test_test_metrics_have_the_common_names(world, data):
    settings = world.train_settings()
    network = train_network(data, settings.model, settings.trainer, 0, "test", attention=False)
    with quiet_lightning():
        trainer = instantiate(settings.trainer, logger=False)
        (metrics,) = trainer.test(
            DualAttentionModule(network, torch.optim.SGD), datamodule=data, verbose=False
        )
    assert set(metrics) == {"test/loss", "test/auc", "test/f1"}


@pytest.mark.parametrize("firms", [[0, 2, 4], [1, 3], []])
def test_a_part_without_both_classes_is_refused(data, firms):
    with pytest.raises(InputError, match="the validation part of fold 2 has"):
        check_classes({"validation": np.array(firms, dtype=int)}, data.labels, 1)
