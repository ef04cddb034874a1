import json
import os
import subprocess
import sys
import time
from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml import files
from ipml.files import (
    atomic_path,
    hash_file,
    lock_holder,
    locked,
    read_json,
    remove_leftovers,
    safe_file_name,
    short_hash,
    write_json,
    write_text,
)


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


WRITE = """
import os, signal, sys
from pathlib import Path
from ipml.files import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary:
    temporary.mkdir()
    (temporary / "part").write_text("half")
    print(temporary.name, flush=True)
    sys.stdin.read(1)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_has_left_is_removed_and_what_a_living_one_writes_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_swept", set())
    command = [sys.executable, "-c", WRITE, str(tmp_path / "corpus")]
    others = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        killed, living = (tmp_path / other.stdout.readline().strip() for other in others)
        others[0].communicate("x")
        assert killed.is_dir()
        write_text(tmp_path / "other.txt", "x")
        assert not killed.exists()
        assert living.is_dir()
    finally:
        others[1].kill()
        others[1].wait()


def test_what_another_host_has_left_goes_after_a_week_without_a_change(tmp_path, monkeypatch):
    names = [
        ".a.0123abcd-1-0123abcd.tmp",
        ".b.0123abcd.tmp",
    ]  # of another host, and of a version that told none
    week = 8 * 24 * 3600
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "part").write_text("x")
    (tmp_path / ".mine.tmp").write_text("no name of ours")
    for days, left in ((0, True), (1, True), (2, False)):
        monkeypatch.setattr(files, "_swept", set())
        if days:  # first the folder alone, then what is in it
            for name in names:
                path = tmp_path / name / "part" if days == 2 else tmp_path / name
                os.utime(path, (time.time() - week,) * 2)
        remove_leftovers(tmp_path)
        assert [(tmp_path / name).exists() for name in names] == [left] * 2
    assert (tmp_path / ".mine.tmp").exists()


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


def test_a_lock_is_held_by_one_at_a_time_and_says_by_whom(tmp_path):
    path = tmp_path / "deep" / "lock"
    with locked(path):
        assert lock_holder(path) == str(os.getpid())
        with pytest.raises(BlockingIOError, match=f"held by process {os.getpid()}"), locked(path, wait=False):
            pass
    with locked(path, wait=False):
        pass
    assert lock_holder(tmp_path / "another") == "unknown"


HOLD = """
import sys, time
from pathlib import Path
from ipml.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    path = tmp_path / "lock"
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError, match=f"held by process {other.pid}"), locked(path, wait=False):
            pass
    finally:
        other.kill()
        other.wait()
    with locked(path):
        assert lock_holder(path) == str(os.getpid())


@pytest.mark.parametrize(
    "name", ["dual_attn-JP", "伯東", "a b", "best.yaml", "x=1", "コム.1", "com", "console"]
)
def test_a_name_that_every_file_system_takes_stays(name):
    assert safe_file_name(name) == name


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", " ", "../../etc/passwd", "a/b", "a\\b", "C:", 'say "x"', "tab\t", "nul", "Con.txt", "COM1",
     "lpt³", "aux .log", "end.", "end ", " begin", "x" * 300, "株" * 100, "\ud800", "a\u202eb"],
)  # fmt: skip
def test_any_other_text_becomes_one(tmp_path, text):
    name = safe_file_name(text)
    assert name != text
    assert len(name.encode()) <= 120
    assert not PureWindowsPath(name).is_reserved()
    assert not set(name) & set('<>:"/\\|?*')
    assert name == name.strip(" ").rstrip(".")
    (tmp_path / name).write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert safe_file_name(name) == name


def test_two_texts_never_share_a_name():
    texts = ["a/b", "a_b", "a\\b", "a:b", "", "_", ".", "..", "x" * 300, "x" * 301]
    assert len({safe_file_name(text) for text in texts}) == len(texts)


@given(st.text(max_size=200), st.text(max_size=200))
def test_names_differ_where_texts_do(first, second):
    assert (safe_file_name(first) == safe_file_name(second)) == (first == second)


def test_text_is_written_with_its_own_line_ends(tmp_path):
    write_text(tmp_path / "a.txt", "名\r\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == "名\r\nb\n".encode()
