import json

import numpy as np
import pytest

from ipml.alignment.affine import Alignment
from ipml.alignment.fused import FusedAlignment
from ipml.alignment.registered import open_alignment
from ipml.errors import InputError


@pytest.fixture
def linear():
    settings = {"pair": "ja-en", "seed": 0, "source_language": {"vectors": {}}}
    return Alignment(np.eye(2), np.zeros((0, 2)), np.zeros((0, 2)), 1.0, (), settings)


@pytest.fixture
def fused(linear):
    return FusedAlignment(linear, ("犬",), np.array([[5, 6]], dtype=np.float32))


def test_each_kind_is_opened_as_it_was_saved(tmp_path, linear, fused):
    vectors = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = {"linear": [[1, 2], [3, 4]], "fused": [[5, 6], [3, 4]]}
    for name, alignment in {"linear": linear, "fused": fused}.items():
        alignment.save(tmp_path / name)
        opened = open_alignment(tmp_path / name)
        assert type(opened) is type(alignment)
        assert opened.settings["pair"] == "ja-en"
        assert opened.settings["source_language"] == {"vectors": {}}
        np.testing.assert_array_equal(opened.reference_vectors(["犬", "猫"], vectors), expected[name])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (None, r"model\.json: missing"),
        ("{", r"model\.json: not readable as JSON"),
        ("[1]", r"model\.json: a model of kind list; needed: alignment"),
        (json.dumps({"kind": "dual_attn"}), r"model\.json: a model of kind dual_attn; needed: alignment"),
        ("\ud800", r"model\.json: not readable as JSON"),
    ],
)
@pytest.mark.parametrize("kind", ["linear", "fused"])
def test_what_is_no_alignment_is_refused_in_one_line(tmp_path, request, kind, settings, message):
    folder = tmp_path / "model"
    request.getfixturevalue(kind).save(folder)
    if settings is None:
        (folder / "model.json").unlink()
    else:
        (folder / "model.json").write_bytes(settings.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=message) as error:
        open_alignment(folder)
    assert str(error.value).startswith(str(folder))
    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none.*missing"):
        open_alignment(tmp_path / "none")
