import gzip

import numpy as np
import pytest

from ipml.alignment.export import export
from ipml.alignment.registered import open_alignment
from ipml.alignment.stage import train
from ipml.cli import main
from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.text.embeddings import open_word_vectors
from ipml.tracking import Workspace


@pytest.fixture(scope="module")
def model(world):
    config = world.settings("train", "model=alignment")
    version = train(config, Workspace(config), world.corpus).version
    return Workspace(config).find_model(f"alignment-ja-en/{version}")


def write(*where):
    settings = export_config(*where)
    export(settings, Workspace(settings))


def export_config(world, model, output, *overrides):
    reference = f"model=alignment-ja-en/{model.version}"
    paths = f"paths.mlruns={world.settings('train').paths.mlruns}"
    read = f"model_folders=[{world.corpus.root}]"
    return compose_settings("aligned_vectors", [reference, f"output={output}", paths, read, *overrides])


@pytest.mark.parametrize("name", ["ja.vec", "ja.vec.gz"])
def test_the_file_reads_back_as_the_aligned_vectors(world, model, tmp_path, name):
    write(world, model, tmp_path / name)
    table = open_word_vectors(
        {"kind": "text", "path": str(tmp_path / name), "cache": str(tmp_path / "cache")}
    )
    words = world.words["ja"]
    assert table.words == words
    given = open_word_vectors(model_vectors(model)).select(words)[1]
    expected = open_alignment(model.folder).reference_vectors(words, given)
    np.testing.assert_allclose(table.select(words)[1], expected, atol=1e-5)


def model_vectors(model):
    return open_alignment(model.folder).settings["source_language"]["vectors"]


def test_equal_content_gives_equal_bytes_and_the_first_words(world, model, tmp_path):
    for name in ("a.vec.gz", "b.vec.gz"):
        write(world, model, tmp_path / name, "max_words=7")
    assert (tmp_path / "a.vec.gz").read_bytes() == (tmp_path / "b.vec.gz").read_bytes()
    lines = gzip.decompress((tmp_path / "a.vec.gz").read_bytes()).decode().splitlines()
    assert lines[0].split()[0] == "7"
    assert [line.split(" ")[0] for line in lines[1:]] == list(world.words["ja"][:7])


def test_words_with_white_space_are_left_out_and_counted(world, model, tmp_path, monkeypatch, capsys):
    class Spaced:
        words = ("a b", "c\u3000d", *world.words["ja"][:2])

        def select(self, words):
            return open_word_vectors(model_vectors(model)).select(words)

    monkeypatch.setattr(
        "ipml.alignment.export.open_source_language", lambda *_: type("L", (), {"vectors": Spaced()})
    )
    write(world, model, tmp_path / "ja.vec")
    assert (tmp_path / "ja.vec").read_text(encoding="utf-8").startswith("2 ")
    assert "2 with white space left out" in " ".join(capsys.readouterr().out.split())


def test_nothing_is_left_when_writing_fails(world, model, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ipml.alignment.export._lines", fail)
    with pytest.raises(OSError, match="No space"):
        write(world, model, tmp_path / "ja.vec")
    assert list(tmp_path.iterdir()) == []


def test_bad_options(world, model, tmp_path, capsys):
    with pytest.raises(InputError, match="max_words=0: at least 1"):
        write(world, model, tmp_path / "ja.vec", "max_words=0")
    places = [f"paths.mlruns={world.settings('train').paths.mlruns}", f"output={tmp_path / 'ja.vec'}"]
    assert main(["aligned_vectors", "model=alignment-fr-en@champion", *places]) == 2
    assert "alignment-fr-en" in capsys.readouterr().err
