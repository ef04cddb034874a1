"""Methods that find pairs by themselves: self-learning and refinement with mutual neighbours."""

import numpy as np
import pytest

from ipml.alignment.data import AlignmentData
from ipml.alignment.methods import mutual_refinement, self_learning
from ipml.alignment.methods.canonical import canonical
from ipml.alignment.methods.self_learning import reweighted_map
from ipml.linear_map.solvers import orthogonal, random_orthogonal
from ipml.statistics.angles import unit_vectors
from tests.alignment.methods.planted import accuracy, fit, planted

METHODS = {"self_learning": self_learning, "mutual_refinement": mutual_refinement}


@pytest.mark.parametrize("aligner", METHODS)
@pytest.mark.parametrize(("d", "e"), [(10, 10), (12, 9), (9, 12)])
def test_pairs_found_on_the_way_help_a_small_dictionary(aligner, d, e):
    data = planted(d, e, noise=0.4, n_train=20, n_validation=0)
    known = AlignmentData(
        data.X, data.Y, data.train_rows, data.validation_rows, data.test_rows, data.weights, np.arange(0), 0
    )  # nothing held out: here the words that are scored may be found
    assert accuracy(known, fit(known, aligner)) > accuracy(known, fit(known, "orthogonal")) + 0.05


@pytest.mark.parametrize("aligner", METHODS)
def test_no_pair_with_a_held_out_word_enters_a_fit(aligner, monkeypatch):
    data = planted(noise=0.05)
    solved = []

    def recorded(X, Y):
        solved.append((X, Y))
        return orthogonal(X, Y)

    def recorded_last(X, Y, *options):
        solved.append((X, Y))
        return reweighted_map(X, Y, *options)

    monkeypatch.setattr("ipml.linear_map.solvers.orthogonal", recorded)
    monkeypatch.setattr(self_learning, "reweighted_map", recorded_last)
    fit(data, aligner)
    held_out = {row.tobytes() for row in data.X[data.held_out]}
    assert len(solved) > 2
    assert max(len(X) for X, _ in solved) > len(data.train_rows)  # something was found
    assert not any(row.tobytes() in held_out for X, _ in solved for row in X)


@pytest.mark.parametrize("aligner", METHODS)
def test_held_out_words_of_another_map_do_not_bend_the_fit(aligner, monkeypatch):
    """Held-out words are turned a little further than the others: a fit that finds them turns with them."""
    rng = np.random.default_rng(3)
    Y = unit_vectors(rng.normal(size=(300, 6)))
    R = random_orthogonal(6, 6, 1)
    turn = orthogonal(np.eye(6), np.eye(6) + 0.15 * rng.normal(size=(6, 6)))
    X = Y @ R
    rows = np.repeat(np.arange(300)[:, None], 2, axis=1)
    X[200:] = X[200:] @ turn.T
    data = AlignmentData(X, Y, rows[:30], rows[200:250], rows[250:], np.ones(30), rows[200:, 0])
    overrides = {"self_learning": ["model.map.module.power=0", "model.map.module.regularisation=0"]}.get(
        aligner, []
    )
    allowed = fit(data, aligner, *overrides)
    data.held_out = np.arange(0)
    leaked = fit(data, aligner, *overrides)
    far, near = (np.abs(unit_vectors(f.matrix.T).T - R).max() for f in (leaked, allowed))
    assert near < far / 3


def test_dropping_candidates_is_repeated_by_its_seed_and_ends_with_all_of_them():
    data = planted(noise=0.1)
    options = ["model.map.module.keep=0.3", "model.map.module.interval=2"]
    one, two = (fit(data, "self_learning", *options) for _ in range(2))
    np.testing.assert_array_equal(one.matrix, two.matrix)
    assert 7 <= one.figures["n_rounds"] < 100  # 0.3, 0.6 and 1: each stays at least for the interval


def test_the_last_map_is_its_steps_one_by_one():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 6))
    Y = X @ rng.normal(size=(6, 4)) + rng.normal(size=(80, 4))
    A, B = reweighted_map(X, Y, 0.0, 0.5)
    found = canonical(X, Y, 0.0)
    sides = []
    for rows, W, U in (
        (X, found.source_whitening, found.source_directions),
        (Y, found.target_whitening, found.target_directions),
    ):
        turned = rows @ W @ U * found.correlations**0.5
        sides.append(turned @ U.T @ np.linalg.inv(W) @ U)
    np.testing.assert_allclose(X @ A.T @ B.T, sides[0], atol=1e-8)
    np.testing.assert_allclose(Y @ B.T, sides[1], atol=1e-8)
