import json

import pytest

from ipml.files import atomic_path, hash_file, read_json, short_hash, write_json


def test_atomic_path_gives_the_file_its_name_only_at_the_end(tmp_path):
    target = tmp_path / "deep" / "table.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_failed_write_leaves_nothing_and_keeps_what_was_there(tmp_path, as_folder):
    target = tmp_path / "result"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        if as_folder:
            temporary.mkdir()
            (temporary / "part").write_text("half")
        else:
            temporary.write_text("half")
        raise RuntimeError("killed")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_of_two_who_make_the_same_folder_the_first_wins(tmp_path):
    target = tmp_path / "world"
    with atomic_path(target) as mine:
        mine.mkdir()
        (mine / "who").write_text("second")
        target.mkdir()
        (target / "who").write_text("first")
    assert (target / "who").read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_json_round_trip_keeps_japanese_readable(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"名前": ["伯東", 1, None]})
    assert read_json(path) == {"名前": ["伯東", 1, None]}
    assert "伯東" in path.read_text(encoding="utf-8")


def test_a_value_json_cannot_hold_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, [1])
    with pytest.raises(TypeError):
        write_json(path, {"x": object()})
    assert json.loads(path.read_text()) == [1]


def test_short_hash_tells_the_borders_of_its_parts():
    assert short_hash("ab", "c") != short_hash("a", "bc")
    assert short_hash("ab") == short_hash(b"ab")


def test_hash_file_follows_the_bytes(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x" * 100_000)
    second.write_bytes(b"x" * 100_000)
    assert hash_file(first) == hash_file(second)
    second.write_bytes(b"x" * 99_999 + b"y")
    assert hash_file(first) != hash_file(second)
