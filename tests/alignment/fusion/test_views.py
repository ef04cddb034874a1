from typing import get_args

import numpy as np
import pytest

from ipml.alignment.affine import prepare, step_means
from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.fusion.views import View, joint_space, open_view, side_by_side
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.settings import ViewMethod
from ipml.errors import InputError
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors
from ipml.text.embeddings.table import VectorTable

STEPS = ["unit", "centre", "unit"]
RIDGE = {"ridge": 0.01, "cca": 0.03}
N, DIMENSION = 60, 6
SOURCES, TARGETS = [f"源{i}" for i in range(N)], [f"t{i}" for i in range(N)]
ENGLISH = np.random.default_rng(0).normal(size=(N, DIMENSION)) + 1
TURN = random_orthogonal(DIMENSION, DIMENSION, 3)


def dictionary(numbers=range(0, N, 2)):
    pairs = Lexicon(tuple((SOURCES[i], TARGETS[i]) for i in numbers))
    return make_dictionary(
        pairs,
        {word: row for row, word in enumerate(SOURCES)},
        {word: row for row, word in enumerate(TARGETS)},
    )


def table(words, vectors):
    return VectorTable(words, vectors.astype(np.float32), "made up")


def turned(n_source=N, n_target=N):
    """View of the first words of each language, the source being the target, turned."""
    tables = (
        table(SOURCES[:n_source], ENGLISH[:n_source] @ TURN.T),
        table(TARGETS[:n_target], ENGLISH[:n_target]),
    )
    return open_view("turned", tables, (SOURCES, TARGETS), STEPS)


def share_right(space, numbers):
    return (space.scores(np.array(numbers)).argmax(dim=1).numpy() == numbers).mean()


def naive_csls(source, target, rows, neighbourhood):
    """2 cos(x, y) − r(x) − r(y), r being the mean cosine to the nearest words of the other language."""
    cosines = unit_vectors(source) @ unit_vectors(target).T
    of_source = np.sort(cosines, axis=1)[:, -neighbourhood:].mean(axis=1)
    of_target = np.sort(cosines, axis=0)[-neighbourhood:].mean(axis=0)
    return np.array([2 * cosines[row] - of_source[row] - of_target for row in rows]), of_source[rows]


def test_words_are_looked_up_and_prepared():
    chosen = [5, 1, 9]
    tables = table([SOURCES[i] for i in chosen] + ["x"], ENGLISH[[*chosen, 0]]), table(TARGETS, ENGLISH)
    view = open_view("few", tables, (SOURCES, TARGETS), STEPS)
    known = np.isin(np.arange(N), chosen)
    np.testing.assert_array_equal(view.known[0], known)
    assert view.known[1].all()
    assert view.has_both
    # The mean is that of the words that take part, not of the whole table.
    expected = prepare(ENGLISH[known], STEPS, step_means(ENGLISH[known], STEPS))
    np.testing.assert_allclose(view.source[known], expected, atol=1e-6)
    assert not view.source[~known].any()
    assert view.source.dtype == np.float32


def test_an_embedding_of_one_language_has_no_columns_for_the_other():
    view = open_view("one", (table(SOURCES, ENGLISH), None), (SOURCES, TARGETS), STEPS)
    assert view.source.shape == (N, DIMENSION)
    assert view.target.shape == (N, 0)
    assert not view.has_both


def test_an_embedding_that_knows_no_word_of_a_language_is_of_no_use():
    view = open_view("none", (table(["x"], ENGLISH[:1]), table(TARGETS, ENGLISH)), (SOURCES, TARGETS), STEPS)
    assert view.source.shape == (N, DIMENSION)
    assert not view.has_both


