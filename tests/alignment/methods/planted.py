"""Two vocabularies with a planted map between them, and a dictionary of some of their words."""

import numpy as np

from ipml.alignment.data import AlignmentData, source_weights
from ipml.config import compose_settings
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors

N_WORDS, N_TRAIN, N_VALIDATION = 300, 60, 40


def planted(d=8, e=8, noise=0.1, seed=0, n_train=N_TRAIN, n_validation=N_VALIDATION):
    """Source word i means target word i: the first are the dictionary, then validation words, the others test words."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(N_WORDS, min(d, e))) * np.linspace(1.5, 0.7, min(d, e))
    sides = [latent @ random_orthogonal(size, min(d, e), seed + size).T for size in (d, e)]
    X, Y = (unit_vectors(side + noise * rng.normal(size=side.shape)) for side in sides)
    rows = np.repeat(np.arange(N_WORDS)[:, None], 2, axis=1)
    parts = np.split(rows, [n_train, n_train + n_validation])
    held_out = rows[n_train:, 0]
    return AlignmentData(X, Y, *parts, source_weights(parts[0]), held_out, seed)


def fit(data, aligner, *overrides):
    config = compose_settings("train", ["model=alignment", f"aligner@model.map={aligner}", *overrides])
    return fit_linear_map(config.model.map, config.trainer, data, "test")


def accuracy(data, fitted):
    """Share of the test words whose translation is the nearest target word."""
    B = np.eye(data.Y.shape[1]) if fitted.search_matrix is None else fitted.search_matrix
    queries, targets = (unit_vectors(rows @ B.T) for rows in (data.X @ fitted.matrix.T, data.Y))
    test = data.test_rows[:, 0]
    return float(((queries[test] @ targets.T).argmax(axis=1) == test).mean())
