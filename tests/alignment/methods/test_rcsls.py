import numpy as np
import pytest
import torch

from ipml.alignment.data import AlignmentData
from ipml.alignment.methods.cross_validation import reciprocal_rank
from ipml.alignment.methods.rcsls import RelaxedCslsMap, mean_nearest
from ipml.linear_map.solvers import least_squares, orthogonal
from ipml.statistics.angles import unit_vectors
from tests.alignment.methods.planted import accuracy, fit, planted


def relaxed_csls(A, data, sources, k):
    """The loss of the paper, pair by pair."""
    X, Y = data.X[data.train_rows[:, 0]], data.Y[data.train_rows[:, 1]]
    losses = []
    for x, y in zip(X, Y, strict=True):
        near_y = data.Y[np.argsort(-unit_vectors(data.Y) @ (A @ x))[:k]]
        near_x = sources[np.argsort(-unit_vectors(sources @ A.T) @ y)[:k]]
        losses.append(-2 * (A @ x) @ y + (near_y @ (A @ x)).mean() + ((near_x @ A.T) @ y).mean())
    return np.average(losses, weights=data.weights)


def test_the_loss_is_that_of_the_paper_and_leaves_held_out_words_out(monkeypatch):
    data = planted()
    data.weights = np.linspace(0.5, 2, len(data.weights))
    seen = {}

    def look(self):
        original(self)
        if not seen:
            seen["loss"] = float(self.relaxed_csls(torch.arange(len(data.train_rows))).detach())

    original = RelaxedCslsMap.on_train_epoch_start
    monkeypatch.setattr(RelaxedCslsMap, "on_train_epoch_start", look)
    fit(data, "rcsls", "model.map.max_epochs=1", "model.map.module.neighbourhood=3")
    known = data.X[~data.is_held_out()]
    assert seen["loss"] == pytest.approx(relaxed_csls(orthogonal(*data.train), data, known, 3))
    assert len(known) == len(data.train_rows)


def test_mean_nearest_in_chunks_is_brute_force():
    rng = np.random.default_rng(0)
    queries, keys, values = (torch.from_numpy(rng.normal(size=shape)) for shape in ((7, 4), (30, 4), (30, 5)))
    found = mean_nearest(queries, keys, values, 3, chunk=2)
    for query, mean in zip(queries.numpy(), found.numpy(), strict=True):
        best = np.argsort(-unit_vectors(keys.numpy()) @ query)[:3]
        np.testing.assert_allclose(mean, values.numpy()[best].mean(axis=0))


def test_the_matrix_that_translates_validation_words_best_is_kept_with_the_norm_of_the_first():
    data = planted(noise=0.4)
    options = ["model.map.module.optimizer.lr=3", "model.map.patience=null"]
    fitted = fit(data, "rcsls", *options, "model.map.max_epochs=8")
    epochs = [fit(data, "rcsls", *options, f"model.map.max_epochs={n}") for n in range(1, 9)]
    ranks = [reciprocal_rank(data, data.validation_rows, epoch.matrix) for epoch in epochs]
    assert max(ranks) == pytest.approx(reciprocal_rank(data, data.validation_rows, fitted.matrix))
    assert fitted.metrics["val/missed"] == pytest.approx(1 - max(ranks))
    assert fitted.figures["best_epoch"] == 1 + int(np.argmax(ranks))
    assert np.linalg.norm(fitted.matrix) == pytest.approx(np.linalg.norm(orthogonal(*data.train)))


@pytest.mark.parametrize(("d", "e"), [(8, 8), (12, 6), (6, 12)])
def test_a_planted_map_is_found_whatever_the_dimensions(d, e):
    data = planted(d, e, noise=0.02)
    start = f"model.map.module.start._target_=ipml.linear_map.solvers.{least_squares.__name__}"
    fitted = fit(data, "rcsls", start, "model.map.max_epochs=5")
    assert accuracy(data, fitted) > 0.9


def test_the_step_is_halved_when_the_loss_rises(monkeypatch):
    data = planted(noise=0.3)
    steps, losses = [], []
    original = RelaxedCslsMap.on_train_epoch_start

    def look(self):
        original(self)
        steps.append(self.trainer.optimizers[0].param_groups[0]["lr"])
        losses.append(float(self.relaxed_csls(torch.arange(len(data.train_rows))).detach()))

    monkeypatch.setattr(RelaxedCslsMap, "on_train_epoch_start", look)
    fit(
        data, "rcsls", "model.map.module.optimizer.lr=30", "model.map.patience=null", "model.map.max_epochs=8"
    )
    expected = [30.0]
    for epoch in range(1, 8):
        expected.append(expected[-1] / (2 if losses[epoch] > min(losses[:epoch]) else 1))
    assert steps == expected
    assert steps[-1] < 30


def test_without_validation_pairs_the_last_matrix_stays():
    data = planted(n_validation=0)
    assert isinstance(data, AlignmentData)
    fitted = fit(data, "rcsls", "model.map.patience=null", "model.map.max_epochs=2")
    assert "best_epoch" not in fitted.figures
    assert np.abs(fitted.matrix - orthogonal(*data.train)).max() > 1e-6
