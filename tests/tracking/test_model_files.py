import json

import numpy as np
import pytest

from ipml.errors import InputError
from ipml.tracking.model_files import SETTINGS, TENSORS, load_model, model_hash, save_model


@pytest.fixture
def folder(tmp_path):
    save_model(tmp_path / "model", "conversion", {"A": np.arange(6.0).reshape(2, 3).T}, {"country": "JP"})
    return tmp_path / "model"


def test_round_trip(folder):
    tensors, settings = load_model(folder, "conversion")
    np.testing.assert_array_equal(tensors["A"], np.arange(6.0).reshape(2, 3).T)
    assert settings == {"kind": "conversion", "country": "JP"}


@pytest.mark.parametrize("name", [TENSORS, SETTINGS])
def test_a_missing_or_truncated_file_is_named(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=name):
        load_model(folder, "conversion")
    path.unlink()
    with pytest.raises(InputError, match=f"{name}: missing"):
        load_model(folder, "conversion")


def test_a_pickle_is_refused_and_not_run(folder, tmp_path):
    marker = tmp_path / "executed"
    code = f"cos\nsystem\n(S'touch {marker}'\ntR.".encode()
    (folder / TENSORS).write_bytes(code)
    with pytest.raises(InputError, match=TENSORS):
        load_model(folder, "conversion")
    assert not marker.exists()


@pytest.mark.parametrize("content", [{"kind": "alignment"}, {}, [1]])
def test_a_model_of_another_kind_is_refused(folder, content):
    (folder / SETTINGS).write_text(json.dumps(content))
    with pytest.raises(InputError, match="needed: conversion"):
        load_model(folder, "conversion")


def test_the_hash_of_a_model_is_that_of_its_files(tmp_path):
    for name in ("a", "b"):
        save_model(tmp_path / name, "conversion", {"A": np.eye(2)}, {"d": 2})
    assert model_hash(tmp_path / "a") == model_hash(tmp_path / "b")
    (tmp_path / "b" / "more").write_text("")
    assert model_hash(tmp_path / "a") != model_hash(tmp_path / "b")
