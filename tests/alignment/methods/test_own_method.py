"""An aligner and a solver of one's own, by the words of docs/extending.md: one file of Python, one of YAML."""

import re

import numpy as np
import pytest

from ipml.config import compose_settings
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import random_orthogonal
from tests.alignment.methods.planted import accuracy, fit, planted
from tests.conftest import REPOSITORY


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The two files of the guide, the second in both groups."""
    guide = (REPOSITORY / "docs" / "extending.md").read_text(encoding="utf-8")
    python, yaml = re.search(
        r"## An aligner.*?```python\n(.*?)```.*?```yaml\n(.*?)```", guide, re.DOTALL
    ).groups()
    (tmp_path / "my_aligner.py").write_text(python, encoding="utf-8")
    for group in ("aligner", "linear_map"):
        (tmp_path / "conf" / group).mkdir(parents=True)
        (tmp_path / "conf" / group / "weighted.yaml").write_text(yaml, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return f"hydra.searchpath=[file://{tmp_path / 'conf'}]"


def test_the_aligner_of_the_guide_works_from_a_folder_of_its_own(folder):
    data = planted(noise=0.05)
    fitted = fit(data, "weighted", folder)
    assert accuracy(data, fitted) > 0.9
    np.testing.assert_allclose(fitted.matrix @ fitted.matrix.T, np.eye(8), atol=1e-9)
    assert fitted.figures == {"power": 0.5}


def test_the_same_files_are_a_solver_of_the_mapping(folder):
    overrides = [folder, "model=mapping", "firm_type=established", "linear_map@model.map=weighted"]
    settings = compose_settings("train", overrides)
    T, A = np.random.default_rng(0).normal(size=(40, 5)), random_orthogonal(5, 5, seed=1)
    pairs = T, T @ A.T
    fitted = fit_linear_map(settings.model.map, settings.trainer, PairsData(pairs, None, pairs), "test")
    np.testing.assert_allclose(fitted.matrix, A, atol=1e-9)
