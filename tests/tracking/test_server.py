"""The documented commands against a real MLflow server on this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pandas as pd
import pytest

from ipml import load_model
from ipml.cli import main
from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.tracking import Workspace
from tests.small_study import TINY

pytestmark = pytest.mark.slow
WAIT = 120  # seconds for the server to start
SMALL = ["model=dual_attn", "country=JP", "model.n_folds=2", "model.max_epochs=2", "model.controls=false"]


@pytest.fixture(scope="module")
def server_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(server_folder):
    """Address of an MLflow server that keeps runs in SQLite and hands out artifacts itself."""
    folder = server_folder
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--backend-store-uri": f"sqlite:///{folder}/server.db",
        "--artifacts-destination": str(folder / "artifacts"),
        "--workers": "1",
    }
    words = [word for option in options.items() for word in option]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *words],
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    uri = f"http://127.0.0.1:{port}"
    try:
        wait_for(uri, process, folder / "log")
        yield uri
    finally:
        os.killpg(process.pid, 9)  # its workers too, which are of its session
        process.wait()


def wait_for(uri, process, log):
    for _ in range(WAIT * 10):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=1):  # noqa: S310 - it is ours
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """IPML_HOME of a machine that has no database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("IPML_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def trained(server, home):
    assert main(["train", *SMALL, *TINY, f"tracking.uri={server}"]) == 0
    return [f"tracking.uri={server}"]


def test_a_model_is_trained_registered_found_and_loaded(trained, home):
    workspace = Workspace(compose_settings("registry", trained))
    run = workspace.find_run("dual_attn", country="JP")
    stored = workspace.client.get_run(run.id)
    assert stored.info.artifact_uri.startswith("mlflow-artifacts:")
    assert "fold_1/val/loss" in run.metrics
    files = [file.path for file in workspace.client.list_artifacts(run.id)]
    assert {"config.yaml", "environment.json", "training.png"} <= set(files)
    scores = workspace.load_table(run.id, "held_out")
    assert scores["value"].between(0, 1).all()
    assert workspace.find_model("dual_attn-JP@challenger").run_id == run.id
    model = load_model("dual_attn-JP@challenger", trained)
    word = model._model.bundle.open_language().vectors.words[0]
    found = model.predict(pd.DataFrame({"firm_id": ["a"], "text": [word]}))
    assert found["probability"].between(0, 1).all()
    assert not (home / "mlruns").exists()


def test_the_next_stages_read_from_the_server(trained, capsys):
    assert main(["keywords", "country=JP", *TINY, *trained]) == 0
    assert main(["registry", *trained]) == 0
    assert "dual_attn-JP" in capsys.readouterr().out
    assert main(["promote", "force=true", *trained]) == 0  # so few firms teach too little for the diagnostics
    assert (
        main(["score", "model=dual_attn-JP@champion", "country=JP", "data=simulated", *TINY, *trained]) == 0
    )


def test_what_is_not_on_the_server_is_named_with_its_address(trained, capsys):
    with pytest.raises(InputError, match="model=dual_attn-XX: not in the registry http://127"):
        Workspace(compose_settings("registry", trained)).find_model("dual_attn-XX@champion")
    assert main(["keywords", "country=CN", *TINY, *trained]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: model=dual_attn-CN: not in the registry http://127.0.0.1")


def test_a_model_changed_on_the_server_is_refused(trained, server_folder):
    (file,) = server_folder.glob("artifacts/**/model.safetensors")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    whole = file.read_bytes()
    try:
        file.write_bytes(content)
        with pytest.raises(InputError, match=r"model\.safetensors: changed or cut short"):
            Workspace(compose_settings("registry", trained)).find_model("dual_attn-JP@challenger")
    finally:
        file.write_bytes(whole)


def test_a_server_that_is_not_there_is_said_in_one_line(home, capsys):
    assert main(["registry", "tracking.uri=http://127.0.0.1:9"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: tracking.uri=http://127.0.0.1:9: no MLflow server answers there")
