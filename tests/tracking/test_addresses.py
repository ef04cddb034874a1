"""Folders of any name: what is written is below them, what is read is what was written."""

import shlex
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.engine import make_url

from ipml import load_model
from ipml.cli import main
from ipml.config import compose_settings
from ipml.sweeps.storage import open_storage
from ipml.tracking import Workspace
from ipml.tracking.store import Store, sqlite_address, sqlite_file
from tests.small_study import TINY, command
from tests.tracking.planted_alignment import NAME, WORDS, register_alignment, write_vectors

ODD = [
    "a%20b",
    "a%2Fb",
    "what?x=1",
    "c#d",
    "two  blanks ",
    "日本",
    'it\'s "so"',
    "50%",
    "${x}",
    "[a]&;*",
    "é\u0301",
]
ALL = "a%20b%2Fc?d#e f'日本"


@pytest.mark.parametrize("name", [*ODD, ALL])
def test_an_address_reads_back_as_the_file_that_it_names(tmp_path, name):
    path = tmp_path / name / "x.db"
    address = sqlite_address(path)
    assert sqlite_file(address) == path
    assert make_url(address).database == str(path)
    assert sqlite_file("postgresql://u@h/x") is None
    assert sqlite_file("http://127.0.0.1:5000") is None
    assert sqlite_file("databricks") is None
    assert sqlite_file("sqlite://") is None


@pytest.mark.parametrize("name", [ALL, "two  blanks 日本'"])
def test_a_store_writes_below_its_folder_and_nowhere_else(tmp_path, name):
    store = Store(tmp_path / name / "mlruns")
    client = store.connect()
    client.create_run(store.experiment_id("a"))
    assert {path.name for path in tmp_path.iterdir()} == {name}
    with closing(sqlite3.connect(tmp_path / name / "mlruns" / "mlflow.db")) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    assert shlex.split(store.ui_command) == ["mlflow", "ui", "--backend-store-uri", store.uri]


@pytest.fixture
def odd_home(tmp_path, tracking_database, monkeypatch):
    """IPML_HOME whose name has all of it, beside the folders that an unquoted address would mean."""
    home = tmp_path / ALL
    (home / "mlruns").mkdir(parents=True)
    shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
    monkeypatch.setenv("IPML_HOME", str(home))
    return home


def test_runs_tables_and_models_are_read_back_from_an_odd_folder(odd_home, tmp_path, capsys):
    vectors = {"kind": "table", "path": str(write_vectors(odd_home / "vectors?"))}
    workspace = register_alignment(vectors)
    with workspace.start_run("keywords", "keywords-JP") as run:
        run.log_table("keywords", pd.DataFrame({"word": WORDS}))
    assert workspace.load_table(run.id, "keywords")["word"].tolist() == WORDS
    assert workspace.find_run("keywords").folder == run.folder
    assert run.folder.is_relative_to(odd_home)
    artifacts = odd_home / "mlruns" / "artifacts"
    assert len(list(artifacts.rglob("keywords.parquet"))) == 1
    found = workspace.find_model(f"{NAME}@challenger")
    assert found.folder.is_relative_to(artifacts)
    served = load_model(f"{NAME}@challenger").predict(
        pd.DataFrame({"text": [WORDS[1]]}), input="words", calibrated=False
    )
    np.testing.assert_allclose(served["vector"][0], [0, 2, 0], atol=1e-6)
    assert main(["registry"]) == 0
    assert main(["doctor"]) in (0, 2)
    printed = capsys.readouterr().out
    assert NAME in printed
    assert {path.name for path in tmp_path.iterdir()} == {ALL}


def test_a_sweep_keeps_its_trials_in_the_odd_folder(odd_home, tmp_path):
    given = tmp_path / "own ?%41.db"
    for overrides in ([], [f"storage='{sqlite_address(given)}'"]):
        storage, _ = open_storage(compose_settings("sweep", overrides))
        storage.get_all_studies()
    assert (odd_home / "mlruns" / "sweeps.db").is_file()
    assert given.is_file()
    assert {path.name for path in tmp_path.iterdir()} == {ALL, given.name}


@pytest.mark.slow
def test_a_training_in_an_odd_folder_is_found_and_loaded(odd_home, tmp_path, monkeypatch):
    small = ["model=dual_attn", "country=JP", "model.n_folds=2", "model.max_epochs=2", "model.controls=false"]
    assert command(odd_home, "train", *small, *TINY).returncode == 0
    model = load_model("dual_attn-JP@challenger")
    word = model._model.bundle.open_language().vectors.words[0]
    found = model.predict(pd.DataFrame({"firm_id": ["a"], "text": [word]}))
    assert found["probability"].between(0, 1).all()
    assert command(odd_home, "keywords", "country=JP", *TINY).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {ALL}
    assert Workspace(compose_settings("registry")).find_runs("keywords")
