import importlib.metadata
import json
import subprocess

import pytest

from ipml.tracking import process
from ipml.tracking.workspace import CHANGES


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one commit, in place of this one."""
    root = tmp_path / "checkout"
    (root / "src" / "ipml").mkdir(parents=True)
    (root / "src" / "ipml" / "code.py").write_text("a = 1\n")

    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        return subprocess.run(
            ["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    monkeypatch.setattr(process, "_ROOT", root)
    return root, git("rev-parse", "HEAD")


def test_a_changed_tree_is_kept_as_a_patch_with_the_run(checkout, workspace):
    root, commit = checkout
    assert process.git_commit() == commit
    with workspace.start_run("vectors", "vectors-JP") as run:
        pass
    assert not (run.folder / CHANGES).exists()
    (root / "src" / "ipml" / "code.py").write_text("a = 2\n")
    with workspace.start_run("vectors", "vectors-JP") as run:
        pass
    assert workspace.client.get_run(run.id).data.tags["mlflow.source.git.commit"] == f"{commit}+changes"
    assert "-a = 1\n+a = 2" in (run.folder / CHANGES).read_text()
    assert CHANGES in [file.path for file in workspace.client.list_artifacts(run.id)]


def test_a_long_patch_is_cut_and_says_so(checkout, monkeypatch):
    root, _ = checkout
    monkeypatch.setattr(process, "_MOST_BYTES", 100)
    (root / "src" / "ipml" / "code.py").write_text("b = 3\n" * 1000)
    patch = process.git_changes()
    assert len(patch) < 200
    assert patch.endswith(b" bytes]\n")


def test_an_installed_package_does_not_take_the_commit_of_the_project_around_it(checkout, monkeypatch):
    root, _ = checkout
    (root / "site-packages").mkdir()
    monkeypatch.setattr(process, "_ROOT", root / "site-packages")
    assert process.git_commit() == "unknown"
    assert process.git_changes() == b""


def test_every_installed_package_and_the_devices_are_kept(workspace):
    with workspace.start_run("vectors", "vectors-JP") as run:
        pass
    kept = json.loads((run.folder / "environment.json").read_text())
    assert {d.name: d.version for d in importlib.metadata.distributions()} == kept["packages"]
    assert kept["devices"]["cpus"] >= 1
    assert kept["git_commit"] == process.git_commit()
