"""An aligner and a solver of one's own, by the words of docs/extending.md: one file of Python, one of YAML."""

import shutil

import numpy as np
import pytest

from ipml.config import compose_settings
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import random_orthogonal
from tests.alignment.methods.planted import accuracy, fit, planted
from tests.recipes import write_recipes


@pytest.fixture
def searchpath(tmp_path, monkeypatch):
    """The two files of the guide, the second in both groups."""
    place = write_recipes(tmp_path, "An aligner")
    (tmp_path / "conf" / "linear_map").mkdir()
    shutil.copy(tmp_path / "conf" / "aligner" / "weighted.yaml", tmp_path / "conf" / "linear_map")
    monkeypatch.syspath_prepend(tmp_path)
    return place


def test_the_aligner_of_the_guide_works_from_a_folder_of_its_own(searchpath):
    data = planted(noise=0.05)
    fitted = fit(data, "weighted", searchpath)
    assert accuracy(data, fitted) > 0.9
    np.testing.assert_allclose(fitted.matrix @ fitted.matrix.T, np.eye(8), atol=1e-9)
    assert fitted.figures == {"power": 0.5}


def test_the_same_files_are_a_solver_of_the_mapping(searchpath):
    overrides = [searchpath, "model=mapping", "firm_type=established", "linear_map@model.map=weighted"]
    settings = compose_settings("train", overrides)
    T, A = np.random.default_rng(0).normal(size=(40, 5)), random_orthogonal(5, 5, seed=1)
    pairs = T, T @ A.T
    fitted = fit_linear_map(settings.model.map, settings.trainer, PairsData(pairs, None, pairs), "test")
    np.testing.assert_allclose(fitted.matrix, A, atol=1e-9)
