"""The benchmark of opening word vectors, on a small file and without a peer."""

import json

import pytest

from benchmarks.vectors_open import run, write_vectors
from ipml.errors import InputError
from ipml.text.embeddings import open_word_vectors


def test_the_made_up_file_is_a_vec_file(tmp_path):
    write_vectors(tmp_path / "v.vec", 1203, 4)
    table = open_word_vectors(
        {"kind": "text", "path": str(tmp_path / "v.vec"), "cache": str(tmp_path / "cache")}
    )
    assert table.vectors.shape == (1203, 4)
    assert abs(table.vectors).max() <= 1
    assert table.vectors.std() == pytest.approx(0.06, rel=0.1)


def test_without_a_peer_it_says_so(capsys):
    run({"words": "300", "dimension": "5"})
    printed = capsys.readouterr().out
    assert "gensim is left out" in printed
    figure = json.loads(printed.splitlines()[-1])
    assert figure["name"] == "vectors_open"
    assert figure["n"] == 300
    assert figure["peer"] is None


def test_a_reader_that_fails_is_named(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\necho no gensim >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(InputError, match="could not read the vectors: no gensim"):
        run({"words": "20", "dimension": "2", "peer.python": str(tmp_path / "python")})
    with pytest.raises(InputError, match=r"peer\.python=none: no such file"):
        run({"peer.python": "none"})
    with pytest.raises(InputError, match="option=speed: not a choice"):
        run({"speed": "1"})
