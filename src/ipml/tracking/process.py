"""The process of a run: the code, packages and machine it runs with, and whether it is still alive.

MLflow shows the run of a killed process as running for ever, so the next run on the host closes it. A run is tagged
with its process: number, start time (numbers are given again) and host. The host is named with the namespace of its
process numbers, for those of a container say nothing outside it.
"""

import functools
import importlib.metadata
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from mlflow.tracking import MlflowClient

from ipml.files import remove_leftovers
from ipml.guards.secrets import mask
from ipml.tracking.runs import FOLDER, PREFIX

_ROOT = Path(__file__).resolve().parents[3]
_MOST_BYTES = 1_000_000  # of a change that is kept
_HOST, _PID, _STARTED = "ipml.host", "ipml.pid", "ipml.process_started"
_NAMESPACE = "/proc/self/ns/pid"
_CLOCK = 2.0  # seconds by which the start time of one process may be read differently


def git_commit() -> str:
    """Commit of the code that runs, with ``+changes`` where the working tree differs; or ``unknown``."""
    commit, status = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "-uno")
    if commit is None or status is None:
        return "unknown"
    return commit.decode().strip() + ("+changes" if status else "")


def git_changes() -> bytes:
    """How the files under version control differ from the commit, as a patch: masked, cut short where it is long."""
    patch = _git("diff", "HEAD", "--no-color", "--no-ext-diff") or b""
    patch = mask(patch.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if len(patch) <= _MOST_BYTES:
        return patch
    return patch[:_MOST_BYTES] + f"\n[cut short: {len(patch)} bytes]\n".encode()


def environment(commit: str) -> dict[str, object]:
    """Python, all installed packages, machine and devices of a run."""
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "devices": _devices(),
        "packages": _packages(),
        "git_commit": commit,
    }


def process_tags() -> dict[str, str]:
    """Tags of a run of this process."""
    process = psutil.Process()
    return {_HOST: _host(), _PID: str(process.pid), _STARTED: f"{process.create_time():.2f}"}


def close_abandoned(client: MlflowClient, experiment_id: str) -> list[str]:
    """End the runs of this host whose process is gone as KILLED, with what it left half-written; returns their ids."""
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
            folder = Path(tags.get(f"{PREFIX}{FOLDER}", ""))
            if folder.is_absolute() and folder.is_dir():
                remove_leftovers(folder)
    return closed


@functools.cache
def _packages() -> dict[str, str]:
    """Version of every installed package; read once a process, for that takes as long as a small run."""
    installed = {package.name: package.version for package in importlib.metadata.distributions()}
    return dict(sorted(installed.items(), key=lambda item: item[0].lower()))


def _devices() -> dict[str, object]:
    found: dict[str, object] = {"cpus": os.cpu_count()}
    torch = sys.modules.get("torch")  # importing it takes seconds; a stage without it uses no other device
    if torch is not None:
        found["torch_threads"] = torch.get_num_threads()
        found["cuda"] = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return found


def _git(*words: str) -> bytes | None:
    """Output of a git command on the checkout that this package is in; None for an installed package."""
    if not (_ROOT / "src" / "ipml").is_dir():  # or git would speak of another project around it
        return None
    try:
        return subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


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
