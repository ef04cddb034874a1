"""A stack is trained, kept, registered and served with its networks, and keywords do not change."""

import numpy as np
import pytest

from ipml import load_model
from ipml.dual_attention import stage
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.stack import blocks
from ipml.dual_attention.training import cross_fitting
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints
from ipml.errors import InputError
from ipml.text.encoders import TextEncoder
from ipml.tracking import Workspace


def of_letters(texts):
    """Shares of letters: what an encoder of texts could say of them."""
    return [[text.count(letter) / (len(text) + 1) for letter in "abcdefghijklmnopqrst"] for text in texts]


@pytest.fixture(scope="module", autouse=True)
def encoder(world):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPML_HOME", str(world.home))
        patch.setattr(blocks, "_open_encoder", lambda name: TextEncoder("letters", 20, of_letters))
        yield


@pytest.fixture(scope="module")
def settings(world):
    return world.train_settings("model=dual_attn_stacked", "namespace=stacked", "model.stack.words=1")


@pytest.fixture(scope="module")
def stacked(world, settings):
    trained = world.call(stage.train, settings)
    return Workspace(settings).find_model(f"stacked.dual_attn-JP/{trained.version}")


@pytest.fixture(scope="module")
def sites(world, stacked):
    bundle = Bundle.load(stacked.folder)
    ids = [f"JP-{n:03d}" for n in range(30)]
    return read_sites(world.corpus, ids, bundle.open_language(), **bundle.reading)


def test_a_registered_stack_scores_and_is_served_alike(world, stacked, sites):
    bundle = Bundle.load(stacked.folder)
    assert all(set(fold.stack.classifiers) == {"words", "characters", "encoder"} for fold in bundle.folds)
    assert bundle.settings["lineage"]["text-encoder"] == "letters"
    probabilities = bundle.score(sites).probabilities
    pages = (
        world.corpus.pages([f"JP-{n:03d}" for n in range(30)], "ja").select(["firm_id", "text"]).to_pandas()
    )
    served = load_model(f"stacked.dual_attn-JP/{stacked.version}").predict(pages)
    np.testing.assert_allclose(
        served.set_index("firm_id")["probability"][list(sites.firm_ids)], probabilities, rtol=1e-5
    )


def test_the_attention_is_that_of_the_network_alone(world, settings, stacked, sites):
    bundle = Bundle.load(stacked.folder)
    with_stack = bundle.score(sites)
    labels = np.tile([0.0, 1.0], 15).astype(np.float32)
    model = settings.model.model_copy(update={"max_epochs": 2})
    alone = cross_fitting.cross_fit(
        sites, labels, model.model_copy(update={"stack": None}), settings.trainer, 0
    )
    beside = cross_fitting.cross_fit(sites, labels, model, settings.trainer, 0)
    for name in ("word_weights", "page_weights"):
        np.testing.assert_array_equal(getattr(alone.score(sites), name), getattr(beside.score(sites), name))
    assert with_stack.page_weights.shape == (len(sites.urls),)


def test_a_fold_with_a_stack_is_kept_and_found_again(settings, sites, tmp_path):
    labels = np.tile([0.0, 1.0], 15).astype(np.float32)
    model = settings.model.model_copy(update={"max_epochs": 1})
    kept = FoldCheckpoints(tmp_path / ".unfinished" / "here")
    first = cross_fitting.cross_fit(sites, labels, model, settings.trainer, 0, checkpoints=kept)
    again = cross_fitting.cross_fit(sites, labels, model, settings.trainer, 0, checkpoints=kept)
    for before, after in zip(first.folds, again.folds, strict=True):
        named = before.tensors(), after.tensors()
        assert named[0].keys() == named[1].keys()
        assert "stack.encoder.landmarks" in named[0]
        assert all((named[0][name] == named[1][name]).all() for name in named[0])


def test_a_stack_without_a_block_and_an_encoder_of_another_language_are_refused(world):
    none = ["model.stack.words=0", "model.stack.characters=0", "model.stack.encoder=null"]
    with pytest.raises(InputError, match=r"model\.stack: one of words, characters and encoder"):
        world.train_settings("model=dual_attn_stacked", *none)
    with pytest.raises(
        InputError, match=r"model\.stack\.encoder=minilm: reads English only, but language=ja"
    ):
        world.train_settings("model=dual_attn_stacked", "model.stack.encoder=minilm")
