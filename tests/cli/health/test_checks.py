"""Every check of `ipml doctor` with what it is there to find planted."""

import json
import shutil
import sqlite3
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from packaging.requirements import Requirement

from ipml.cli import main
from ipml.cli.health import installed, machine, stores
from ipml.cli.health.findings import BROKEN, MISSING, OK, Finding, examine
from ipml.config import compose_settings
from ipml.tracking import Workspace
from ipml.tracking.store import Store


def marks(findings):
    return [finding.mark for finding in findings]


def requirements(monkeypatch, *texts):
    monkeypatch.setattr(installed, "requires", lambda _: texts)


def test_python():
    assert marks(installed.check_python((3, 11, 0))) == [OK]
    (finding,) = installed.check_python((3, 10, 4))
    assert (finding.mark, finding.text) == (BROKEN, "3.10.4; needed: 3.11 or later")


def test_packages(monkeypatch):
    assert marks(installed.check_packages()) == [OK]
    requirements(monkeypatch, "numpy<2", "no-such-package", "rich", "jieba; extra == 'zh'")
    (finding,) = installed.check_packages()
    assert finding.mark == BROKEN
    assert finding.text.startswith("numpy ")
    assert finding.text.endswith(", but <2 is needed; no no-such-package: pip install -e .")


def test_extras_say_what_they_are_for_and_how_to_get_them(monkeypatch):
    requirements(
        monkeypatch, "rich; extra == 'ja'", "no-such-package==1; extra == 'zh'", "numpy<2; extra == 'glove'"
    )
    found = {finding.name: finding for finding in installed.check_extras()}
    assert len(found) == len(installed.EXTRAS)
    assert found["extra ja"].mark == OK
    assert found["extra zh"] == Finding(
        "extra zh",
        MISSING,
        "cuts Chinese into words (tokenizer jieba): no no-such-package: pip install 'ipml[zh]'",
    )
    assert "but <2 is needed" in found["extra glove"].text
    assert found["extra wandb"].text == "the installed ipml does not know it: pip install -e ."
    requirements(monkeypatch, "rich; extra == 'chive'")
    monkeypatch.setitem(
        installed._BESIDE, "chive", (Requirement("no-such-package"), "pip install --no-deps it")
    )
    chive = {finding.name: finding for finding in installed.check_extras()}["extra chive"]
    assert chive.text.endswith("no no-such-package: pip install 'ipml[chive]' && pip install --no-deps it")


def test_memory(monkeypatch):
    assert marks(machine.check_memory()) == [OK]
    monkeypatch.setattr(machine.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**18}.get)
    (finding,) = machine.check_memory()
    assert finding.mark == BROKEN
    assert "1.0 GiB of memory; needed: 2 GiB" in finding.text


