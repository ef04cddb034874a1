import gzip

import pytest

from ipml.alignment.lexicons.lexicon import read_lexicon
from ipml.errors import InputError


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_two_to_four_columns_are_read(tmp_path):
    path = write(tmp_path / "d.tsv", "犬\tdog\n猫\tcat\t1\n鳥\tbird\t2\t1\n\n犬\thound\t3\t0\n")
    lexicon = read_lexicon(path)
    assert lexicon.pairs == (("犬", "dog"), ("猫", "cat"), ("鳥", "bird"), ("犬", "hound"))
    assert lexicon.translations() == {"犬": ["dog", "hound"], "猫": ["cat"], "鳥": ["bird"]}


def test_later_senses_can_be_left_out(tmp_path):
    path = write(tmp_path / "d.tsv", "犬\tdog\t1\n犬\tspy\t2\n犬\tloser\t3\n猫\tcat\n")
    assert read_lexicon(path, max_sense=2).pairs == (("犬", "dog"), ("犬", "spy"), ("猫", "cat"))


def test_gzip_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path):
    plain = write(tmp_path / "d.tsv", "犬\tdog\n猫\tcat\n")
    packed = tmp_path / "d.tsv.gz"
    packed.write_bytes(gzip.compress("\ufeff犬\tdog\r\n猫\tcat\r\n".encode()))
    assert read_lexicon(packed) == read_lexicon(plain)
    assert read_lexicon(packed).fingerprint == read_lexicon(plain).fingerprint


def test_a_pair_stands_once_and_the_fingerprint_is_that_of_the_pairs(tmp_path):
    one = read_lexicon(write(tmp_path / "a.tsv", "犬\tdog\t1\n犬\tdog\t2\n"))
    assert len(one) == 1
    assert one.fingerprint == read_lexicon(write(tmp_path / "b.tsv", "犬\tdog\n")).fingerprint
    assert one.fingerprint != read_lexicon(write(tmp_path / "c.tsv", "犬\tcat\n")).fingerprint


def test_source_words_can_be_taken_out(tmp_path):
    lexicon = read_lexicon(write(tmp_path / "d.tsv", "犬\tdog\n犬\thound\n猫\tcat\n"))
    assert lexicon.without_sources({"犬"}).pairs == (("猫", "cat"),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("犬 dog", "needed: source<TAB>target"),
        ("犬\t", "needed: source<TAB>target"),
        ("\tdog", "needed: source<TAB>target"),
        ("a\tb\t1\t1\t1", "needed: source<TAB>target"),
        ("犬\tdog\tfirst", "sense 'first' is not a whole number"),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, message):
    path = write(tmp_path / "d.tsv", f"猫\tcat\n{line}\n")
    with pytest.raises(InputError) as error:
        read_lexicon(path)
    assert message in str(error.value)
    assert "d.tsv, line 2" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no word pair"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"\x1f\x8b\x08broken", "broken gzip"),
    ],
)
def test_a_file_that_is_no_dictionary_is_refused(tmp_path, content, message):
    path = tmp_path / "d.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_lexicon(path)


def test_a_missing_file_is_named_with_its_key(tmp_path):
    with pytest.raises(InputError, match=r"lexicon\.train=.*none\.tsv: no such file"):
        read_lexicon(tmp_path / "none.tsv", key="lexicon.train")


def test_the_real_dictionaries_are_read(shared):
    folder = shared / "data" / "lexicon"
    for name, n_pairs, n_words in [("ja-en.train", 91639, 47812), ("zh-en.valid", 20185, 12938)]:
        lexicon = read_lexicon(folder / f"{name}.tsv.gz")
        assert len(lexicon) <= n_pairs
        assert len(lexicon.translations()) == n_words
        assert 0 < len(read_lexicon(folder / f"{name}.tsv.gz", max_sense=1)) < len(lexicon)
