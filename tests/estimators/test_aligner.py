import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from ipml import Aligner
from ipml.alignment.affine import length_ratio
from ipml.errors import InputError
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors
from tests.alignment.methods.planted import fit as fit_stage
from tests.alignment.methods.planted import planted

STEPS = ("unit",)  # the planted vocabularies are prepared already


def words(data):
    """Both vocabularies and the training dictionary of planted data."""
    source = [f"ja{row}" for row in range(len(data.X))], data.X
    target = [f"en{row}" for row in range(len(data.Y))], data.Y
    return source, target, [(f"ja{s}", f"en{t}") for s, t in data.train_rows]


def two_languages(n=60, d=5, noise=0.02, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 0.5
    return X, X @ random_orthogonal(d, d, seed).T + noise * rng.normal(size=(n, d))


@pytest.mark.parametrize("method", ["orthogonal", "ridge", "cca", "mutual_refinement", "self_learning"])
def test_it_is_the_map_of_the_stage(method):
    data = planted()
    data.held_out = data.held_out[:0]  # an estimator is not told what it will be tested on
    aligner = Aligner(method, STEPS).fit_words(*words(data))
    stage = fit_stage(data, method)
    np.testing.assert_allclose(aligner.matrix_, stage.matrix, atol=1e-5)
    ratio = length_ratio(stage.matrix, data.X, data.Y)
    assert aligner.alignment_.scale == pytest.approx(ratio, rel=1e-4)
    np.testing.assert_allclose(aligner.transform(data.X), ratio * data.X @ stage.matrix.T, atol=1e-4)


@pytest.mark.parametrize("method", ["rcsls", pytest.param("sgd", marks=pytest.mark.slow)])
def test_a_method_that_stops_early_keeps_words_to_stop_by(method):
    X, Y = two_languages()
    one, same, other = (Aligner(method, random_state=seed).fit(X, Y) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.matrix_, same.matrix_)
    assert not np.array_equal(one.matrix_, other.matrix_)
    assert one.score(X, Y) > Aligner("identity").fit(X, Y).score(X, Y) + 0.1


def test_words_are_translated_and_the_mean_of_the_target_is_where_they_land():
    data = planted(noise=0.01)
    source, target, dictionary = words(data)
    shifted = target[0], unit_vectors(data.Y + 0.5)
    aligner = Aligner().fit_words(dict(zip(*source, strict=True)), shifted, dictionary)
    found = aligner.translate(["ja120", "ja200"], k=3)
    assert [of_word[0] for of_word in found] == ["en120", "en200"]
    assert [len(of_word) for of_word in found] == [3, 3]
    assert aligner.translate([]) == []
    landed = aligner.transform(data.X)
    assert landed.dtype == np.float32
    np.testing.assert_allclose(landed.mean(axis=0), shifted[1].mean(axis=0), atol=0.05)


def test_a_word_with_many_translations_counts_once():
    data = planted()
    source, target, dictionary = words(data)
    repeated = [*dictionary, *dictionary[:5]]
    one, again = (Aligner(steps=STEPS).fit_words(source, target, d) for d in (dictionary, repeated))
    np.testing.assert_array_equal(one.matrix_, again.matrix_)


def test_it_works_in_a_pipeline_a_grid_and_folds():
    X, Y = two_languages()
    assert cross_val_score(Aligner(), X, Y, cv=3).min() > 0.95
    search = GridSearchCV(Aligner(), {"method": ["identity", "orthogonal"], "steps": [("unit",)]}, cv=3)
    assert search.fit(X, Y).best_params_["method"] == "orthogonal"
    pipeline = make_pipeline(clone(search.best_estimator_), Ridge())
    assert pipeline.fit(X, Y).predict(X).shape == Y.shape
    names = Aligner().fit(X, Y).get_feature_names_out().tolist()
    assert names == [f"aligner{number}" for number in range(5)]


def test_neighbours_are_found_by_the_wanted_retrieval():
    X, Y = two_languages(noise=0.0)
    for retrieval in ("nearest", "csls", "inverted_softmax"):
        aligner = Aligner(retrieval=retrieval).fit(X, Y)
        assert aligner.nearest(X[10:14], Y, k=1, sources=X)[:, 0].tolist() == [10, 11, 12, 13]


def test_it_says_nothing_and_writes_nothing(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Aligner("cca").fit(*two_languages())
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "magic"}, "method=magic: not a choice; allowed: cca, identity"),
        ({"steps": ("whiten",)}, "steps=whiten"),
        ({"method": "sgd", "validation_share": 0}, "validation_share=0"),
    ],
)
def test_a_wrong_parameter_is_named(parameters, message):
    with pytest.raises(InputError, match=message):
        Aligner(**parameters).fit(*two_languages())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "source: NoneType; needed: a mapping of words to vectors"),
        ({"a": [1.0, 2.0], "b": [1.0]}, "source: not vectors of one length"),
        ((["a", "b"], np.eye(3)), r"source: 2 words and vectors of shape \(3, 3\)"),
        ((["a", "a", "b"], np.eye(3)), "source: 3 words, but only 2 different ones"),
        (([1, 2, 3], np.eye(3)), "source: 1 is not a word"),
        (({"a": [np.nan, 1.0]}), "the vector of 'a' has NaN"),
        (({"z": [1.0, 1.0]}), "dictionary: no pair has vectors"),
    ],
)
def test_wrong_word_vectors_are_named(source, message):
    with pytest.raises(InputError, match=message):
        Aligner().fit_words(source, {"x": [1.0, 0.0]}, [("a", "x")])


def test_words_that_are_not_known_are_named():
    data = planted()
    with pytest.raises(InputError, match="translate: no words are known"):
        Aligner(steps=STEPS).fit(data.X, data.Y).translate(["ja1"])
    with pytest.raises(InputError, match="words: no vector for katana"):
        Aligner(steps=STEPS).fit_words(*words(data)).translate(["ja1", "katana"])
    with pytest.raises(InputError, match="1 sample: method=sgd"):
        Aligner("sgd", STEPS).fit(data.X[:1], data.Y[:1])
    with pytest.raises(InputError, match="k=0"):
        Aligner(steps=STEPS).fit(data.X, data.Y).nearest(data.X, data.Y, k=0)
