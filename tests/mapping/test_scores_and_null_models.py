import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import RidgeCV

from ipml.errors import InputError
from ipml.linear_map.solvers import orthogonal
from ipml.mapping import null_models
from ipml.mapping.conversion import Conversion
from ipml.mapping.scores import centred_cosines, score_table
from ipml.statistics.angles import cosines
from ipml.statistics.intervals import Bootstrap
from ipml.statistics.ridge_strength import strength_grid

SEEDS = st.integers(0, 2**16)


def planted(seed=0, n=60, d=5):
    """Technology and product vectors with a large common mean and A between them."""
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(n, d)) + 4
    A = rng.normal(size=(d, d))
    return T, T @ A.T + 0.1 * rng.normal(size=(n, d)), A


def test_knowing_nothing_scores_high_but_zero_about_the_mean():
    T, P, _ = planted()
    predicted = null_models.mean_vector(P[:40], T[40:])
    mean = P[:40].mean(axis=0)
    np.testing.assert_array_equal(predicted, np.tile(mean, (20, 1)))
    assert cosines(predicted, P[40:]).mean() > 0.6
    np.testing.assert_array_equal(centred_cosines(predicted, P[40:], mean), np.zeros(20))
    single = P[:40].astype(np.float32)
    predicted = null_models.mean_vector(single, T[40:])
    mean = single.mean(axis=0, dtype=np.float64)
    np.testing.assert_array_equal(centred_cosines(predicted, P[40:], mean), np.zeros(20))


@settings(max_examples=30)
@given(SEEDS)
def test_centred_cosine_is_the_cosine_about_the_mean(seed):
    rng = np.random.default_rng(seed)
    predicted, P = rng.normal(size=(2, 6, 4))
    mean = rng.normal(size=4)
    expected = [
        (x - mean) @ (y - mean) / np.linalg.norm(x - mean) / np.linalg.norm(y - mean)
        for x, y in zip(predicted, P, strict=True)
    ]
    np.testing.assert_allclose(centred_cosines(predicted, P, mean), expected)
    np.testing.assert_allclose(centred_cosines(P, P, mean), 1)


@settings(max_examples=50)
@given(st.integers(2, 40), SEEDS)
def test_shuffled_pairs_give_no_firm_its_own_products(n, seed):
    P = np.arange(n)[:, None]
    mixed = null_models.shuffled(P, seed).ravel()
    assert sorted(mixed) == list(range(n))
    assert (mixed != np.arange(n)).all()


def test_plain_models_are_fitted_on_the_training_firms():
    T, P, _ = planted()
    expected = RidgeCV(alphas=strength_grid(T[:40]), fit_intercept=False).fit(T[:40], P[:40]).predict(T[40:])
    np.testing.assert_allclose(null_models.ridge(T[:40], P[:40], T[40:]), expected, rtol=1e-6)
    turned = T[40:] @ orthogonal(T[:40], P[:40]).T
    np.testing.assert_allclose(null_models.orthogonal(T[:40], P[:40], T[40:]), turned)
    np.testing.assert_array_equal(null_models.identity(T[40:]), T[40:])


def test_all_models_are_scored_alike():
    T, P, A = planted()
    mean = P[:40].mean(axis=0)
    predictions = {"model": T[40:] @ A.T, "mean_product": null_models.mean_vector(P[:40], T[40:])}
    table = score_table(predictions, P[40:], mean, Bootstrap(100, 0.95, seed=0))
    value = table.set_index(["model", "metric"])["value"]
    assert value["model", "cosine"] == pytest.approx(cosines(T[40:] @ A.T, P[40:]).mean())
    assert value["model", "cosine_centred"] > 0.95
    assert value["mean_product", "cosine_centred"] == 0
    expected = 1 - np.sum((P[40:] - T[40:] @ A.T) ** 2) / np.sum((P[40:] - mean) ** 2)
    assert value["model", "r2"] == pytest.approx(expected)
    assert value["mean_product", "r2"] == 0
    assert value["model", "top_1"] > 0.9
    for k in (1, 5, 10):
        assert value["chance", f"top_{k}"] == pytest.approx(k / 20)
        assert value["mean_product", f"top_{k}"] == pytest.approx(k / 20)
    assert value["model", "mean_rank"] < 1.5
    assert value["chance", "mean_rank"] == value["mean_product", "mean_rank"] == 10.5
    assert (table["n"] == 20).all()
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_a_conversion_acts_on_column_vectors():
    A = np.array([[0.0, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(Conversion(A, {}).apply(np.array([[3.0, 5.0]])), [[5.0, 0.0]])


def test_a_conversion_acts_about_its_centre():
    A, centre = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([1.0, 2.0])
    np.testing.assert_array_equal(Conversion(A, {}, centre).apply(np.array([[3.0, 5.0]])), [[4.0, 2.0]])


def test_a_centre_is_saved_and_a_model_without_one_has_none(tmp_path):
    centre = np.arange(5.0)
    for name, of_model in (("with", centre), ("without", None)):
        Conversion(np.eye(5), {}, of_model).save(tmp_path / name)
    np.testing.assert_array_equal(Conversion.load(tmp_path / "with").centre, centre)
    assert Conversion.load(tmp_path / "without").centre is None


def test_a_conversion_is_saved_and_loaded_unchanged(tmp_path):
    _, _, A = planted()
    Conversion(A, {"country": "JP"}).save(tmp_path)
    loaded = Conversion.load(tmp_path)
    np.testing.assert_array_equal(loaded.conversion_matrix, A)
    assert loaded.settings["country"] == "JP"


def test_foreign_files_and_vectors_are_refused(tmp_path):
    from ipml.tracking.model_files import save_model

    save_model(tmp_path, "conversion", {"other": np.zeros(2)}, {})
    with pytest.raises(InputError, match="a conversion without conversion_matrix"):
        Conversion.load(tmp_path)
    with pytest.raises(InputError, match=r"shape \(1, 3\); needed: \(n, d\), d=2"):
        Conversion(np.eye(2), {}).apply(np.zeros((1, 3)))
