"""MUSE's text format."""

import gzip

import pytest

from ipml.alignment.lexicons.lexicon import read_muse
from ipml.errors import InputError


@pytest.mark.parametrize(
    "content",
    [
        "犬 dog\n犬 hound\n猫 cat\n".encode(),
        "犬\tdog\r\n犬\thound\r\n\r\n猫\tcat".encode(),
        gzip.compress("\ufeff犬 dog\n犬 hound\n犬 dog\n猫 cat\n".encode()),
    ],
)
def test_blanks_tabs_and_gzip(tmp_path, content):
    (tmp_path / "d.txt").write_bytes(content)
    assert read_muse(tmp_path / "d.txt").pairs == (("犬", "dog"), ("犬", "hound"), ("猫", "cat"))


@pytest.mark.parametrize("line", ["犬", "犬 ", " dog", "犬 big dog", "犬  dog", "犬\tdog\t1"])
def test_a_bad_line_is_named(tmp_path, line):
    (tmp_path / "d.txt").write_text(f"猫 cat\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"d\.txt, line 2: .*one blank or tab") as error:
        read_muse(tmp_path / "d.txt")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n", "holds no word pair"),
        (b"\xff\xfe", "not UTF-8"),
        (gzip.compress(b"a b\n" * 99)[:-9], "broken gzip"),
        (gzip.compress(b"a b\n")[:12] + b"zzzz", "broken gzip"),
    ],
)
def test_a_file_that_is_no_dictionary(tmp_path, content, message):
    (tmp_path / "d.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"lexicon\.test=.*d\.txt: {message}"):
        read_muse(tmp_path / "d.txt", "lexicon.test")