def test_views_stand_side_by_side():
    one = open_view("one", (table(SOURCES, ENGLISH), None), (SOURCES, TARGETS), STEPS)
    both = side_by_side([turned(), one])
    assert both.name == "turned+one"
    assert both.source.shape == (N, 2 * DIMENSION)
    assert both.target.shape == (N, DIMENSION)
    np.testing.assert_array_equal(both.source[:, DIMENSION:], one.source)
    space = joint_space(both, dictionary(), "orthogonal", RIDGE, 5)
    assert share_right(space, np.arange(N)) > 0.9


@pytest.mark.parametrize("method", ["ridge", "orthogonal", "cca"])
def test_a_turned_language_is_turned_back(method):
    space = joint_space(turned(), dictionary(), method, RIDGE, 5)
    assert space.name == f"turned {method}"
    assert share_right(space, np.arange(1, N, 2)) == 1
    identity = joint_space(turned(), dictionary(), "identity", RIDGE, 5)
    assert share_right(identity, np.arange(N)) < 0.3


def test_scores_are_csls_but_for_what_all_targets_share():
    rng = np.random.default_rng(1)
    view = View("random", *(rng.normal(size=(n, 5)).astype(np.float32) for n in (20, 30)))
    rows = np.array([3, 17, 3])
    space = joint_space(view, dictionary(), "identity", RIDGE, 4)
    expected, shared = naive_csls(view.source, view.target, rows, 4)
    np.testing.assert_allclose(space.scores(rows).numpy(), expected + shared[:, None], atol=1e-5)


def test_procrustes_takes_pairs_by_their_weight():
    pairs = [(SOURCES[0], TARGETS[0]), (SOURCES[0], TARGETS[1]), (SOURCES[1], TARGETS[1])]
    pairs += [(SOURCES[i], TARGETS[i]) for i in range(2, 9)]
    rows = ({w: i for i, w in enumerate(SOURCES)}, {w: i for i, w in enumerate(TARGETS)})
    view = turned()
    space = joint_space(view, make_dictionary(Lexicon(tuple(pairs)), *rows), "orthogonal", RIDGE, 4)
    weights = [0.5, 0.5] + [1] * 8
    covariance = sum(
        weight * np.outer(view.target[TARGETS.index(t)], view.source[SOURCES.index(s)]).astype(np.float64)
        for weight, (s, t) in zip(weights, pairs, strict=True)
    )
    U, _, Vt = np.linalg.svd(covariance)
    np.testing.assert_allclose(space.source, unit_vectors(view.source @ (U @ Vt).T), atol=1e-5)
    np.testing.assert_allclose(space.target, unit_vectors(view.target), atol=1e-6)


@pytest.mark.parametrize("method", get_args(ViewMethod))
def test_words_without_a_vector_stay_without_one(method):
    view = turned(n_source=50, n_target=40)
    space = joint_space(view, dictionary(), method, RIDGE, 45)
    assert space.source[:50].norm(dim=1).numpy() == pytest.approx(np.ones(50), abs=1e-5)
    assert not space.source[50:].any()
    assert not space.target[40:].any()
    # They are in nobody's neighbourhood, and nobody is in theirs.
    shorter = View("turned", view.source[:50], view.target[:40])
    alone = joint_space(shorter, dictionary(range(0, 40, 2)), method, RIDGE, 45)
    known_dictionary = joint_space(view, dictionary(range(0, 40, 2)), method, RIDGE, 45)
    np.testing.assert_allclose(known_dictionary.hubness[:40], alone.hubness, atol=1e-5)
    np.testing.assert_allclose(space.hubness[:40], alone.hubness, atol=1e-5)  # unknown pairs teach nothing
    np.testing.assert_allclose(space.hubness[40:], space.hubness[:40].mean(), rtol=1e-5)
    assert space.scores(np.array([55])).isfinite().all()


@pytest.mark.parametrize("method", ["orthogonal", "cca"])
def test_a_view_that_knows_no_pair_is_named(method):
    with pytest.raises(InputError, match=r"model\.further\.turned: no pair of lexicon\.train has vectors"):
        joint_space(turned(n_source=10, n_target=10), dictionary(range(20, 30)), method, RIDGE, 4)
