"""No file of the package reads anything in a way that could execute it, fetch it, or fill the memory by entities."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

FILES = sorted((REPOSITORY / "src" / "ipml").rglob("*.py"))
# Modules that execute what they read, unpack what somebody packed, or expand what they read.
FORBIDDEN = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code", "xml", "lxml"}
FORBIDDEN |= {"zipfile", "tarfile", "http.server", "socketserver", "xmlrpc", "wsgiref"}
CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "torch.load", "torch.hub.load", "pd.read_pickle"}
CALLS |= {"yaml.load", "yaml.full_load", "yaml.unsafe_load", "yaml.load_all", "shutil.unpack_archive"}
NEEDED = {
    "np.load": {"allow_pickle": False},
    "SentenceTransformer": {"trust_remote_code": False, "local_files_only": ..., "token": ...},
    "snapshot_download": {"local_files_only": ..., "token": ...},
}
# Makes objects of classes that the configuration names; settings that a run keeps are checked before.
INSTANTIATING = {"targets.py"}


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(REPOSITORY / "src" / "ipml")))
def test_a_file_has_no_loader_that_executes(file):
    for name in imports(file):
        parents = {".".join(name.split(".")[: n + 1]) for n in range(name.count(".") + 1)}
        assert not parents & FORBIDDEN, f"{file}: import {name}"
    for name, call in calls(file):
        assert name not in CALLS, f"{file}:{call.lineno}: {name}"
        options = {option.arg: option.value for option in call.keywords}
        for option, value in NEEDED.get(name, {}).items():
            assert option in options, f"{file}:{call.lineno}: {name} without {option}"
            assert value is ... or ast.literal_eval(options[option]) is value, (
                f"{file}:{call.lineno}: {option}"
            )
        shell = options.get("shell")
        assert shell is None or ast.literal_eval(shell) is False, f"{file}:{call.lineno}: shell"
        trusted = options.get("trust_remote_code")
        assert trusted is None or ast.literal_eval(trusted) is False, (
            f"{file}:{call.lineno}: trust_remote_code"
        )


def test_classes_that_are_named_are_made_in_one_place():
    found = {
        file.relative_to(REPOSITORY / "src" / "ipml").as_posix()
        for file in FILES
        if any(name.endswith("instantiate") for name, _ in calls(file))
    }
    assert found == INSTANTIATING


def test_documented_servers_listen_on_this_machine_alone():
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
    for page in pages:
        for line in page.read_text(encoding="utf-8").splitlines():
            assert "0.0.0.0" not in line, page  # noqa: S104 - it is looked for
            if line.startswith("mlflow server"):
                assert "--host 127.0.0.1" in line, page
