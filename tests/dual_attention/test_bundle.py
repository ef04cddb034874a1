from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import expit, logit

from ipml.dual_attention.bag_of_words import BagOfWords, term_counts
from ipml.dual_attention.bundle import Bundle, FoldModel
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.errors import InputError
from ipml.text import open_language
from ipml.text.embeddings.table import write_table
from ipml.tracking.model_files import load_model, save_model
from tests.dual_attention.planted import DIMENSION, WORDS, word_vectors


@pytest.fixture
def language(world):
    return open_language(world.train_settings().embeddings, "ja")


@pytest.fixture
def sites(world, language):
    return read_sites(world.corpus, [f"JP-{n:03d}" for n in range(12)], language, None, 32, 864)


@pytest.fixture
def bundle(sites, language):
    settings = {
        "language": "ja",
        "language_settings": language.settings,
        "lineage": dict(language.lineage),
        "model": {"network": {"score_scale": 1.0, "word_bias": True}},
    }
    generator = np.random.default_rng(0)
    terms = np.array([0, 5, 9]) * (len(sites.words) + 1)
    folds = []
    for _ in range(3):
        network = DualAttentionNetwork(DIMENSION, len(sites.words), score_scale=1.0, word_bias=True).eval()
        with torch.no_grad():
            network.word_bias.weight.normal_()
        bag = BagOfWords(np.ones(3), generator.normal(size=3), np.ones(1), np.full(1, 0.5))
        folds.append(FoldModel(network, bag))
    fold_of_firm = {firm_id: number % 3 for number, firm_id in enumerate(sites.firm_ids[:8])}
    return Bundle(folds, fold_of_firm, list(sites.words), terms, settings)


def alone(bundle, number, sites):
    """Scores of one fold model."""
    return replace(bundle, folds=[bundle.folds[number]], members=[(0, 0)], fold_of_firm={}).score(sites)


def test_trained_firms_are_scored_by_their_fold_and_others_by_the_mean(bundle, sites):
    scores = bundle.score(sites)
    single = [alone(bundle, number, sites) for number in range(3)]
    for firm in range(12):
        used = [single[firm % 3]] if firm < 8 else single
        entries = sites.entries_of(sites.pages_of(np.array([firm])))
        pages = sites.pages_of(np.array([firm]))
        assert scores.probabilities[firm] == pytest.approx(np.mean([s.probabilities[firm] for s in used]))
        for name, places in (("word_weights", entries), ("page_weights", pages)):
            expected = np.mean([getattr(s, name)[places] for s in used], axis=0)
            np.testing.assert_allclose(getattr(scores, name)[places], expected, rtol=1e-5)


def test_in_sample_scores_are_those_of_the_models_that_have_seen_the_firm(bundle, sites):
    leaking = bundle.score_in_sample(sites).probabilities
    single = [alone(bundle, number, sites).probabilities for number in range(3)]
    for firm in range(12):
        seen = [single[k][firm] for k in range(3) if firm >= 8 or k != firm % 3]
        assert leaking[firm] == pytest.approx(np.mean(seen), rel=1e-5)


def test_each_fold_model_weighs_the_pages_of_all_firms_without_its_bag_of_words(bundle, sites):
    weights = bundle.page_weights_by_fold(sites)
    for number in range(3):
        np.testing.assert_allclose(weights[number], alone(bundle, number, sites).page_weights, rtol=1e-5)
    without = replace(bundle, folds=[FoldModel(fold.network) for fold in bundle.folds])
    np.testing.assert_array_equal(weights, without.page_weights_by_fold(sites))


def test_the_bag_of_words_is_mixed_into_the_logit(bundle, sites):
    fold = bundle.folds[0]
    mixed = alone(bundle, 0, sites).probabilities
    plain = alone(replace(bundle, folds=[FoldModel(fold.network)] * 3), 0, sites).probabilities
    counts = term_counts(sites, len(bundle.words), bundle.terms)
    expected = expit((logit(plain.astype(float)) + fold.bag.logits(counts)) / 2)
    np.testing.assert_allclose(mixed, expected, rtol=1e-5)
    assert (mixed != plain).any()


def test_words_are_found_by_name_on_other_sites(bundle, sites):
    """The same firms with their words in another order have the same scores."""
    order = np.argsort(sites.words)
    turned = replace(
        sites,
        words=[sites.words[i] for i in order],
        vectors=sites.vectors[order],
        counts=sites.counts[:, order],
        vocabulary=np.zeros(0, dtype=np.int64),
    )
    np.testing.assert_allclose(
        bundle.score(turned).probabilities, bundle.score(sites).probabilities, rtol=1e-5
    )


def test_a_saved_bundle_scores_the_same(bundle, sites, tmp_path):
    bundle.save(tmp_path)
    loaded = Bundle.load(tmp_path)
    assert loaded.settings == bundle.settings
    assert loaded.fold_of_firm == bundle.fold_of_firm
    np.testing.assert_array_equal(loaded.score(sites).probabilities, bundle.score(sites).probabilities)
    assert loaded.open_language().lineage == bundle.settings["lineage"]


def test_vectors_are_not_saved(bundle, tmp_path):
    bundle.save(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 20_000


def test_other_vectors_than_those_trained_with_are_refused(bundle, tmp_path):
    write_table(tmp_path / "other", WORDS, 2 * word_vectors(), "planted")
    bundle.settings["language_settings"]["vectors"] = {"kind": "table", "path": str(tmp_path / "other")}
    trained = bundle.settings["lineage"]["embeddings-ja"]
    with pytest.raises(InputError, match=f"embeddings-ja: the model was trained with {trained}, but .* open"):
        bundle.open_language()


def test_tensors_that_do_not_fit_their_settings_are_refused(bundle, tmp_path):
    bundle.save(tmp_path)
    tensors, settings = load_model(tmp_path, "dual_attention")
    save_model(tmp_path, "dual_attention", tensors, {**settings, "dimension": DIMENSION + 1})
    with pytest.raises(InputError, match="the tensors do not fit the settings"):
        Bundle.load(tmp_path)
