from dataclasses import replace

import numpy as np
import pytest
import torch

from ipml.dual_attention.bag_of_words import BagOfWords
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.errors import InputError
from ipml.faithfulness.controls import control_models, control_settings, network_alone, untrained
from ipml.faithfulness.rescoring import only
from tests.faithfulness.planted import sites_of
from tests.faithfulness.test_rescoring import BUNDLE, FIRMS, VECTORS


@pytest.fixture(scope="module")
def bundle(world):
    return Bundle.load(world.workspace.find_model("dual_attn-JP@challenger").folder)


@pytest.fixture(scope="module")
def sites(world, bundle):
    return read_sites(world.corpus, sorted(bundle.fold_of_firm), bundle.open_language(), **bundle.reading)


def networks(bundle):
    return [fold.network for fold in bundle.folds]


def test_untrained_networks_keep_the_standardisation_and_have_learnt_nothing(bundle):
    before = torch.get_rng_state()
    control, again = untrained(bundle), untrained(bundle)
    assert torch.equal(before, torch.get_rng_state())
    for trained, network, repeated in zip(networks(bundle), networks(control), networks(again), strict=True):
        for name, buffer in trained.named_buffers():
            assert torch.equal(buffer, dict(network.named_buffers())[name])
        for name, parameter in network.named_parameters():
            assert parameter.abs().max() > 0
            assert not torch.allclose(parameter, dict(trained.named_parameters())[name])
            assert torch.equal(parameter, dict(repeated.named_parameters())[name])
    first, second = networks(control)[:2]
    assert not torch.equal(first.page_query, second.page_query)


def test_controls_are_trained_with_the_settings_of_the_model(world, bundle, sites):
    labels = np.array([int(firm_id[-3:]) % 2 for firm_id in sites.firm_ids], dtype=np.float32)
    trainer = world.settings("faithfulness").trainer
    model = {**bundle.settings["model"], "max_epochs": 5}
    bundle = replace(bundle, settings={**bundle.settings, "model": model})
    found = dict(control_models(bundle, sites, labels, trainer, "test"))
    assert list(found) == ["attention off", "shuffled labels", "untrained"]
    assert all(len(control.folds) == len(bundle.folds) == 3 for control in found.values())
    assert not any(network.attention for network in networks(found["attention off"]))
    assert all(network.attention for network in networks(found["shuffled labels"]))
    hits = {name: np.mean((m.score(sites).probabilities > 0.5) == labels) for name, m in found.items()}
    assert hits["shuffled labels"] < 0.7
    assert hits["untrained"] < 0.7


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (
            {"_target_": "os.system", "command": "true"},
            r"model.optimizer._target_=os.system: .*torch.optim.Adam",
        ),
        ({"_target_": "torch.optim.swa_utils.SWALR"}, "_target_=torch.optim.swa_utils.SWALR"),
        ({"_target_": "torch.optim.Adam", "lr": {"_target_": "os.getcwd"}}, "model.optimizer.lr="),
        (
            {"_target_": "torch.optim.Adam", "betas": [0.9, {"_target_": "os.getcwd"}]},
            "model.optimizer.betas=",
        ),
        ({"_target_": "torch.optim.Adam", "_args_": ["${oc.env:HOME}"]}, "model.optimizer._args_="),
    ],
)
def test_settings_that_would_call_anything_but_an_optimiser_are_refused(bundle, optimizer, message):
    with pytest.raises(InputError, match=message):
        control_settings({**bundle.settings["model"], "optimizer": optimizer})


def test_the_optimiser_may_have_lists_of_numbers(bundle):
    optimizer = {"_target_": "torch.optim.Adam", "_partial_": True, "betas": [0.9, 0.99]}
    found = control_settings({**bundle.settings["model"], "optimizer": optimizer, "bag_of_words": 1})
    assert found.optimizer == optimizer
    assert found.bag_of_words == 0


def test_settings_of_another_version_are_named_by_their_key(bundle):
    without = {key: value for key, value in bundle.settings["model"].items() if key != "patience"}
    with pytest.raises(InputError, match=r"model\.patience: a value is needed"):
        control_settings(without)


@pytest.mark.parametrize("ngrams", [1, 2])
def test_a_bag_of_words_is_left_out_and_its_share_is_told(ngrams):
    sites = sites_of(FIRMS, VECTORS)
    words = list(VECTORS)
    terms = np.array([0, 4, 8] if ngrams == 1 else [0, 1 * 4 + 1 + 1])  # a, b, c or a, "b b"
    bag = BagOfWords(np.ones(len(terms)), np.full(len(terms), 3.0), np.ones(1), np.array([0.5]))
    (fold,) = BUNDLE.folds
    folds = [replace(fold, bag=bag), fold]
    both = replace(BUNDLE, folds=folds, members=[(0, 0), (1, 0)], words=words, terms=terms)
    alone, share = network_alone(both)
    assert share == 0.25
    assert network_alone(BUNDLE)[1] == 0
    expected = BUNDLE.score(sites).probabilities
    np.testing.assert_allclose(alone.score(only(sites, np.ones(6, bool))).probabilities, expected, rtol=1e-6)
    if ngrams == 1:
        assert abs(both.score(sites).probabilities - expected).max() > 0.01
