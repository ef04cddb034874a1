"""Runs whose process was killed: MLflow shows them as running for ever, so the next run on the host closes them.

A run is tagged with its process: number, start time (numbers are given again) and host. The host is named with the
namespace of its process numbers, for those of a container say nothing outside it.
"""

import os
import socket

import psutil
from mlflow.tracking import MlflowClient

_HOST, _PID, _STARTED = "ipml.host", "ipml.pid", "ipml.process_started"
_NAMESPACE = "/proc/self/ns/pid"
_CLOCK = 2.0  # seconds by which the start time of one process may be read differently


def process_tags() -> dict[str, str]:
    """Tags of a run of this process."""
    process = psutil.Process()
    return {_HOST: _host(), _PID: str(process.pid), _STARTED: f"{process.create_time():.2f}"}


def close_abandoned(client: MlflowClient, experiment_id: str) -> list[str]:
    """End the runs of this host whose process is gone as KILLED; returns their ids."""
    running = client.search_runs(
        [experiment_id], f"attributes.status = 'RUNNING' and tags.`{_HOST}` = '{_host()}'"
    )
    closed = []
    for run in running:
        tags, run_id = run.data.tags, run.info.run_id
        if _is_alive(int(tags[_PID]), float(tags[_STARTED])):
            continue
        # It may have ended by itself since the search; what is gone writes no more, so this look is the last word.
        if client.get_run(run_id).info.status == "RUNNING":
            client.set_terminated(run_id, "KILLED")
            closed.append(run_id)
    return closed


def _is_alive(pid: int, started: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - started) < _CLOCK
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # somebody else's: there is a process, and not more can be known
        return True


def _host() -> str:
    namespace = os.readlink(_NAMESPACE) if os.path.exists(_NAMESPACE) else ""
    return f"{socket.gethostname()} {namespace}".strip()
