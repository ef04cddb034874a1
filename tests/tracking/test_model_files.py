import json
import pickle
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from ipml.errors import InputError
from ipml.tracking.model_files import SETTINGS, TENSORS, load_model, model_hash, save_model

FURTHER = "vectors/table.safetensors"
FILES = (TENSORS, SETTINGS, FURTHER)


def save(folder, value=1.0, **settings):
    """Save a model with a further file below its folder."""
    (folder / "vectors").mkdir(parents=True)
    save_file({"B": np.ones(3)}, folder / FURTHER)
    save_model(
        folder, "conversion", {"A": value * np.arange(6.0).reshape(2, 3).T}, {"country": "JP", **settings}
    )
    return folder


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "model")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Bytes of every file of a model, and a folder that holds it."""
    folder = save(tmp_path_factory.mktemp("whole") / "model")
    return folder, {name: (folder / name).read_bytes() for name in FILES}


class Planted:
    """What a pickle of it runs when it is loaded."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


def test_round_trip(folder):
    tensors, settings = load_model(folder, "conversion")
    np.testing.assert_array_equal(tensors["A"], np.arange(6.0).reshape(2, 3).T)
    assert settings == {"kind": "conversion", "country": "JP"}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_truncated_file_is_named(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=name):
        load_model(folder, "conversion")
    path.unlink()
    with pytest.raises(InputError, match=f"{name}: missing"):
        load_model(folder, "conversion")


@given(name=st.sampled_from(FILES), place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_a_changed_byte_is_found_wherever_it_is(whole, name, place, change):
    folder, content = whole
    changed = bytearray(content[name])
    changed[place % len(changed)] ^= change
    expected = load_model(folder, "conversion")[1]
    try:
        (folder / name).write_bytes(changed)
        try:
            _, settings = load_model(folder, "conversion")
        except InputError as error:
            assert name in str(error)  # noqa: PT017 - white space of the JSON may become another
        else:
            assert (name, settings) == (SETTINGS, expected)
    finally:
        (folder / name).write_bytes(content[name])


@pytest.mark.parametrize("name", [*FILES, "python_model.pkl"])
def test_a_pickle_is_refused_and_not_run(folder, tmp_path, name):
    marker = tmp_path / "executed"
    code = pickle.dumps(Planted(marker))
    (folder / name).write_bytes(code)
    with pytest.raises(InputError, match=name):
        load_model(folder, "conversion")
    assert not marker.exists()
    pickle.loads(code)  # noqa: S301 - the test's own: loaded, it would have left the file
    assert marker.exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_model_is_refused(folder, tmp_path, name):
    shutil.copy(save(tmp_path / "other", value=2.0, firm_type="established") / name, folder / name)
    if name == FURTHER:  # the same in both
        assert load_model(folder, "conversion")
        return
    with pytest.raises(InputError, match="changed"):
        load_model(folder, "conversion")


@pytest.mark.parametrize("content", [{"kind": "alignment"}, {}, [1]])
def test_a_model_of_another_kind_is_refused(folder, content):
    (folder / SETTINGS).write_text(json.dumps(content))
    with pytest.raises(InputError, match="needed: conversion"):
        load_model(folder, "conversion")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"country": "CN"}, "changed since it was saved"),
        ({"files": {}}, "changed since it was saved"),
        ({"files": []}, "no hashes"),
        ({"hash": "0"}, "changed since it was saved"),
        ({"added": 1}, "changed since it was saved"),
    ],
)
def test_a_changed_setting_is_found(folder, change, message):
    path = folder / SETTINGS
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputError, match=f"model.json: {message}"):
        load_model(folder, "conversion")


def test_the_hash_stands_for_content_and_not_for_the_folder(folder, tmp_path):
    assert model_hash(folder) == model_hash(save(tmp_path / "same"))
    others = [save(tmp_path / "tensor", 2.0), save(tmp_path / "setting", strength=0.5)]
    assert len({model_hash(folder), *map(model_hash, others)}) == 3
    assert model_hash(save(tmp_path / "tuple", strength=(1, 2))) == model_hash(
        save(tmp_path / "list", strength=[1, 2])
    )
    (folder / TENSORS).write_bytes(b"")
    with pytest.raises(InputError, match=TENSORS):
        model_hash(folder)
