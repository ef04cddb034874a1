import os
import signal
import subprocess
import sys
import textwrap

import pytest

from ipml.tracking.process import close_abandoned, process_tags


def open_run(workspace, **changes):
    """Run that is left open, as by a process with other tags than this one's."""
    client = workspace.client
    found = client.get_experiment_by_name("ipml")
    experiment = found.experiment_id if found else client.create_experiment("ipml")
    return client.create_run(experiment, tags={**process_tags(), **changes}).info.run_id


def status(workspace, run_id):
    return workspace.client.get_run(run_id).info.status


@pytest.fixture
def gone():
    """Number of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return str(process.pid)


def test_the_next_run_closes_those_whose_process_is_gone_and_no_other(workspace, gone):
    killed = open_run(workspace, **{"ipml.pid": gone})
    number_given_again = open_run(workspace, **{"ipml.process_started": "1.00"})
    alive = open_run(workspace)
    elsewhere = open_run(workspace, **{"ipml.pid": gone, "ipml.host": "another"})
    with workspace.start_run("keywords", "keywords-JP") as run:
        assert status(workspace, run.id) == "RUNNING"
    assert [status(workspace, run_id) for run_id in (killed, number_given_again)] == ["KILLED", "KILLED"]
    assert [status(workspace, run_id) for run_id in (alive, elsewhere)] == ["RUNNING", "RUNNING"]
    assert [found.id for found in workspace.find_runs("keywords")] == [run.id]


def test_a_run_that_ends_by_itself_after_the_search_stays_finished(workspace, gone, monkeypatch):
    run_id = open_run(workspace, **{"ipml.pid": gone})
    client = workspace.client
    search = type(client).search_runs

    def search_and_end(self, *arguments, **options):
        found = search(self, *arguments, **options)
        client.set_terminated(run_id, "FINISHED")
        return found

    monkeypatch.setattr(type(client), "search_runs", search_and_end)
    assert close_abandoned(client, client.get_run(run_id).info.experiment_id) == []
    assert status(workspace, run_id) == "FINISHED"


@pytest.mark.slow
def test_a_run_killed_with_its_process_is_closed(workspace):
    code = """
        import os, signal
        from ipml.config import compose_settings
        from ipml.tracking import Workspace
        with Workspace(compose_settings("registry")).start_run("mapping", "mapping-JP-established") as run:
            print(run.id, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert ended.returncode == -signal.SIGKILL
    run_id = ended.stdout.strip()
    assert status(workspace, run_id) == "RUNNING"
    with workspace.start_run("mapping", "mapping-JP-established"):
        assert status(workspace, run_id) == "KILLED"
