"""The benchmark of aligners on small planted files."""

import json

import pytest

from benchmarks.alignment_quality import ALIGNERS, run
from ipml.alignment.retrieval import METHODS
from ipml.console import console
from ipml.errors import InputError
from tests.alignment.fusion.planted import Planted


def write_vectors(path, words, vectors):
    lines = [f"{word} {' '.join(f'{x:.4f}' for x in row)}" for word, row in zip(words, vectors, strict=True)]
    path.write_text("\n".join([f"{len(words)} {vectors.shape[1]}", *lines]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Vectors of both languages, a second embedding of the source language, and the dictionaries."""
    folder, planted = tmp_path_factory.mktemp("files"), Planted()
    write_vectors(folder / "source.vec", planted.source, planted.Japanese)
    write_vectors(folder / "second.vec", planted.source, planted.second)
    write_vectors(folder / "target.vec", planted.target, planted.English)
    for part in ("train", "test"):
        pairs = planted.lexicon(getattr(planted, part)).pairs
        if part == "test":
            pairs += (("無", "none"), (planted.source[0], "none"))
        text = "".join(f"{source}\t{target}\n" for source, target in pairs)
        (folder / f"{part}.tsv").write_text(text, encoding="utf-8")
    return folder


def options(folder, **others):
    given = {
        "lexicon.train": str(folder / "train.tsv"),
        "lexicon.test": str(folder / "test.tsv"),
        "vectors.source": str(folder / "source.vec"),
        "vectors.target": str(folder / "target.vec"),
    }
    return given | others


def ran(capsys, given):
    """Run the benchmark; returns what it printed and its figure."""
    run(given)
    printed = capsys.readouterr().out
    return printed, json.loads(printed.splitlines()[-1])


def test_every_aligner_stands_beside_the_fused_one(folder, capsys, monkeypatch):
    monkeypatch.setattr(console, "width", 160)
    both = {"vectors.source": f"{folder / 'source.vec'},{folder / 'second.vec'}"}
    printed, figure = ran(capsys, options(folder, **both))
    assert "1 training pairs left out" in printed
    for aligner in ALIGNERS:
        assert sum(f" {aligner} " in line for line in printed.splitlines()) == len(METHODS), aligner
    assert "chosen inside train: fused, ranker; AC@1" in printed
    assert "published (other data)" in printed
    assert "of 152 test words 1 have no vector, 150 a known translation" in printed
    assert (figure["name"], figure["n"], figure["seed"]) == ("alignment_quality", 150, 0)
    assert 0.75 < figure["value"] <= 1


def test_the_fused_aligner_can_be_run_alone(folder, capsys, tmp_path):
    cache = tmp_path / "cache"
    alone = {"linear": "no", "cache": str(cache), "written_form": "no"}
    printed, figure = ran(capsys, options(folder, **alone))
    assert not any(f" {aligner} " in printed for aligner in ALIGNERS)
    assert "chosen inside train: fused, ranker; AC@1" in printed
    assert 0.4 < figure["value"] < 0.7  # the vectors of one file tell no more
    assert len(list(cache.rglob("vectors.npy"))) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lexicon.train": "none.tsv"}, r"lexicon\.train=none\.tsv: no such file"),
        ({"vectors.source": ""}, r"vectors\.source: a file is needed, as vectors\.source=FILE"),
        ({"linear": "maybe"}, "linear=maybe: not a choice; allowed: yes, no"),
        ({"written_form": "0"}, "written_form=0: not a choice"),
        ({"encoder": "1"}, "encoder=1: not a choice"),
        ({"aligner": "cca"}, "option=aligner: not a choice; allowed: lexicon.train"),
        ({"language": "en"}, "language=en: the reference language needs no alignment"),
    ],
)
def test_mistakes_are_said_in_one_line(folder, changes, message):
    with pytest.raises(InputError, match=message) as error:
        run(options(folder, **changes))
    assert "\n" not in str(error.value)


def test_a_dictionary_is_one_file(folder):
    both = f"{folder / 'train.tsv'},{folder / 'test.tsv'}"
    with pytest.raises(InputError, match=r"lexicon\.train=.*: one file is needed"):
        run(options(folder, **{"lexicon.train": both}))


def test_a_file_without_a_language_is_asked_for(folder):
    given = options(folder)
    del given["lexicon.test"]
    with pytest.raises(InputError, match=r"lexicon\.test: a file is needed"):
        run(given)
