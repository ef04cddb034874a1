"""One changed byte of what is on disk is found when it is opened, and read again only if the file is another."""

import os

import pytest

from ipml import checksums
from ipml.checksums import CHECKSUMS, block_hashes, check_files, write_checksums
from ipml.errors import InputError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(checksums, "_BLOCK", 1000)
    (tmp_path / "a.bin").write_bytes(os.urandom(3500))
    (tmp_path / "empty").write_bytes(b"")
    write_checksums(tmp_path, ["a.bin", "empty"])
    return tmp_path


def test_what_was_written_passes(folder):
    check_files(folder, "make it again")
    check_files(folder, "make it again", ["a.bin"])
    assert len(block_hashes(folder / "a.bin")) == 4
    assert len(block_hashes(folder / "empty")) == 1


@pytest.mark.parametrize("place", [0, 999, 1000, 2500, 3499])
def test_one_flipped_bit_is_found_and_its_block_named(folder, place):
    content = bytearray((folder / "a.bin").read_bytes())
    content[place] ^= 1
    (folder / "a.bin").write_bytes(content)
    start = place // 1000 * 1000
    end = min(start + 1000, 3500)
    with pytest.raises(InputError, match=rf"a\.bin: changed .* bytes {start:,} and {end:,}; make it again"):
        check_files(folder, "make it again")


def test_a_file_that_is_shorter_longer_or_gone_is_named(folder):
    for content, message in (
        (b"x" * 3499, r"a\.bin: cut short, 3,499 bytes where 3,500 were written"),
        (b"x" * 3501, r"a\.bin: too long, 3,501 bytes"),
    ):
        (folder / "a.bin").write_bytes(content)
        with pytest.raises(InputError, match=message):
            check_files(folder, "")
    (folder / "a.bin").unlink()
    with pytest.raises(InputError, match=r"a\.bin: missing"):
        check_files(folder, "")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": {}}', '{"files": {"a.bin": {"size": "x"}}}'])
def test_checksums_that_are_none(folder, content):
    (folder / CHECKSUMS).write_text(content)
    with pytest.raises(InputError, match=r"checksums\.json: not the checksums of this folder; remedy"):
        check_files(folder, "remedy", ["a.bin"])


def test_a_file_is_hashed_once_a_process_whatever_its_folder_is_called(folder, tmp_path, monkeypatch):
    hashed = []
    hash_block = checksums._hash_block
    monkeypatch.setattr(checksums, "_hash_block", lambda *a: (hashed.append(a), hash_block(*a))[1])
    check_files(folder, "")
    assert hashed == []
    renamed = tmp_path.parent / f"{tmp_path.name}-renamed"
    folder.rename(renamed)
    check_files(renamed, "")
    assert hashed == []
    os.utime(renamed / "a.bin")  # its content may be another
    check_files(renamed, "")
    assert len(hashed) == 4