def test_devices(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    cpu, gpu = machine.check_devices()
    assert (cpu.mark, gpu.mark) == (OK, MISSING)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert "built for CUDA 13.0, but finds no device" in list(machine.check_devices())[1].text
    monkeypatch.setattr(torch, "ones", lambda *size, device: torch.zeros(size))
    assert next(iter(machine.check_devices())).mark == BROKEN


def test_fonts(monkeypatch):
    from ipml.firm_picture import fonts

    latin = fonts.find_fonts("en")
    monkeypatch.setattr(fonts, "find_fonts", lambda _: latin)
    found = list(machine.check_fonts())
    assert marks(found) == [MISSING, MISSING]
    assert all(finding.text.endswith(fonts.INSTALL) for finding in found)
    every = frozenset(range(0x3000, 0xA000))
    monkeypatch.setattr(fonts, "find_fonts", lambda _: fonts.Fonts(("Latin", "Kanji"), every))
    assert [finding.text for finding in machine.check_fonts()] == ["Kanji", "Kanji"]


@pytest.mark.parametrize(
    ("commit", "mark", "said"),
    [
        ("0" * 40, OK, "commit 000000000000"),
        ("0" * 40 + "+changes", OK, "not committed"),
        ("unknown", MISSING, "git"),
    ],
)
def test_code(monkeypatch, commit, mark, said):
    monkeypatch.setattr(machine, "git_commit", lambda: commit)
    (finding,) = machine.check_code()
    assert finding.mark == mark
    assert said in finding.text


def test_folders(home, monkeypatch):
    settings = compose_settings("doctor")
    assert marks(stores.check_folders(settings.paths)) == [OK, OK, OK]
    assert not (home / "data").exists()
    (home / "file").write_text("")
    settings = compose_settings("doctor", [f"paths.data={home}/file/data"])
    blocked, *others = stores.check_folders(settings.paths)
    assert blocked.mark == BROKEN
    assert "cannot be written" in blocked.text
    assert marks(others) == [OK, OK]
    monkeypatch.setattr(stores.shutil, "disk_usage", lambda _: stores.shutil._ntuple_diskusage(1, 1, 2**29))
    assert "0.50 GiB free; needed: 1 GiB" in list(stores.check_folders(settings.paths))[1].text


def tracking(settings):
    (finding,) = stores.check_tracking(Workspace(settings).store)
    return finding


def test_the_database_of_runs(home, monkeypatch):
    settings = compose_settings("doctor")
    path = home / "mlruns" / "mlflow.db"
    whole = path.read_bytes()
    finding = tracking(settings)
    assert finding.mark == OK
    assert "can be written, schema " in finding.text
    with closing(sqlite3.connect(path)) as database:
        assert not database.execute("SELECT * FROM sqlite_master WHERE name = 'ipml_doctor'").fetchall()
    path.write_bytes(b"not a database" * 100)
    assert "file is not a database" in tracking(settings).text
    path.write_bytes(whole[: len(whole) // 2])
    assert tracking(settings).mark == BROKEN
    path.write_bytes(whole)
    monkeypatch.setattr(stores, "_SECONDS", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "database is locked" in tracking(settings).text
    monkeypatch.setattr(Store, "connect", lambda _: pytest.fail("asked MLflow"))
    path.unlink()
    assert tracking(settings).text.endswith("none yet, the first run makes it")


def test_a_database_of_another_schema(home):
    path = home / "mlruns" / "older.db"  # MLflow looks at the schema of an address once
    shutil.copy(home / "mlruns" / "mlflow.db", path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'bd07f7e963c5'")
    finding = tracking(compose_settings("doctor", [f"tracking.uri='sqlite:///{path}'"]))
    assert finding.mark == BROKEN
    assert "schema" in finding.text


class Silent(BaseHTTPRequestHandler):
    """A server that is not MLflow."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *args):
        pass


def test_a_server_that_does_not_answer_or_is_none_of_mlflow():
    settings = compose_settings("doctor", ["tracking.uri='http://127.0.0.1:9'"])
    assert (tracking(settings).mark, "URLError" in tracking(settings).text) == (BROKEN, True)
    server = HTTPServer(("127.0.0.1", 0), Silent)
    Thread(target=server.serve_forever, daemon=True).start()
    settings = compose_settings("doctor", [f"tracking.uri='http://127.0.0.1:{server.server_port}'"])
    assert "HTTP Error 404" in tracking(settings).text
    server.shutdown()
    server.server_close()


def test_a_check_that_fails_itself_is_broken_and_the_others_go_on():
    def fails():
        raise RuntimeError("first line\nsecond line")

    found = list(examine({"one": fails, "two": lambda: [Finding("two", OK, "")]}))
    assert found == [Finding("one", BROKEN, "RuntimeError: first line"), Finding("two", OK, "")]


def test_the_command(home, capsys, monkeypatch):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} <= {OK, MISSING}
    assert any("paths.runs" in line and str(home) in line for line in lines)
    monkeypatch.setattr(installed, "LEAST_PYTHON", (9, 0))
    assert main(["doctor", "format=json"]) == 2
    output = capsys.readouterr()
    assert {finding["name"]: finding["mark"] for finding in json.loads(output.out)}["python"] == BROKEN
    assert output.err.startswith("error: 1 of ")
    assert output.err.endswith("checks are broken: python\n")
