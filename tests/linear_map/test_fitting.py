import numpy as np
import pytest
import torch

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.linear_map import solvers
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.lightning_module import GradientMap
from ipml.statistics.angles import cosines
from ipml.statistics.ridge_strength import leave_one_out_errors, strength_grid

SOLVERS = ["orthogonal", "least_squares", "ridge", "low_rank", "sgd"]
IDENTITY_SOLVERS = ["ridge_identity", "identity_low_rank"]  # of one space
CASES = [
    *((solver, d, e) for solver in SOLVERS for d, e in [(5, 5), (4, 6)]),
    *((solver, 5, 5) for solver in IDENTITY_SOLVERS),
]


def config_of(solver, *overrides):
    return compose_settings(
        "train", ["model=mapping", "firm_type=established", f"linear_map@model.map={solver}", *overrides]
    )


def planted(noise=0.05, d=5, e=5, n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    A = solvers.random_orthogonal(e, d, seed)
    Y = X @ A.T + noise * rng.normal(size=(n, e))
    cut = [slice(0, n // 2), slice(n // 2, 3 * n // 4), slice(3 * n // 4, n)]
    return A, PairsData(*((X[part], Y[part]) for part in cut), seed=seed)


@pytest.mark.parametrize(("solver", "d", "e"), CASES)
def test_every_solver_finds_a_planted_map(solver, d, e):
    overrides = ["model.map.module.optimizer.lr=0.03"] if solver == "sgd" else []
    config = config_of(solver, *overrides)
    A, data = planted(d=d, e=e)
    fitted = fit_linear_map(config.model.map, config.trainer, data, "test")
    np.testing.assert_allclose(fitted.matrix, A, atol=0.06)
    parts = {"train": data.train, "val": data.validation, "test": data.test}
    for part, (X, Y) in parts.items():
        assert fitted.metrics[f"{part}/cosine"] == pytest.approx(cosines(X @ fitted.matrix.T, Y).mean())
    assert fitted.metrics["test/loss"] == pytest.approx(0.05**2, rel=0.3)


@pytest.mark.parametrize("solver", ["orthogonal", "least_squares"])
def test_a_closed_form_is_its_function(solver):
    config = config_of(solver)
    _, data = planted(noise=1.0)
    fitted = fit_linear_map(config.model.map, config.trainer, data, "test")
    np.testing.assert_array_equal(fitted.matrix, getattr(solvers, solver)(*data.train))
    assert fitted.figures == {}


@pytest.mark.parametrize("solver", ["ridge", "sgd"])
def test_a_map_is_fitted_in_one_process_whatever_the_trainer(solver):
    matrices = []
    for trainer in ("cpu", "ddp"):
        config = config_of(solver, f"trainer={trainer}")
        matrices.append(fit_linear_map(config.model.map, config.trainer, planted()[1], "test").matrix)
    np.testing.assert_array_equal(*matrices)


def test_ridge_takes_the_strength_with_the_smallest_leave_one_out_error():
    config = config_of("ridge")
    _, data = planted(noise=2.0)
    X, Y = data.train
    fitted = fit_linear_map(config.model.map, config.trainer, data, "test")
    strengths = strength_grid(X)
    errors = leave_one_out_errors(X, Y, strengths)
    assert fitted.figures["strength"] == pytest.approx(strengths[errors.argmin()])
    assert fitted.figures["leave_one_out_error"] == pytest.approx(errors.min())
    unit = np.sum(X**2) / X.shape[1]
    assert fitted.figures["relative_strength"] * unit == pytest.approx(fitted.figures["strength"])
    np.testing.assert_allclose(fitted.matrix, solvers.ridge(X, Y, strengths[errors.argmin()]))


def test_without_validation_pairs_a_closed_form_needs_none():
    config = config_of("ridge")
    _, data = planted()
    fitted = fit_linear_map(config.model.map, config.trainer, PairsData(data.train, None, data.test), "test")
    assert "val/cosine" not in fitted.metrics
    assert fitted.metrics["test/cosine"] > 0.9


@pytest.mark.parametrize("objective", ["mse", "cosine"])
def test_gradient_descent_keeps_the_matrix_with_the_lowest_validation_loss(objective):
    config = config_of(
        "sgd",
        f"model.map.module.objective={objective}",
        "model.map.module.optimizer.lr=0.5",
        "model.map.max_epochs=12",
    )
    _, data = planted(noise=1.5)
    fitted = fit_linear_map(config.model.map, config.trainer, data, "test")
    start = cosines(data.validation[0], data.validation[1]).mean()
    assert fitted.metrics["val/cosine"] > start
    again = fit_linear_map(config.model.map, config.trainer, data, "test")
    np.testing.assert_array_equal(fitted.matrix, again.matrix)
    shorter = config.model.map.model_copy(update={"max_epochs": int(fitted.figures["best_epoch"])})
    best = fit_linear_map(shorter, config.trainer, data, "test")
    np.testing.assert_array_equal(best.matrix, fitted.matrix)


def test_a_map_trained_by_cosines_has_the_length_with_the_least_error():
    config = config_of("sgd", "model.map.module.objective=cosine", "model.map.module.optimizer.lr=0.03")
    A, data = planted()
    X, Y = data.train
    data = PairsData((X, 7 * Y), (data.validation[0], 7 * data.validation[1]), data.test)
    fitted = fit_linear_map(config.model.map, config.trainer, data, "test")
    np.testing.assert_allclose(fitted.matrix, 7 * A, atol=0.8)
    error = np.sum((7 * Y - X @ fitted.matrix.T) ** 2)
    for factor in (0.99, 1.01):
        assert np.sum((7 * Y - X @ (factor * fitted.matrix).T) ** 2) > error


def test_gradient_descent_without_validation_or_patience_keeps_the_last_matrix():
    config = config_of("sgd", "model.map.patience=null", "model.map.max_epochs=3")
    _, data = planted()
    fitted = fit_linear_map(config.model.map, config.trainer, PairsData(data.train, None, data.test), "test")
    assert fitted.figures == {}
    assert np.abs(fitted.matrix - np.eye(5)).max() > 1e-3


def test_early_stopping_needs_validation_pairs():
    config = config_of("sgd")
    _, data = planted()
    with pytest.raises(InputError, match=r"model\.map\.patience=20.*validation_share"):
        fit_linear_map(config.model.map, config.trainer, PairsData(data.train, None, data.test), "test")


def test_an_unknown_objective_is_refused():
    message = r"model\.map\.module\.objective=hinge: not a choice; allowed: mse, cosine"
    with pytest.raises(InputError, match=message):
        config_of("sgd", "model.map.module.objective=hinge")
    with pytest.raises(InputError, match=message):  # as an estimator makes one
        GradientMap(2, 2, "hinge", torch.optim.SGD)


def test_lightning_says_nothing(capfd):
    config = config_of("orthogonal")
    _, data = planted()
    fit_linear_map(config.model.map, config.trainer, data, "test")
    written = capfd.readouterr()
    for word in ("Trainer", "GPU", "TPU", "Warning"):
        assert word not in written.out + written.err
