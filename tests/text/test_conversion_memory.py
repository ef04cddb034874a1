"""A conversion keeps a part of the file in memory, whatever its size."""

import tracemalloc

import numpy as np
import pytest

from ipml.errors import InputError
from ipml.text.embeddings import array_file, fasttext_file, open_word_vectors, word2vec_file
from tests.text.fasttext_writer import write_model

N, DIMENSION = 4000, 400  # 6.4 MB as float32


def text(path, vectors):
    lines = (f"w{row} " + " ".join(f"{x:.3f}" for x in vector) + " \n" for row, vector in enumerate(vectors))
    path.write_text(f"{N} {DIMENSION}\n" + "".join(lines))
    return {"kind": "text"}


def word2vec(path, vectors):
    rows = (f"w{row} ".encode() + vector.tobytes() + b"\n" for row, vector in enumerate(vectors))
    path.write_bytes(f"{N} {DIMENSION}\n".encode() + b"".join(rows))
    return {"kind": "word2vec"}


def npy(path, vectors):
    with path.open("wb") as stream:
        np.save(stream, vectors)
    words = path.with_suffix(".txt")
    words.write_text("".join(f"w{row}\n" for row in range(N)))
    return {"kind": "npy", "words": str(words)}


def fasttext(path, vectors):
    words = tuple(f"w{row}" for row in range(N))
    write_model(
        path, words, dimension=DIMENSION, n_buckets=10, matrix=np.r_[vectors, np.zeros((10, DIMENSION))]
    )
    return {"kind": "fasttext"}


@pytest.mark.parametrize("write", [text, word2vec, npy, fasttext])
def test_peak_memory_is_below_the_table(tmp_path, monkeypatch, write):
    monkeypatch.setattr(word2vec_file, "_BYTES", 2**18)
    monkeypatch.setattr(word2vec_file, "_WORDS", 256)
    monkeypatch.setattr(array_file, "_BYTES", 2**18)
    monkeypatch.setattr(fasttext_file, "_WORDS", 64)
    vectors = np.random.default_rng(0).normal(size=(N, DIMENSION)).astype(np.float32)
    settings = write(tmp_path / "v.file", vectors)
    with pytest.raises(InputError, match="no such file"):  # imports the reader, whose code is not counted
        open_word_vectors({**settings, "path": "none", "cache": str(tmp_path)})
    tracemalloc.start()
    table = open_word_vectors(
        {**settings, "path": str(tmp_path / "v.file"), "cache": str(tmp_path / "cache")}
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.vectors.shape == (N, DIMENSION)
    assert peak < 0.75 * vectors.nbytes
