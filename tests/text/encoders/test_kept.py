"""Texts are encoded once: the cache gives what the encoder gave, whatever was killed, broken or written at once."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.text.encoders import TextEncoder
from ipml.text.encoders import kept as module
from ipml.text.encoders.kept import KeptTexts, read_file, text_key


class Letters:
    """An encoder whose vectors are counts of letters; remembers what it was asked."""

    def __init__(self, fingerprint="letters 1"):
        self.asked = []
        self.encoder = TextEncoder(fingerprint, 4, self.encode)

    def encode(self, texts):
        self.asked += texts
        return np.array([[text.count(letter) for letter in "abc"] + [len(text)] for text in texts])


@pytest.fixture
def letters():
    return Letters()


TEXTS = ["ab", "two\nlines", "", "ab", "\ud800 is none", "c" * 50]


def test_a_hit_is_the_miss_to_the_bit_and_each_text_is_encoded_once(letters, tmp_path):
    missed = KeptTexts(letters.encoder, str(tmp_path)).encode(TEXTS)
    asked = list(letters.asked)
    assert asked == ["ab", "two\nlines", "", "? is none", "c" * 50]
    again = KeptTexts(letters.encoder, str(tmp_path))
    hit = again.encode(list(reversed(TEXTS)))
    np.testing.assert_array_equal(hit[::-1], missed)
    np.testing.assert_array_equal(missed, letters.encode([*asked, "ab"])[[0, 1, 2, 5, 3, 4]])
    assert letters.asked[:5] == asked
    assert len(letters.asked) == 11  # what the line before asked
    assert again.encode([]).shape == (0, 4)


def test_a_kill_keeps_the_files_that_are_finished(letters, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 10)
    texts = [str(number) for number in range(25)]
    encode = letters.encode
    letters.encoder._encode = lambda batch: encode(batch) if "20" not in batch else 1 / 0
    with pytest.raises(ZeroDivisionError):
        KeptTexts(letters.encoder, str(tmp_path)).encode(texts)
    later = Letters()
    KeptTexts(later.encoder, str(tmp_path)).encode(texts)
    assert later.asked == texts[20:]


@pytest.mark.parametrize("harm", ["cut", "bit", "empty", "keys"])
def test_a_broken_file_is_said_once_removed_and_its_texts_are_encoded_again(letters, tmp_path, capsys, harm):
    kept = KeptTexts(letters.encoder, str(tmp_path))
    before = kept.encode(["a", "b"])
    (file,) = kept.folder.glob("*.safetensors")
    content = bytearray(file.read_bytes())
    if harm == "bit":
        content[content.index(before.tobytes()) + 3] ^= 1
    if harm == "keys":
        content[content.index(text_key("a"))] ^= 1
    file.write_bytes({"cut": content[:-9], "empty": b""}.get(harm, bytes(content)))
    letters.asked.clear()
    again = KeptTexts(letters.encoder, str(tmp_path))
    np.testing.assert_array_equal(again.encode(["a", "b"]), before)
    assert letters.asked == ["a", "b"]
    said = [line for line in capsys.readouterr().out.splitlines() if str(file) in line]
    assert said == [f"{file}: not what was written; removed, and its texts are encoded again"]
    letters.asked.clear()
    KeptTexts(letters.encoder, str(tmp_path)).encode(["a", "b"])
    assert letters.asked == []
    assert capsys.readouterr().out == ""


def test_two_writers_at_once_leave_what_one_would(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 7)
    texts = [f"text {number}" for number in range(60)]
    found, both = {}, [Letters(), Letters()]

    def encode(number):
        order = texts if number == 0 else texts[::-1]
        found[number] = KeptTexts(both[number].encoder, str(tmp_path)).encode(order)

    threads = [threading.Thread(target=encode, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(found[0], found[1][::-1])
    last = Letters()
    np.testing.assert_array_equal(KeptTexts(last.encoder, str(tmp_path)).encode(texts), found[0])
    assert last.asked == []
    assert not list(tmp_path.rglob("*.tmp"))


def test_another_encoder_has_a_folder_of_its_own(letters, tmp_path):
    KeptTexts(letters.encoder, str(tmp_path)).encode(["a"])
    other = Letters("letters 2, odd/name?")
    KeptTexts(other.encoder, str(tmp_path)).encode(["a"])
    assert other.asked == ["a"]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_another_process_has_written_meanwhile_is_read(letters, tmp_path):
    first = KeptTexts(letters.encoder, str(tmp_path))
    first.encode(["a"])
    KeptTexts(Letters().encoder, str(tmp_path)).encode(["b"])
    letters.asked.clear()
    first.encode(["a", "b", "c"])
    assert letters.asked == ["c"]


def test_a_file_of_another_dimension_is_none(letters, tmp_path):
    kept = KeptTexts(letters.encoder, str(tmp_path))
    kept.encode(["a"])
    (file,) = kept.folder.glob("*.safetensors")
    assert read_file(file, 4)[0] == [text_key("a")]
    assert read_file(file, 5) is None


@given(st.lists(st.text(), max_size=30))
def test_any_texts_come_back_in_order(tmp_path_factory, texts):
    folder = str(tmp_path_factory.mktemp("kept"))
    encoder = Letters().encoder
    expected = encoder.encode(texts)
    for _ in range(2):
        np.testing.assert_array_equal(KeptTexts(encoder, folder).encode(texts), expected)
