"""Studies whose stages run in worker processes."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from ipml.config import compose_config, compose_settings, read_settings
from ipml.errors import InputError
from ipml.study import memory
from ipml.study.executors import number_of_workers
from ipml.study.results import StageResult
from ipml.study.runner import run_study
from ipml.study.stage_call import Outcome
from ipml.tracking import Workspace
from tests.study.commands import no_corpus, run_command

STAGES = [
    {"command": "vectors", "each": {"country": ["JP", "US"]}, "needs": []},
    {"command": "keywords", "each": {"country": ["JP", "US"]}, "needs": ["vectors"]},
]
# The study in a process of its own, with a do of the environment.
ALONE = """
import json, os, signal
from omegaconf import OmegaConf
from ipml.config import compose_config, read_settings
from ipml.study.runner import run_study
from ipml.tracking import Workspace
from tests.study.commands import no_corpus, run_command
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background ignores it
    study = {"name": "tiny", "overrides": [], "stages": json.loads(os.environ["STAGES"])}
    config = OmegaConf.merge(compose_config("run", ["workers=2", "memory=64"]), {"study": study})
    config.tracking.tags = {"do": os.environ["DO"]}
    settings = read_settings(config, "run")
    run_study(settings, Workspace(settings), run_command, no_corpus)
"""


@functools.cache
def run_config():
    return compose_config("run", ["workers=2", "memory=64"])


@pytest.fixture
def config(home, monkeypatch):
    monkeypatch.setattr("ipml.study.results.prepare", lambda workspace: None)
    monkeypatch.setattr("ipml.study.results.close_killed", lambda workspace, study: None)
    monkeypatch.setattr(
        "ipml.study.results.result_of", lambda workspace, call, otherwise: StageResult(otherwise)
    )
    study = {"name": "tiny", "overrides": [], "stages": STAGES}
    return OmegaConf.merge(run_config(), {"study": study})


def run(config, do=""):
    config.tracking.tags = {"do": do}
    settings = read_settings(config, "run")
    run_study(settings, Workspace(settings), run_command, no_corpus)


def begun(home, name):
    process, moment = (home / "runs" / f"{name}.begun").read_text().split()
    return int(process), float(moment)


def ended(home, name):
    return float((home / "runs" / f"{name}.ended").read_text())


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stages_run_beside_each_other_and_print_one_after_the_other(config, home, capsys):
    run(config)
    for country in ("JP", "US"):
        assert begun(home, f"keywords-{country}")[1] > ended(home, f"vectors-{country}")
    processes = {
        begun(home, f"{stage}-{country}")[0] for stage in ("vectors", "keywords") for country in ("JP", "US")
    }
    assert len(processes) <= 2  # they stay for the next stage
    assert os.getpid() not in processes
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    for name in ("vectors-JP", "vectors-US", "keywords-JP", "keywords-US"):
        first = lines.index(f"{name} begins")
        assert lines[first + 1] == f"{name} ends"
        assert lines[first + 2].startswith(f"done      {name.replace('-', ' country=')}")
    saved = json.loads((home / "runs" / "study-tiny" / "memory.json").read_text())
    assert len(saved) == 4
    assert all(0 < gigabytes < 4 for gigabytes in saved.values())


class Pretending:
    """An executor that runs nothing and has room for everything."""

    has_room = True

    def __init__(self):
        self.running, self.most = [], 0

    def submit(self, call):
        self.running.append(call)
        self.most = max(self.most, len(self.running))

    def next_outcome(self):
        return self.running.pop(0), Outcome(seconds=1.0, memory=1.0)


@pytest.mark.parametrize(("known", "most"), [(1.0, 2), (40.0, 1), (100.0, 1)])
def test_what_does_not_fit_beside_another_waits(config, home, monkeypatch, known, most):
    executor = Pretending()
    monkeypatch.setattr("ipml.study.runner.local_executor", lambda *given: nullcontext(executor))
    folder = home / "runs" / "study-tiny"
    folder.mkdir(parents=True)
    (folder / "memory.json").write_text(json.dumps({f"vectors country={c}": known for c in ("JP", "US")}))
    config.study.stages = [STAGES[0]]
    run(config)
    assert executor.most == most
    assert set(json.loads((folder / "memory.json").read_text()).values()) == {1.0}


def test_stages_that_break_leave_the_others_results(config, home):
    config.study.stages = [
        {"command": "vectors", "each": {"country": ["US", "CN", "JP"]}, "needs": []},
        {"command": "keywords", "each": {"country": ["US", "CN", "JP"]}, "needs": ["vectors"]},
        {"command": "registry", "needs": []},
    ]
    with pytest.raises(InputError) as error:
        run(config, "kill vectors-US, crash vectors-CN, refuse registry")
    message = str(error.value)
    assert "\n" not in message
    for failed in (
        "`vectors country=US`: its process was killed by signal 9, as the system does when memory runs out",
        "`vectors country=CN`: RuntimeError: out of order (all of it in ",
        "`registry`: x=1: not allowed",
    ):
        assert f"stage {failed}" in message
    not_run = message.partition("; not run because of that: ")[2].partition(" (finished")[0]
    assert sorted(not_run.split(", ")) == ["`keywords country=CN`", "`keywords country=US`"]
    assert ended(home, "keywords-JP")
    assert not (home / "runs" / "keywords-US.begun").exists()
    planned = json.loads((home / "runs" / "study-tiny" / "memory.json").read_text())
    assert planned["vectors country=US"] > 2


def in_a_process(home, do, stages=STAGES):
    environment = {**os.environ, "IPML_HOME": str(home), "DO": do, "STAGES": json.dumps(stages)}
    script = home / "alone.py"
    script.write_text(ALONE)
    return subprocess.Popen(
        [sys.executable, str(script)],
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(home, how):
    parent = in_a_process(home, "hang vectors-US")
    file = home / "runs" / "vectors-US.begun"
    until(lambda: file.is_file() and file.read_text())
    worker = begun(home, "vectors-US")[0]
    assert is_alive(worker)
    parent.send_signal(how)
    parent.wait(timeout=60)
    until(lambda: not is_alive(worker))


def test_number_of_workers():
    assert number_of_workers(3, 10) == 3
    assert number_of_workers(8, 2) == 2
    assert number_of_workers("auto", 0) == 1
    assert 1 <= number_of_workers("auto", 100) <= (os.cpu_count() or 1)


def test_a_stage_that_never_ran_is_taken_to_need_its_files_several_times(tmp_path):
    (tmp_path / "big").write_bytes(bytes(50 * 2**20))
    small, large = (
        memory.estimate(compose_settings("vectors", ["data=corpus", f"data.root={root}"]))
        for root in (tmp_path / "none", tmp_path)
    )
    assert large - small == pytest.approx(4 * 50 / 1024)


def test_memory_of_the_machine_and_of_a_process():
    assert memory.available() > 0
    assert memory.bound("auto") == pytest.approx(0.8 * memory.available(), rel=0.2)
    assert memory.bound(2) == 2
    memory.reset_peak()
    before = memory.peak()
    block = bytearray(200 * 2**20)
    block[:: 2**12] = b"x" * len(block[:: 2**12])
    assert memory.peak() >= before + 0.1
    del block
