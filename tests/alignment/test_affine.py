import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.alignment.affine import Alignment, length_ratio, prepare, step_means
from ipml.errors import InputError
from ipml.linear_map.solvers import orthogonal, random_orthogonal, ridge
from ipml.statistics.angles import unit_vectors
from ipml.tracking.model_files import load_model, save_model

STEPS = ("unit", "centre", "unit")


def planted(seed=0, n=80, d=6):
    """English vectors with a common mean, and the same words turned: unit vectors of another language."""
    rng = np.random.default_rng(seed)
    English = rng.normal(size=(n, d)) + 1.5
    R = random_orthogonal(d, d, seed)
    return English, 3.0 * unit_vectors(English) @ R.T


def fit(solver, source, target, steps=STEPS):
    means = step_means(source, steps), step_means(target, steps)
    X, Y = (prepare(v, steps, mean) for v, mean in zip((source, target), means, strict=True))
    A = solver(X, Y)
    return Alignment(A, *means, length_ratio(A, X, Y), steps, {"pair": "ja-en"})


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16))
def test_a_turned_language_comes_back_to_the_english_words_uncentred(seed):
    English, source = planted(seed)
    alignment = fit(orthogonal, source, English)
    np.testing.assert_allclose(alignment.apply(source), unit_vectors(English), atol=2e-6)
    assert alignment.apply(source).dtype == np.float32


def test_without_unit_length_the_lengths_of_the_languages_are_matched():
    English, _ = planted()
    longer = 5 * (English @ random_orthogonal(6, 6, 9).T)
    alignment = fit(orthogonal, longer, English, ("centre",))
    assert alignment.scale == pytest.approx(0.2)
    np.testing.assert_allclose(alignment.apply(longer), English, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("strength", [1e-3, 200.0])
def test_the_shrinkage_of_ridge_does_not_pull_words_to_the_mean(strength):
    English, source = planted()
    alignment = fit(lambda X, Y: ridge(X, Y, strength), source, English)
    mapped = alignment.apply(source)
    about_mean = np.linalg.norm(mapped - alignment.target_mean, axis=1).mean()
    assert about_mean == pytest.approx(
        np.linalg.norm(unit_vectors(English) - alignment.target_mean, axis=1).mean(), rel=0.35
    )
    assert np.abs(alignment.matrix).max() < 1 or strength < 1


def test_the_mean_of_the_aligned_words_is_that_of_the_english_ones():
    English, source = planted()
    alignment = fit(lambda X, Y: ridge(X, Y, 5.0), source, English)
    np.testing.assert_allclose(
        alignment.apply(source).mean(axis=0), unit_vectors(English).mean(axis=0), atol=1e-6
    )


def test_queries_are_where_prepared_english_words_are():
    English, source = planted()
    alignment = fit(orthogonal, source, English)
    np.testing.assert_allclose(
        alignment.queries(source), prepare(English, STEPS, alignment.target_means), atol=1e-9
    )


def test_a_map_that_gives_nothing_keeps_its_scale():
    assert length_ratio(np.zeros((2, 2)), np.ones((3, 2)), np.ones((3, 2))) == 1.0


def test_vectors_of_another_length_are_refused():
    alignment = fit(orthogonal, *planted()[::-1])
    with pytest.raises(InputError, match=r"alignment ja-en: shape \(2, 5\); needed: \(n, d\), d=6"):
        alignment.apply(np.zeros((2, 5)))


def test_saving_and_loading_changes_nothing(tmp_path):
    English, source = planted()
    alignment = fit(orthogonal, source, English)
    alignment.save(tmp_path)
    loaded = Alignment.load(tmp_path)
    np.testing.assert_array_equal(loaded.apply(source), alignment.apply(source))
    assert loaded.settings["pair"] == "ja-en"
    assert loaded.steps == STEPS
    tensors, settings = load_model(tmp_path, "alignment")
    del settings["steps"]
    save_model(tmp_path, "alignment", tensors, settings)
    with pytest.raises(InputError, match="an alignment without 'steps'"):
        Alignment.load(tmp_path)


def test_the_search_matrix_acts_on_both_sides_and_not_on_the_aligned_vectors(tmp_path):
    English, source = planted()
    plain = fit(orthogonal, source, English)
    B = np.random.default_rng(1).normal(size=(3, 6))
    alignment = dataclasses.replace(plain, search_matrix=B)
    np.testing.assert_allclose(alignment.queries(source), plain.queries(source) @ B.T)
    np.testing.assert_allclose(alignment.targets(English), plain.targets(English) @ B.T)
    np.testing.assert_array_equal(alignment.apply(source), plain.apply(source))
    alignment.save(tmp_path)
    np.testing.assert_array_equal(Alignment.load(tmp_path).search_matrix, B)


def test_further_centring_serves_the_search_alone(tmp_path):
    English, source = planted()
    steps = ("unit", "centre", "unit", "centre", "unit")
    alignment = fit(orthogonal, source, English, steps)
    alignment.save(tmp_path)
    loaded = Alignment.load(tmp_path)
    np.testing.assert_allclose(loaded.target_mean, unit_vectors(English).mean(axis=0))
    np.testing.assert_allclose(loaded.apply(source), unit_vectors(English), atol=2e-6)
    np.testing.assert_allclose(loaded.queries(source), loaded.targets(English), atol=1e-9)


def test_a_model_saved_before_centring_could_be_repeated_loads(tmp_path):
    English, source = planted()
    alignment = fit(orthogonal, source, English)
    tensors = {
        "matrix": alignment.matrix,
        "source_mean": alignment.source_means[0],
        "target_mean": alignment.target_means[0],
        "scale": np.array([alignment.scale]),
    }
    save_model(tmp_path, "alignment", tensors, {"steps": list(STEPS), "pair": "ja-en"})
    loaded = Alignment.load(tmp_path)
    np.testing.assert_array_equal(loaded.apply(source), alignment.apply(source))
    np.testing.assert_array_equal(loaded.queries(source), alignment.queries(source))
    assert loaded.search_matrix is None


def test_without_centring_a_model_has_no_mean(tmp_path):
    English, source = planted()
    fit(orthogonal, source, English, ("unit",)).save(tmp_path)
    loaded = Alignment.load(tmp_path)
    assert loaded.source_means.shape == (0, 6)
    np.testing.assert_allclose(loaded.apply(source), unit_vectors(English), atol=2e-6)
