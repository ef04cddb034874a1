"""What a run was made with beside its configuration: code, Python, packages and machine."""

import functools
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_MOST_BYTES = 1_000_000  # of a change that is kept


def git_commit() -> str:
    """Commit of the code that runs, with ``+changes`` where the working tree differs; or ``unknown``."""
    commit, status = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "-uno")
    if commit is None or status is None:
        return "unknown"
    return commit.decode().strip() + ("+changes" if status else "")


def git_changes() -> bytes:
    """How the files under version control differ from the commit, as a patch; cut short where it is long."""
    patch = _git("diff", "HEAD", "--no-color", "--no-ext-diff") or b""
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
