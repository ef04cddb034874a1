"""The dual attention over a tiny encoder with random weights."""

from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

from ipml.dual_attention import stage
from ipml.dual_attention.bundle import Bundle, FoldModel
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.keywords import stage as keywords_stage
from ipml.dual_attention.network.contextual import ContextualNetwork
from ipml.dual_attention.network.encoder import encoder_lineage
from ipml.dual_attention.network.factory import make_network
from ipml.dual_attention.training.cross_fitting import train_network
from ipml.errors import InputError
from ipml.faithfulness import stage as faithfulness
from ipml.firm_picture.stage import draw
from ipml.text import open_language
from ipml.tracking import Workspace

HIDDEN = 16
STEMS = ["circuit", "fashion", "general"]


def write_encoder(folder, seed=0):
    """A BERT of one layer, whose pieces are the stems of the planted words and digits."""
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *STEMS, *(f"##{digit}" for digit in range(10))]
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
    ).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=HIDDEN,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            initializer_range=0.5,
        )
        BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder") / "bert")


@pytest.fixture(scope="module")
def sites(world):
    language = open_language(world.train_settings().embeddings, "ja")
    ids = [f"JP-{n:03d}" for n in range(40)]
    return read_sites(world.corpus, ids, language, None, 32, 864, in_order=True)


def settings_of(folder, **changes):
    return {
        "path": str(folder),
        "fine_tune": False,
        "max_pieces": 64,
        "pages_at_a_time": 3,
        "cache_gigabytes": 0,
        **changes,
    }


def network_of(folder, **changes):
    torch.manual_seed(1)
    options = {"score_scale": 1.0, "layer_norm": True}
    return ContextualNetwork(settings_of(folder, **changes), **options).eval()


def words_in_order(sites, page):
    start, stop = sites.reading_order.offsets[page : page + 2]
    return [sites.words[number] for number in sites.reading_order.words[start:stop]]


def test_a_word_has_the_mean_of_the_hidden_states_of_its_pieces(folder, sites):
    network = network_of(folder)
    firms = np.array([2, 5])
    batch = network.batch(sites, firms)
    with torch.no_grad():
        found = network.word_vectors(batch.subwords, len(batch.words))
    tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    expected = []
    for page in sites.pages_of(firms):
        words = words_in_order(sites, page)
        cut = [tokenizer.tokenize(word) for word in words]
        assert cut[0][0] in STEMS
        ids = [2, *tokenizer.convert_tokens_to_ids([piece for pieces in cut for piece in pieces]), 3]
        with torch.no_grad():
            hidden = encoder(torch.tensor([ids])).last_hidden_state[0, 1:-1]
        expected += [part.mean(0) for part in hidden.split([len(pieces) for pieces in cut])]
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-4, atol=1e-5)
    assert batch.page_offsets.diff().tolist() == [9] * 8


def test_the_attention_on_occurrences_is_summed_to_the_words_of_the_page(folder, sites):
    network = network_of(folder)
    firms = np.arange(10)
    batch = network.batch(sites, firms)
    pages = sites.pages_of(firms)
    counts = sites.counts[pages]
    assert counts.data.max() > 1  # some word is repeated
    with torch.no_grad():
        output = network(batch)
        network.word_scores.query.zero_()
        uniform = network(batch).word_weights
    page = np.repeat(np.arange(len(pages)), np.diff(counts.indptr))
    np.testing.assert_allclose(np.bincount(page, weights=output.word_weights), 1, rtol=1e-5)
    np.testing.assert_allclose(uniform, counts.data / np.asarray(counts.sum(axis=1)).ravel()[page], rtol=1e-5)
    assert not np.allclose(output.word_weights, uniform)


def test_words_cut_off_have_no_weight(folder, sites):
    network = network_of(folder, max_pieces=8)
    batch = network.batch(sites, np.array([0]))
    with torch.no_grad():
        weights = network(batch).word_weights.numpy()
    start = 0
    for page in sites.pages_of(np.array([0])):
        columns = sites.counts[[page]].indices
        kept = set(words_in_order(sites, page)[:3])  # 6 pieces beside two marks: two or three words
        of_page = weights[start : start + len(columns)]
        assert of_page.sum() == pytest.approx(1, rel=1e-5)
        assert {sites.words[c] for c, w in zip(columns, of_page, strict=True) if w > 0} <= kept
        start += len(columns)


