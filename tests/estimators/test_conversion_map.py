import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from ipml import ConversionMap
from ipml.config import compose_config
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import angle_degrees

SOLVERS = ["ridge", "least_squares", "orthogonal", "low_rank", "ridge_identity", "identity_low_rank", "sgd"]


def planted(n=80, t=4, p=4, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    A = random_orthogonal(p, t, seed)
    T = rng.normal(size=(n, t)) + 1
    return A, T, T @ A.T + noise * rng.normal(size=(n, p))


@pytest.mark.parametrize("solver", SOLVERS)
def test_it_is_the_matrix_of_the_stage(solver):
    _, T, P = planted()
    model = ConversionMap(solver, max_epochs=5, random_state=3).fit(T, P)
    config = compose_config("train", ["model=mapping", f"linear_map@model.map={solver}"])
    parts = (T, P), None
    if solver == "sgd":
        config.model.map.max_epochs = 5
        order = np.random.default_rng(3).permutation(80)
        parts = tuple(tuple(array[np.sort(rows)] for array in (T, P)) for rows in (order[12:], order[:12]))
    data = PairsData(*parts, (T, P), seed=3)
    fitted = fit_linear_map(config.model.map, config.trainer, data, "stage")
    np.testing.assert_array_equal(model.conversion_matrix_, fitted.matrix)
    assert model.figures_ == fitted.figures
    np.testing.assert_array_equal(model.predict(T), T @ fitted.matrix.T)


def test_descent_with_the_same_seed_is_the_same_and_with_another_is_not():
    _, T, P = planted()
    first, again, other = (
        ConversionMap("sgd", max_epochs=3, random_state=seed).fit(T, P).conversion_matrix_
        for seed in (0, np.random.RandomState(5), np.random.RandomState(5))
    )
    np.testing.assert_array_equal(again, other)
    assert not np.array_equal(first, again)


def test_a_given_strength_is_taken_and_shrinks():
    _, T, P = planted()
    sizes = [np.linalg.norm(ConversionMap(strength=s).fit(T, P).conversion_matrix_) for s in (1e-6, 1.0, 1e3)]
    assert sizes[0] > sizes[1] > 100 * sizes[2]
    model = ConversionMap("low_rank", strength=0.5).fit(T, P)
    assert model.figures_["relative_strength"] == pytest.approx(0.5)


def test_it_works_in_a_pipeline_a_grid_and_folds():
    _, T, P = planted()
    pipeline = make_pipeline(Normalizer(), ConversionMap())
    assert cross_val_score(pipeline, T, P, cv=3).min() > 0.3
    search = GridSearchCV(ConversionMap(), {"solver": ["ridge", "orthogonal"], "strength": [None, 1e3]}, cv=3)
    search.fit(T, P)
    assert search.best_params_["solver"] == "orthogonal" or search.best_params_["strength"] is None
    assert search.best_score_ > 0.9


def test_it_scores_by_cosine_where_told_and_keeps_names_of_columns():
    _, T, P = planted(noise=1.0)
    frame = pd.DataFrame(T, columns=list("abcd"))
    model = ConversionMap(scoring="cosine").fit(frame, P)
    assert model.feature_names_in_.tolist() == list("abcd")
    assert model.n_features_in_ == 4
    predicted = model.predict(frame)
    cosines = (predicted * P).sum(1) / np.linalg.norm(predicted, axis=1) / np.linalg.norm(P, axis=1)
    assert model.score(frame, P) == pytest.approx(cosines.mean())
    half = np.repeat([1.0, 0.0], 40)
    assert model.score(frame, P, half) == pytest.approx(cosines[:40].mean())
    assert clone(model).set_params(scoring="r2").fit(frame, P).score(frame, P) < 1


def test_angles_are_those_of_evaluation():
    A, T, P = planted(noise=0.0)
    model = ConversionMap("least_squares").fit(T, P)
    assert model.plug_in_angle(T, P) == pytest.approx(0, abs=1e-5)
    turned = random_orthogonal(4, 4, 9)
    other = ConversionMap("least_squares").fit(T, P @ turned.T)
    expected = float(angle_degrees(A @ T.mean(axis=0), turned @ A @ T.mean(axis=0)))
    assert model.conversion_angle(other, T) == pytest.approx(expected)
    assert other.conversion_angle(model, T) == pytest.approx(expected)
    assert other.plug_in_angle(T, P) == pytest.approx(expected)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**16))
def test_turning_the_product_space_turns_the_matrix_and_no_angle(seed):
    _, T, P = planted(n=20, noise=0.5, seed=seed)
    turned = random_orthogonal(4, 4, seed + 1)
    model, other = ConversionMap().fit(T, P), ConversionMap().fit(T, P @ turned.T)
    np.testing.assert_allclose(other.conversion_matrix_, turned @ model.conversion_matrix_, atol=1e-8)
    assert other.plug_in_angle(T, P @ turned.T) == pytest.approx(model.plug_in_angle(T, P), abs=1e-5)


def test_it_says_nothing_writes_nothing_and_survives_pickling(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, T, P = planted()
    model = ConversionMap("sgd", max_epochs=2).fit(T, P)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(T), model.predict(T))  # noqa: S301


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "lasso"}, "solver=lasso: not a choice; allowed: ridge, least_squares"),
        ({"solver": "sgd", "objective": "hinge"}, "objective=hinge"),
        ({"solver": "sgd", "validation_share": 1}, "validation_share=1"),
    ],
)
def test_a_wrong_parameter_is_named(parameters, message):
    _, T, P = planted(n=10)
    with pytest.raises(InputError, match=message):
        ConversionMap(**parameters).fit(T, P)


def test_a_wrong_scoring_is_named():
    _, T, P = planted(n=10)
    with pytest.raises(InputError, match="scoring=auc: not a choice; allowed: r2, cosine"):
        ConversionMap(scoring="auc").fit(T, P).score(T, P)
