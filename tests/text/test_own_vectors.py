"""Word vectors and tokenizers of one's own, by the words of docs/extending.md."""

import re
import sys
import types

import numpy as np
import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.text import embeddings as vectors
from ipml.text import encode_texts, open_language, tokenizers
from ipml.text.languages import open_language_settings
from tests.recipes import PAGE, write_recipes

SECTION = "An encoder, or other word vectors"


def python_blocks() -> list[str]:
    (section,) = re.findall(rf"## {SECTION}\n(.*?)\n## ", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def test_vectors_in_a_file_need_a_file_of_configuration_alone(tmp_path, monkeypatch):
    place = write_recipes(tmp_path, SECTION)
    (tmp_path / "ja.vec").write_text("犬 1 0\n猫 0 1\n", encoding="utf-8")
    (tmp_path / "en.vec").write_text("dog 1 0\ncat 0 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPML_HOME", str(tmp_path))
    embeddings = compose_settings(
        "train", [place, "data=corpus", "data.root=x", "embeddings=mine"]
    ).embeddings
    for code, text in {"ja": "犬 猫 犬", "en": "Dog, cat: dog"}.items():
        encoded = encode_texts([text], open_language(embeddings, code))
        np.testing.assert_array_equal(encoded.vectors[encoded.ids], [[1, 0], [0, 1], [1, 0]])


@pytest.fixture
def own_kinds(monkeypatch):
    """The classes where the guide puts them, and the lines of the tables that it gives."""
    of_vectors, of_tokenizer, vector_line, tokenizer_line = python_blocks()
    module = types.ModuleType("ipml.text.embeddings.two_letters")
    exec(of_vectors, module.__dict__)  # noqa: S102 - the guide's own
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made: dict[str, type] = {}
    exec(of_tokenizer, made)  # noqa: S102
    for name in made.keys() - {"__builtins__"}:
        monkeypatch.setattr(tokenizers, name, made[name], raising=False)
    for table, line in ((vectors.KINDS, vector_line), (tokenizers.KINDS, tokenizer_line)):
        for kind, place in re.findall(r'"(\w+)": "([\w.:]+)"', line):
            monkeypatch.setitem(table, kind, place)


@pytest.mark.usefixtures("own_kinds")
def test_a_new_kind_of_vectors_and_a_new_tokenizer_are_chosen_by_settings():
    settings = {"vectors": {"kind": "two_letters", "alphabet": "abc"}, "tokenizer": {"kind": "letters"}}
    language = open_language_settings("en", settings)
    encoded = encode_texts(["a-c, d!"], language)
    assert encoded.words == ["a", "c"]
    np.testing.assert_array_equal(encoded.vectors, [[0, 0], [2, 2]])
    other = open_language_settings("en", {**settings, "vectors": {"kind": "two_letters"}})
    assert set(language.lineage.values()) & set(other.lineage.values()) == {"letters nfkc-1"}
    with pytest.raises(
        InputError, match=r"vectors\.alphbet=a: not an option of kind=two_letters; .*: alphabet"
    ):
        open_language_settings("en", {**settings, "vectors": {"kind": "two_letters", "alphbet": "a"}})
