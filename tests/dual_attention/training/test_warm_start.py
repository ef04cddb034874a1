"""Training that starts from a saved model, and what it may not start from."""

import shutil

import numpy as np
import pytest
import torch

from ipml.corpus import stratified_part
from ipml.dual_attention import stage
from ipml.dual_attention.bundle import Bundle, network_logits
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.dual_attention.training.warm_start import check_folds
from ipml.errors import InputError
from ipml.text import open_language
from ipml.text.embeddings.table import write_table
from ipml.tracking import Workspace
from ipml.tracking.model_files import Checkpoint
from tests.dual_attention.planted import WORDS, World, word_vectors


@pytest.fixture(scope="module")
def model(world, trained):
    return world.workspace.find_model(f"dual_attn-JP/{trained}")


@pytest.fixture
def start(trained) -> str:
    return f"ckpt_path=dual_attn-JP/{trained}"


def test_a_start_without_steps_gives_the_same_networks_and_is_recorded(world, model, start):
    settings = world.train_settings(start, "model.optimizer.lr=0", "model.max_epochs=2", "namespace=still")
    again = Workspace(settings).find_model(f"still.dual_attn-JP/{world.call(stage.train, settings).version}")
    for fold, saved in zip(Bundle.load(again.folder).folds, Bundle.load(model.folder).folds, strict=True):
        for name, value in saved.network.state_dict().items():
            assert torch.equal(fold.network.state_dict()[name], value), name
    assert again.lineage["start-still.dual_attn-JP"] == f"dual_attn-JP/{model.version}"


@pytest.mark.slow
def test_the_folder_of_a_run_is_a_start_and_later_stages_take_what_came_of_it(world, model):
    folder = world.workspace.get_run(model.run_id).folder / "model"
    settings = world.train_settings(f"ckpt_path={folder}", "model.max_epochs=1", "namespace=folder")
    version = world.call(stage.train, settings).version
    again = Workspace(settings).find_model(f"folder.dual_attn-JP/{version}")
    assert len(again.lineage["start-folder.dual_attn-JP"]) == 64  # the hash of the model that lies there
    assert again.own_lineage["folder.dual_attn-JP"] == version


def test_going_on_never_raises_the_validation_loss(world):
    """Not even with steps that are far too long: the weights it starts from count as an epoch."""
    sites, labels = sites_of(world)
    settings = world.train_settings("model.max_epochs=4")
    first = fit(sites, labels, settings)
    losses = [validation_loss(first, fold, sites, labels, settings) for fold in range(3)]
    for rate in (0.003, 50.0):
        settings = world.train_settings("model.max_epochs=4", f"model.optimizer.lr={rate}")
        further = fit(sites, labels, settings, first)
        again = [validation_loss(further, fold, sites, labels, settings) for fold in range(3)]
        assert (np.array(again) <= np.array(losses) + 1e-6).all()
        if rate < 1:
            assert sum(again) < sum(losses)  # four epochs were too few


def test_a_later_start_knows_the_firms_of_all_models_before_it(world):
    sites, labels = sites_of(world)
    settings = world.train_settings("model.max_epochs=1")
    first = fit(sites, labels, settings)
    gone = np.where(np.arange(len(labels)) < 2, np.nan, labels).astype(np.float32)
    further = fit(sites, gone, settings, first)
    for firm_id in sites.firm_ids[:2]:
        assert further.fold_of_firm[firm_id] == first.fold_of_firm[firm_id]


REFUSED = {
    "seed=3": "trained with seed=0, not seed=3",
    "model.n_folds=4": "trained with model.n_folds=3, not model.n_folds=4",
    "model.network.word_scores=additive": "model.network.word_scores=dot, not model.network.word_scores=additive",
    "model.network.word_bias=true": "model.network.word_bias=false, not model.network.word_bias=true",
    "model.network.standardise=false": "model.network.standardise=true, not model.network.standardise=false",
    "model.kept_aside.share=0.2": "are in another fold, so its networks have seen them",
}


@pytest.mark.parametrize("override", REFUSED)
def test_another_training_is_refused_in_one_line_and_makes_no_run(world, start, override):
    settings = world.train_settings(start, override, "namespace=refused")
    with pytest.raises(InputError) as refused:
        world.call(stage.train, settings)
    assert str(refused.value).startswith(f"ckpt_path={settings.ckpt_path}: ")
    assert REFUSED[override] in str(refused.value)
    assert "\n" not in str(refused.value)
    assert Workspace(settings).client.get_experiment_by_name("refused") is None


def test_firms_kept_aside_may_not_have_been_seen(world):
    """Even where all other firms are in the folds they were in."""
    checkpoint = Checkpoint("here", world.root, "1")
    check_folds(checkpoint, {"a": 0, "b": 1}, {"a": 0, "new": 1}, ["c"])
    with pytest.raises(InputError, match=r"ckpt_path=here: trained on 1 of the 2 firms .* keeps aside, as b"):
        check_folds(checkpoint, {"a": 0, "b": 1}, {"a": 0}, ["b", "c"])


def test_other_word_vectors_are_refused(tmp_path, tracking_database, world, model):
    other = World(tmp_path, tracking_database, n_firms=60)
    shutil.rmtree(other.root / "vectors" / "ja")
    write_table(other.root / "vectors" / "ja", WORDS, 2 * word_vectors(), "planted twice")
    settings = other.train_settings(f"ckpt_path={model.folder}")
    with pytest.raises(InputError, match=r"ckpt_path=.*: trained with embeddings-ja \w+, not \w+"):
        other.call(stage.train, settings)


def test_what_is_no_model_is_refused(world, tmp_path):
    for where, said in {
        tmp_path: "model.safetensors: missing",
        "dual_attn-XX@champion": "not in the registry",
        "nowhere": "no such folder; allowed: a registered model, as dual_attn-JP@champion",
    }.items():
        with pytest.raises(InputError, match=f"ckpt_path={where}: .*{said}"):
            world.call(stage.train, world.train_settings(f"ckpt_path={where}"))


def fit(sites, labels, settings, start=None):
    return cross_fit(sites, labels, settings.model, settings.trainer, settings.seed, start=start)


def sites_of(world):
    language = open_language(world.train_settings().embeddings, "ja")
    ids = [f"JP-{n:03d}" for n in range(60)]
    sites = read_sites(world.corpus, ids, language, None, 32, 864)
    return sites, (np.arange(60) % 2).astype(np.float32)


def validation_loss(bundle, number, sites, labels, settings):
    """Loss of the firms that early stopping looks at, of one fold."""
    ids = np.asarray(sites.firm_ids, dtype=object)
    seen = np.flatnonzero(bundle.fold_numbers(sites) != number)
    held = stratified_part(
        ids[seen], labels[seen], settings.model.validation_share, settings.seed, "validation"
    )
    firms = seen[held]
    logits = torch.from_numpy(network_logits(bundle.folds[number].network, sites, firms))
    truth = torch.from_numpy(labels[firms]).double()
    return float(torch.nn.functional.binary_cross_entropy_with_logits(logits, truth))
