import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.simulation.distortions import blend, distort, draw_spellings
from ipml.statistics.angles import directions


@pytest.fixture
def space():
    return directions(np.random.default_rng(3).normal(size=(800, 12)))


def best_rotation_misses(space, other):
    """Mean squared distance that is left after orthogonal Procrustes."""
    u, _, vt = np.linalg.svd(space.T @ other)
    return np.square(space @ u @ vt - other).sum(axis=1).mean()


def best_matrix_misses(space, other):
    return np.square(space @ np.linalg.lstsq(space, other, rcond=None)[0] - other).sum(axis=1).mean()


def test_neither_stretched_nor_bent_a_space_stays(space):
    np.testing.assert_allclose(distort(space, 0.0, 0.0, np.random.default_rng(0)), space, atol=1e-12)


def test_no_rotation_takes_a_stretched_space_back_but_a_matrix_nearly_does(space):
    stretched = distort(space, 0.5, 0.0, np.random.default_rng(0))
    assert best_rotation_misses(space, stretched) > 0.1
    assert best_matrix_misses(space, stretched) < 0.3 * best_rotation_misses(space, stretched)


def test_no_matrix_takes_a_bent_space_back(space):
    misses = [
        best_matrix_misses(space, distort(space, 0.0, bend, np.random.default_rng(0))) for bend in (0.2, 0.6)
    ]
    assert misses[0] > 0.01
    assert misses[1] > 4 * misses[0]


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_distorted_vectors_have_length_one(stretch, bend, seed):
    rng = np.random.default_rng(seed)
    bent = distort(directions(rng.normal(size=(20, 5))), stretch, bend, rng)
    np.testing.assert_allclose(np.linalg.norm(bent, axis=1), 1.0)


@given(st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_words_share_a_spelling_two_by_two_and_never_with_a_synonym(polysemy, seed):
    rng = np.random.default_rng(seed)
    concept = np.sort(rng.integers(40, size=60))
    spelling = draw_spellings(concept, polysemy, rng)
    second = np.flatnonzero(spelling != np.arange(60))
    assert len(second) <= round(polysemy * 30)
    assert (spelling[spelling] == spelling).all()
    assert len(set(spelling[second])) == len(second)
    assert (concept[spelling[second]] != concept[second]).all()


def test_the_share_of_words_that_share_their_spelling_is_the_one_set():
    spelling = draw_spellings(np.arange(5000), 0.2, np.random.default_rng(0))
    assert (np.bincount(spelling, minlength=5000)[spelling] > 1).mean() == pytest.approx(0.2)


def test_one_vector_for_one_spelling_by_frequency():
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    blended = blend(vectors, np.array([0, 1, 0]), np.array([3.0, 5.0, 1.0]))
    expected = np.array([3.0, 1.0]) / np.sqrt(10)
    np.testing.assert_allclose(blended, [expected, [0.6, 0.8], expected])
