"""Dictionaries chosen by ``lexicon.kind``."""

import pytest

from ipml.alignment import lexicons
from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.lexicons.lexicon import read_lexicon
from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.settings import Lexicon
from ipml.text import kinds as packages

RANKS = {(f"語{number}", f"word{sense}"): sense for number in range(300) for sense in (1, 2, 3)}


def changed(settings, **values):
    return Lexicon(**{**settings.model_dump(), **values})


@pytest.fixture
def settings(monkeypatch):
    monkeypatch.setitem(lexicons.PACKAGES, "jmdict", ("ja", lambda: RANKS))
    return Lexicon(kind="jmdict", train=[420, 1000], test=[200, 420], max_sense=2)


def test_files(tmp_path):
    (tmp_path / "d.tsv").write_text("犬\tdog\t1\n犬\tspy\t3\n", encoding="utf-8")
    (tmp_path / "d.txt").write_text("猫 cat\n", encoding="utf-8")
    tsv = Lexicon(kind="tsv", train=str(tmp_path / "d.tsv"), test=str(tmp_path / "d.txt"), max_sense=2)
    assert open_lexicon(tsv, "train", "ja") == read_lexicon(tmp_path / "d.tsv", 2)
    assert open_lexicon(tsv, "train", "ja").pairs == (("犬", "dog"),)
    assert open_lexicon(changed(tsv, kind="muse"), "test", "ja").pairs == (("猫", "cat"),)


def test_the_parts_of_a_package_share_no_source(settings):
    train, test = (open_lexicon(settings, part, "ja") for part in ("train", "test"))
    assert 100 < len(train.translations()) < 240
    assert 30 < len(test.translations()) < 100
    assert not set(train.translations()) & set(test.translations())
    assert all(words == ["word1", "word2"] for words in test.translations().values())
    every = open_lexicon(changed(settings, train=[0, 1000], max_sense=None), "train", "ja")
    assert every.pairs == tuple(RANKS)


def test_a_file_beside_a_package(settings, tmp_path):
    (tmp_path / "t.tsv").write_text("犬\tdog\n", encoding="utf-8")
    lexicon = open_lexicon(changed(settings, test=str(tmp_path / "t.tsv")), "test", "ja")
    assert lexicon.pairs == (("犬", "dog"),)


@pytest.mark.parametrize(
    ("changes", "language", "message"),
    [
        ({"train": None}, "ja", "lexicon.train: a dictionary is needed, as lexicon.train=FILE.tsv"),
        ({"kind": "muse"}, "ja", "kind=muse needs the name of a file"),
        ({}, "zh", "lexicon=jmdict: a dictionary of ja, but language=zh"),
        ({"train": [3]}, "ja", "lexicon.train=[3]: thousandths are needed"),
        ({"train": [0, 1]}, "ja", "lexicon.train=[0, 1]: no word pair of jmdict is in this part"),
    ],
)
def test_what_is_refused(settings, changes, language, message):
    with pytest.raises(InputError) as error:
        open_lexicon(changed(settings, **changes), "train", language)
    assert message in str(error.value)


def test_an_unknown_kind_is_refused():
    with pytest.raises(
        InputError, match=r"lexicon\.kind=edict: not a choice; allowed: tsv, muse, jmdict, cedict"
    ):
        compose_settings("train", ["lexicon.kind=edict"])


@pytest.mark.parametrize(("kind", "language"), [("jmdict", "ja"), ("cedict", "zh")])
def test_a_missing_package_is_named_with_the_command(monkeypatch, kind, language):
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    config = compose_settings("train", ["model=alignment", f"lexicon={kind}"])
    with pytest.raises(InputError) as error:
        open_lexicon(config.lexicon, "train", language)
    assert str(error.value) == f"lexicon {kind} needs a package: pip install 'ipml[{kind}]'"


def test_the_configured_parts_are_read(settings):
    config = compose_settings("train", ["model=alignment", "lexicon=jmdict"])
    assert open_lexicon(config.lexicon, "test", "ja") == open_lexicon(settings, "test", "ja")
    with pytest.raises(InputError, match="a dictionary is needed"):
        open_lexicon(compose_settings("train", ["lexicon=muse"]).lexicon, "train", "ja")
