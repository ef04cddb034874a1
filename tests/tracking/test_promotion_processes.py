"""Promotions by real processes: two at once, one that is killed, and one over a server."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from ipml.tracking.promotion_record import exclusive
from tests.tracking.small_registry import SmallRegistry

pytestmark = pytest.mark.slow

PROMOTE = "import sys; from ipml.cli import main; sys.exit(main(['promote', *sys.argv[1:]]))"
# Dies by its own hand, without any clean-up, when it has moved one alias.
KILLED = """
import os, signal
from mlflow.tracking import MlflowClient
move = MlflowClient.set_registered_model_alias
def once(self, *arguments):
    move(self, *arguments)
    os.kill(os.getpid(), signal.SIGKILL)
MlflowClient.set_registered_model_alias = once
"""


@pytest.fixture
def small(home):
    small = SmallRegistry(home, "")
    for name in ("a", "b"):
        small.train(name, 0.5)
    small.promote("a", "b")
    return small


def start(*words, code=PROMOTE):
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_of_two_processes_exactly_one_wins(small, monkeypatch):
    """Both have compared with version 1 and wait at the lock, which the test holds until then."""
    for score in (0.6, 0.7):
        small.train("a", score)
    wait = (
        "import os, sys, time; import ipml.tracking.promotion\n"
        "module = sys.modules['ipml.tracking.promotion.carry_out']; enter = module.exclusive\n"
        "def late(store):\n"
        "    (store.folder.parent / f'{os.getpid()}.ready').touch()\n"
        "    while not (store.folder.parent / 'go').exists(): time.sleep(0.001)\n"
        "    return enter(store)\n"
        "module.exclusive = late\n"
    )
    processes = [start(f"models=[a/{n}]", f"reason=r{n}", code=wait + PROMOTE) for n in (2, 3)]
    deadline = time.monotonic() + 100
    while len(list(small.home.glob("*.ready"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    (small.home / "go").touch()
    ended = [(*process.communicate(), process.returncode) for process in processes]
    assert sorted(code for _, _, code in ended) == [0, 2], ended
    (error,) = [error for _, error, code in ended if code == 2]
    assert "another promotion is under way" in error or "not version 1 any more" in error
    assert small.champions("a") == [str(2 + [code for _, _, code in ended].index(0))]
    assert len(small.history()) == 2


def test_killed_in_the_middle_the_old_champions_stand_and_the_next_promotion_works(small):
    for name in ("a", "b"):
        small.train(name, 0.6)
    killed = start(code=KILLED + PROMOTE)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert small.champions("a", "b") == ["1", "1"]
    with exclusive(small.workspace.store):  # the dead process holds no lock
        pass
    again = start()
    output, error = again.communicate()
    assert again.returncode == 0, error
    assert "2 of 2 champions moved" in output
    assert small.champions("a", "b") == ["2", "2"]


@contextmanager
def server(folder):
    """Run a real MLflow server on loopback, with a database and artifacts of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder)]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", *store, *where],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_same_over_a_server(home, tmp_path):
    (tmp_path / "server").mkdir()
    with server(tmp_path / "server") as uri:
        small = SmallRegistry(home, "", uri)
        for score in (0.5, 0.6):
            for name in ("a", "b"):
                small.train(name, score)
            if score == 0.5:
                small.promote("a", "b")
        where = f"tracking.uri={uri}"
        killed = start(where, code=KILLED + PROMOTE)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        assert small.champions("a", "b") == ["1", "1"]
        elsewhere = start(where, f"paths.mlruns={tmp_path / 'elsewhere'}")
        assert "takeover=true" in elsewhere.communicate()[1]
        (move, _) = small.promote("a", "b").moves
        assert move.comparison.difference == pytest.approx(0.1)
        assert small.champions("a", "b") == ["2", "2"]
        small.roll_back()
        assert small.champions("a", "b") == ["1", "1"]
        assert [entry.action for entry in small.history()] == ["promote", "promote", "rollback"]