@pytest.mark.parametrize("pages_at_a_time", [1, 100])
def test_padding_changes_nothing(folder, sites, pages_at_a_time):
    """A firm alone and among others, a page alone in the encoder and among others."""
    network, other = network_of(folder), network_of(folder, pages_at_a_time=pages_at_a_time)
    with torch.no_grad():
        network.output.weight.mul_(5)
        other.load_state_dict(network.state_dict())
        together = network(network.batch(sites, np.arange(8))).logits
        alone = torch.cat([other(other.batch(sites, np.array([firm]))).logits for firm in range(8)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
    assert together.std() > 0.01


def test_a_frozen_encoder_reads_a_page_once_and_no_page_is_kept_above_the_limit(sites, tmp_path):
    network, n_read = network_of(write_encoder(tmp_path)), []
    network.encoder.register_forward_hook(lambda *_, **__: n_read.append(1))
    batch = network.batch(sites, np.arange(8))
    expected = network(batch).logits
    n_pages = len(batch.subwords.ids)
    first = len(n_read)
    assert len(network.cache) == 0
    assert torch.equal(network(batch).logits, expected)
    assert len(n_read) == 2 * first
    network.cache.limit = 4 * HIDDEN * int(batch.subwords.mask[: n_pages // 2].sum())
    torch.testing.assert_close(network(batch).logits, expected)
    assert 0 < len(network.cache) < n_pages
    network.cache.limit = 1e9
    network(batch)
    n_read.clear()
    torch.testing.assert_close(network(batch).logits, expected)
    assert n_read == []


@pytest.mark.parametrize("fine_tune", [False, True])
def test_only_fine_tuning_changes_the_encoder(world, folder, sites, fine_tune):
    encoder = [
        f"model.encoder.{key}={value}" for key, value in settings_of(folder, fine_tune=fine_tune).items()
    ]
    small = ["model.max_epochs=2", "model.optimizer.lr=0.01"]
    settings = world.train_settings("model=dual_attn_contextual", *small, *encoder)
    labels = (np.arange(40) % 2).astype(np.float32)
    data = SiteData(sites, labels, np.arange(30), np.arange(30, 40), np.arange(0), batch_size=8, seed=0)
    network = train_network(data, settings.model, settings.trainer, 0, "test")
    network(network.batch(sites, np.arange(4))).logits.sum().backward()
    before = dict(AutoModel.from_pretrained(folder).named_parameters())
    now = dict(network.encoder.named_parameters())
    used = [name for name in now if not name.startswith("pooler")]
    changed = [name for name in used if not torch.equal(now[name], before[name])]
    with_gradient = [name for name in used if now[name].grad is not None]
    assert any(network.output.weight.flatten() != 0)
    assert (set(changed) >= {"embeddings.word_embeddings.weight"}) == fine_tune
    assert bool(changed) == bool(with_gradient) == fine_tune
    assert any(name.startswith("encoder.") for name in network.state_dict()) == fine_tune
    assert not network.encoder.training
    untrained = make_network(settings.model.model_dump(), 12, 0)
    assert untrained.training
    assert untrained.encoder.training == fine_tune


@pytest.mark.parametrize("fine_tune", [False, True])
def test_a_saved_bundle_scores_the_same(folder, sites, tmp_path, fine_tune):
    encoder = settings_of(folder, fine_tune=fine_tune)
    model = {"network": {"score_scale": 1.0, "layer_norm": True}, "encoder": encoder}
    folds = []
    for seed in range(2):
        torch.manual_seed(seed)
        network = make_network(model, 12, 0).eval()
        if fine_tune:
            with torch.no_grad():
                network.encoder.embeddings.word_embeddings.weight.normal_()
        folds.append(FoldModel(network))
    bundle = Bundle(
        folds, {}, [], np.zeros(0, np.int64), {"model": model, "lineage": encoder_lineage(encoder)}
    )
    bundle.save(tmp_path)
    loaded = Bundle.load(tmp_path)
    expected, found = bundle.score(sites), loaded.score(sites)
    np.testing.assert_array_equal(found.probabilities, expected.probabilities)
    np.testing.assert_array_equal(found.word_weights, expected.word_weights)
    size = (tmp_path / "model.safetensors").stat().st_size
    assert (size > (folder / "model.safetensors").stat().st_size) == fine_tune


def test_another_encoder_behind_the_same_path_is_refused(sites, tmp_path):
    folder = write_encoder(tmp_path / "bert")
    encoder = settings_of(folder)
    model = {"network": {}, "encoder": encoder}
    lineage = encoder_lineage(encoder)
    bundle = Bundle([FoldModel(make_network(model, 12, 0).eval())], {}, [], np.zeros(0, np.int64))
    bundle.settings.update(model=model, lineage=lineage)
    bundle.save(tmp_path / "bundle")
    Bundle.load(tmp_path / "bundle")
    write_encoder(folder, seed=1)
    trained = lineage["encoder"]
    with pytest.raises(InputError, match=f"encoder: the model was trained with {trained}, but .* open"):
        Bundle.load(tmp_path / "bundle")


def test_train_and_extract_keywords(world, folder):
    settings = world.train_settings(
        "model=dual_attn_contextual", "model.n_folds=2", "model.max_epochs=2", "model.bag_of_words=1",
        f"model.encoder.path={folder}", "model.encoder.max_pieces=40", "model.optimizer.lr=0.02",
        "namespace=contextual",
    )  # fmt: skip
    version = world.call(stage.train, settings).version
    model = Workspace(settings).find_model(f"contextual.dual_attn-JP/{version}")
    bundle = Bundle.load(model.folder)
    assert bundle.reading["in_order"]
    assert bundle.settings["lineage"]["encoder"] == encoder_lineage(settings_of(folder))["encoder"]
    settings = world.settings("keywords", "namespace=contextual", "selection.min_contrast=null")
    keywords = Workspace(settings).load_table(world.call(keywords_stage.extract, settings), "keywords")
    assert keywords["firm_id"].nunique() == 150
    assert (keywords["word_weight"] > 0).any()
    words = keywords["word"].tolist()
    served = mlflow.pyfunc.load_model(f"models:/contextual.dual_attn-JP/{version}")
    pages = pd.DataFrame({"firm_id": ["one", "none"], "text": [" ".join(words[:5]), "nothing known"]})
    one, none = served.predict(pages)["probability"]
    assert 0 < one < 1
    assert np.isnan(none)
    picture = world.settings("picture", "namespace=contextual", "firm=JP-001", "lexicon.train=null")
    weights = pd.read_parquet(world.call(draw, picture) / "pages.parquet")["weight"]
    assert weights.sum() == pytest.approx(1, rel=1e-5)
    with pytest.raises(InputError, match="an encoder reads whole pages"):
        world.call(faithfulness.measure, world.settings("faithfulness", "namespace=contextual"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([], "model.encoder.path: a value is needed"),
        (["model.encoder.path=/nowhere/bert"], "model.encoder.path=/nowhere/bert: no such folder"),
        (["model.encoder.path={empty}"], "empty: not an encoder with its tokenizer"),
        (["model.encoder.path={folder}"], "model.encoder.max_pieces=256: .*bert reads at most 64"),
        (["model.encoder.path={folder}", "model.encoder.max_pieces=2"], "max_pieces=2: at least 8"),
        (
            ["model.encoder.path={folder}", "model.encoder.cache_gigabytes=-1"],
            "cache_gigabytes=-1: at least 0",
        ),
        (
            ["model.encoder.path={folder}", "model.encoder.max_pieces=40", "model.network.standardise=true"],
            "model.network.standardise=true: not with model.encoder",
        ),
    ],
)
def test_mistakes_are_said_in_one_line(world, folder, tmp_path, overrides, message):
    (tmp_path / "empty").mkdir()
    places = {"folder": folder, "empty": tmp_path / "empty"}
    overrides = [override.format(**places) for override in overrides]
    overrides = ["model=dual_attn_contextual", "namespace=mistakes", *overrides]
    with pytest.raises(InputError, match=message) as caught:
        world.call(stage.train, world.train_settings(*overrides))
    assert "\n" not in str(caught.value)


def test_weights_that_are_missing_or_pickled_are_refused(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = write_encoder(tmp_path / "bert")
    weights = load_file(folder / "model.safetensors")
    del weights["embeddings.word_embeddings.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"weights are missing, embeddings\.word_embeddings\.weight"):
        network_of(folder)
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="not an encoder with its tokenizer"):
        network_of(folder)


def test_a_missing_package_is_named(folder, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("ipml.text.kinds.version", missing)
    with pytest.raises(InputError, match=r"model.encoder needs a package: pip install 'ipml\[contextual\]'"):
        network_of(folder)


def test_pages_without_the_order_of_their_words_are_refused(folder, sites):
    with pytest.raises(InputError, match="read without the order"):
        network_of(folder).batch(replace(sites, reading_order=None), np.array([0]))
