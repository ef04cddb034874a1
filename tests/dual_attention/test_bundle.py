import json

import numpy as np
import pytest

from ipml.corpus import fold_of
from ipml.dual_attention.bundle import Bundle, make_bundle
from ipml.dual_attention.module import DualAttentionNetwork
from ipml.dual_attention.sites import read_sites
from ipml.errors import InputError
from ipml.text import open_language
from ipml.text.embeddings.table import write_table
from tests.dual_attention.planted import DIMENSION, WORDS, word_vectors


@pytest.fixture
def language(world):
    return open_language(world.train_config().embeddings, "ja")


@pytest.fixture
def sites(world, language):
    return read_sites(world.corpus, [f"JP-{n:03d}" for n in range(12)], language, None, 32, 864)


@pytest.fixture
def bundle(sites, language):
    settings = {
        "language": "ja",
        "language_settings": language.settings,
        "lineage": dict(language.lineage),
        "seed": 0,
        "network": {"score_scale": 1.0},
    }
    networks = [DualAttentionNetwork(DIMENSION, score_scale=1.0).eval() for _ in range(3)]
    return make_bundle(networks, frozenset(sites.firm_ids[:8]), settings)


def alone(bundle, number, sites):
    """Scores of one network."""
    return make_bundle([bundle.networks[number]], frozenset(), {"seed": 0}).score(sites)


def test_trained_firms_are_scored_by_their_fold_and_others_by_the_mean(bundle, sites):
    scores = bundle.score(sites)
    single = [alone(bundle, number, sites) for number in range(3)]
    fold = fold_of(sites.firm_ids, 3, 0)
    for firm in range(12):
        used = [single[fold[firm]]] if firm < 8 else single
        entries = sites.entries_of(sites.pages_of(np.array([firm])))
        pages = sites.pages_of(np.array([firm]))
        assert scores.probabilities[firm] == pytest.approx(np.mean([s.probabilities[firm] for s in used]))
        for name, places in (("word_weights", entries), ("page_weights", pages)):
            expected = np.mean([getattr(s, name)[places] for s in used], axis=0)
            np.testing.assert_allclose(getattr(scores, name)[places], expected, rtol=1e-5)


def test_a_saved_bundle_scores_the_same(bundle, sites, tmp_path):
    bundle.save(tmp_path)
    loaded = Bundle.load(tmp_path)
    assert loaded.settings == bundle.settings
    assert loaded.training_firms == bundle.training_firms
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
    file = tmp_path / "model.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "dimension": DIMENSION + 1}))
    with pytest.raises(InputError, match="the tensors of fold 0 do not fit its settings"):
        Bundle.load(tmp_path)
