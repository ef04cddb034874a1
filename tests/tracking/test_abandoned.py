import os
import signal
import subprocess
import sys
import textwrap

import pytest

from ipml.tracking import start_run
from ipml.tracking.process import close_abandoned, process_tags
from ipml.tracking.runs import find_runs
from ipml.tracking.store import connect


def open_run(config, **changes):
    """Run that is left open, as by a process with other tags than this one's."""
    client = connect(config)
    found = client.get_experiment_by_name("ipml")
    experiment = found.experiment_id if found else client.create_experiment("ipml")
    return client.create_run(experiment, tags={**process_tags(), **changes}).info.run_id


def status(config, run_id):
    return connect(config).get_run(run_id).info.status


@pytest.fixture
def gone():
    """Number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return str(process.pid)


def test_the_next_run_closes_those_whose_process_is_gone_and_no_other(config, gone):
    killed = open_run(config, **{"ipml.pid": gone})
    number_given_again = open_run(config, **{"ipml.process_started": "1.00"})
    alive = open_run(config)
    elsewhere = open_run(config, **{"ipml.pid": gone, "ipml.host": "another"})
    with start_run(config, "keywords", "keywords-JP") as run:
        assert status(config, run.id) == "RUNNING"
    assert [status(config, run_id) for run_id in (killed, number_given_again)] == ["KILLED", "KILLED"]
    assert [status(config, run_id) for run_id in (alive, elsewhere)] == ["RUNNING", "RUNNING"]
    assert [found.info.run_id for found in find_runs(config, "keywords")] == [run.id]


def test_a_run_that_ends_by_itself_after_the_search_stays_finished(config, gone, monkeypatch):
    run_id = open_run(config, **{"ipml.pid": gone})
    client = connect(config)
    search = type(client).search_runs

    def search_and_end(self, *arguments, **options):
        found = search(self, *arguments, **options)
        client.set_terminated(run_id, "FINISHED")
        return found

    monkeypatch.setattr(type(client), "search_runs", search_and_end)
    assert close_abandoned(client, client.get_run(run_id).info.experiment_id) == []
    assert status(config, run_id) == "FINISHED"


@pytest.mark.slow
def test_a_run_killed_with_its_process_is_closed(config, home):
    code = """
        import os, signal, sys
        from omegaconf import OmegaConf
        from ipml.tracking import start_run
        with start_run(OmegaConf.load(sys.argv[1]), "mapping", "mapping-JP-established") as run:
            print(run.id, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    from omegaconf import OmegaConf

    OmegaConf.save(config, home / "config.yaml")
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(home / "config.yaml")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert ended.returncode == -signal.SIGKILL
    run_id = ended.stdout.strip()
    assert status(config, run_id) == "RUNNING"
    with start_run(config, "mapping", "mapping-JP-established"):
        assert status(config, run_id) == "KILLED"
