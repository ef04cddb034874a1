import json
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from ipml.config import compose_settings
from ipml.errors import InputError, LineageError, NotRecordedError, NotRegisteredError
from ipml.settings.registry import PromoteSettings, RegistrySettings
from ipml.tracking import ModelReference, Workspace, finish_training, register_model
from ipml.tracking.model_files import load_model, save_model
from ipml.tracking.registry import models_with_challenger
from ipml.tracking.store import Store


def with_namespace(workspace, namespace):
    return Workspace(workspace.settings.model_copy(update={"namespace": namespace}))


def register(workspace, model_code, name, value, corpus="c1"):
    with workspace.start_run("mapping", name) as run:
        run.add_lineage({"corpus": corpus}, "the corpus")
        run.log_metrics({"test/cosine": value})
        save_model(run.model_folder, "conversion", {"A": np.full((2, 2), value)}, {})
        return register_model(run, name, model_code)


def test_run_folder_and_run_know_each_other(workspace):
    with workspace.start_run("keywords", "keywords-JP") as run:
        run.add_lineage({"corpus": "c1"}, "the corpus")
        run.log_metrics({"n": 3})
        run.log_table("keywords", pd.DataFrame({"word": ["装置", "device"]}))
    saved = {path.name for path in run.folder.iterdir()}
    assert {"config.yaml", "environment.json", "metrics.json", "mlflow.json", "keywords.parquet"} <= saved
    assert json.loads((run.folder / "metrics.json").read_text()) == {"n": 3.0}
    assert json.loads((run.folder / "lineage.json").read_text()) == {"corpus": "c1"}
    assert json.loads((run.folder / "mlflow.json").read_text())["run_id"] == run.id
    stored = workspace.get_run(run.id)
    assert (stored.folder, stored.status, stored.name) == (run.folder, "FINISHED", "keywords-JP")
    assert (stored.lineage, stored.metrics, stored.tags["seed"]) == ({"corpus": "c1"}, {"n": 3.0}, "7")
    kept = yaml.safe_load((run.folder / "config.yaml").read_text(encoding="utf-8"))
    assert kept == workspace.settings.model_dump()
    assert workspace.load_settings(run.id, RegistrySettings) == workspace.settings
    assert workspace.load_table(run.id, "keywords")["word"].tolist() == ["装置", "device"]
    with pytest.raises(InputError, match=f"run {run.id} in .*: it has no table 'rule'"):
        workspace.load_table(run.id, "rule")


def test_what_a_run_does_not_keep_is_told_from_what_is_broken(workspace):
    with workspace.start_run("keywords", "keywords-JP") as run:
        run.log_table("rule", pd.DataFrame({"a": [1]}))
    with pytest.raises(NotRecordedError, match="no table 'keywords'"):
        workspace.load_table(run.id, "keywords")
    with pytest.raises(NotRecordedError, match=r"made with settings of another version .*"):
        workspace.load_settings(run.id, PromoteSettings)
    (file,) = workspace.store.folder.rglob("rule.parquet")
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"rule\.parquet: changed or cut short since run") as caught:
        workspace.load_table(run.id, "rule")
    assert not isinstance(caught.value, NotRecordedError)
    workspace.client.delete_tag(
        run.id, "ipml.sha256.rule.parquet"
    )  # as a version that kept no hash has left it
    with pytest.raises(InputError, match=r"rule\.parquet: not a whole parquet file"):
        workspace.load_table(run.id, "rule")


def test_a_table_or_settings_of_a_run_in_place_of_another_is_refused(workspace):
    with workspace.start_run("vectors", "vectors-JP") as run:
        run.log_table("vectors", pd.DataFrame({"x0": [1.0, 2.0]}))
    (table,) = workspace.store.folder.rglob("vectors.parquet")
    pd.DataFrame({"x0": [1.0, 3.0]}).to_parquet(table, index=False)
    with pytest.raises(
        InputError, match=rf"vectors\.parquet: changed .* since run {run.id} wrote it; run its stage"
    ):
        workspace.load_table(run.id, "vectors")
    (settings,) = workspace.store.folder.rglob("config.yaml")
    settings.write_text(settings.read_text(encoding="utf-8").replace("seed: 7", "seed: 8"), encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.yaml: changed"):
        workspace.load_settings(run.id, RegistrySettings)
    with pytest.raises(InputError, match="run nobody: not in "):
        workspace.get_run("nobody")


def test_a_run_is_opened_again_by_another_process_and_found_by_its_tags(workspace):
    with workspace.start_run("sweep", "a") as run:
        run.set_tags({"study": "s"})
    again = workspace.reopen_run(run.id)
    assert (again.folder, again.stage, again.name) == (run.folder, "sweep", "a")
    assert [found.id for found in workspace.runs_with({"study": "s"}, status="RUNNING")] == [run.id]
    workspace.end_run(run.id, "KILLED", {"killed": True})
    assert workspace.runs_with({"study": "s"}) == []
    (found,) = workspace.runs_with({"study": "s"}, status="KILLED")
    assert found.tags["killed"] == "True"
    again.end("FINISHED")
    assert workspace.get_run(run.id).ended > 0


def test_a_table_is_saved_as_csv_too_where_that_is_asked_for(workspace):
    frame = pd.DataFrame({"word": ["装置", "a,b"], "rank": [1, 2]})
    with workspace.start_run("keywords", "keywords-JP") as run:
        run.log_table("keywords", frame, csv=True)
        run.log_table("rule", frame)
    artifacts = {file.path for file in workspace.client.list_artifacts(run.id)}
    assert {"keywords.parquet", "keywords.csv", "rule.parquet"} <= artifacts
    assert "rule.csv" not in artifacts
    pd.testing.assert_frame_equal(pd.read_csv(run.folder / "keywords.csv"), frame)


@pytest.mark.parametrize(("error", "status"), [(RuntimeError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_a_run_that_breaks_off_is_not_found_as_finished(workspace, error, status):
    with pytest.raises(error), workspace.start_run("vectors", "vectors-JP") as run:
        raise error
    assert workspace.client.get_run(run.id).info.status == status
    with pytest.raises(InputError, match="no finished run of stage vectors with country=JP"):
        workspace.find_run("vectors", country="JP")


def test_the_newest_run_with_the_tags_is_found_within_the_namespace(workspace):
    ids = []
    for country in ("JP", "JP", "CN"):
        with workspace.start_run("vectors", f"vectors-{country}") as run:
            run.set_tags({"country": country})
        ids.append(run.id)
    assert workspace.find_run("vectors", country="JP").id == ids[1]
    elsewhere = with_namespace(workspace, "other")
    with pytest.raises(NotRecordedError):
        elsewhere.find_run("vectors", country="JP")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://127.0.0.1:1", "tracking.uri=http://127.0.0.1:1: no MLflow server answers there"),
        ("http://127.0.0.1:port", "tracking.uri=http://127.0.0.1:port: no MLflow server answers there"),
        ("paper://here", "tracking.uri=paper://here: "),
    ],
)
def test_an_address_where_nobody_answers_is_said_at_once_and_in_one_line(workspace, uri, message):
    tracking = workspace.settings.tracking.model_copy(update={"uri": uri})
    workspace = Workspace(workspace.settings.model_copy(update={"tracking": tracking}))
    with pytest.raises(InputError, match=message) as caught, workspace.start_run("vectors", "vectors-JP"):
        pass
    assert "\n" not in str(caught.value)


def test_not_a_number_is_no_metric(workspace):
    with pytest.raises(ValueError, match="test/auc"), workspace.start_run("dual_attn", "x") as run:
        run.log_metrics({"test/auc": float("nan")})


def test_a_run_refuses_inputs_that_do_not_belong_together(workspace):
    with workspace.start_run("vectors", "vectors-JP") as run:
        run.add_lineage({"corpus": "c1"}, "keywords-JP")
        with pytest.raises(LineageError, match=r"corpus c1 .* alignment-ja-en with corpus c2"):
            run.add_lineage({"corpus": "c2"}, "alignment-ja-en")


def test_versions_aliases_and_lineage_of_a_model(workspace, model_code):
    name = workspace.name("mapping", "JP", "established")
    assert name == "mapping-JP-established"
    assert register(workspace, model_code, name, 0.5) == "1"
    assert register(workspace, model_code, name, 0.6) == "2"
    first, newest = workspace.find_model(f"{name}/1"), workspace.find_model(f"models:/{name}@challenger")
    assert (first.version, newest.version) == ("1", "2")
    assert newest.own_lineage == {"corpus": "c1", name: "2"}
    tensors, _ = load_model(newest.folder, "conversion")
    np.testing.assert_array_equal(tensors["A"], np.full((2, 2), 0.6))


def test_the_same_model_of_the_same_inputs_keeps_its_version(workspace, model_code):
    """As after a kill between the registration and the end of the run."""
    assert register(workspace, model_code, "a", 0.5) == "1"
    workspace.client.delete_registered_model_alias("a", "challenger")
    assert register(workspace, model_code, "a", 0.5) == "1"
    assert workspace.find_model("a@challenger").version == "1"
    assert register(workspace, model_code, "a", 0.5, corpus="c2") == "2"
    assert register(workspace, model_code, "a", 0.6, corpus="c2") == "3"
    assert register(workspace, model_code, "a", 0.5, corpus="c2") == "4"  # only the newest is taken again


def test_a_database_is_made_whole_or_not_at_all(workspace, home, monkeypatch):
    import mlflow

    database = home / "mlruns" / "mlflow.db"
    database.unlink()
    monkeypatch.setattr(mlflow.tracking.MlflowClient, "search_experiments", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        workspace.store.connect()
    assert {path.name for path in database.parent.iterdir()} == {"mlflow.lock", "mlflow.lock.pid"}


def test_a_registered_model_is_served_by_mlflow_itself(workspace, model_code):
    import mlflow

    register(workspace, model_code, "dual_attn-JP", 0.5)
    served = mlflow.pyfunc.load_model("models:/dual_attn-JP@challenger")
    assert served.predict(["半導体"]) == ["半導体"]


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("mapping-JP-established@gold", ["no gold", "versions: 1", "challenger"]),
        ("mapping-JP-established/9", ["no 9", "versions: 1"]),
        ("mapping-XX@champion", ["mapping-XX", "mapping-JP-established"]),
        ("mapping-JP-established", ["NAME@ALIAS"]),
    ],
)
def test_a_wrong_reference_says_what_there_is(workspace, model_code, reference, parts):
    register(workspace, model_code, "mapping-JP-established", 0.5)
    with pytest.raises(NotRegisteredError if "@" in reference or "/" in reference else InputError) as caught:
        workspace.find_model(reference)
    for part in parts:
        assert part in str(caught.value)


def test_a_namespace_keeps_studies_apart(workspace, model_code):
    other = with_namespace(workspace, "real_jp")
    name = other.name("dual_attn", "JP")
    assert name == "real_jp.dual_attn-JP"
    register(workspace, model_code, "dual_attn-JP", 0.1)
    register(other, model_code, name, 0.2)
    assert models_with_challenger(workspace.client, "") == ["dual_attn-JP"]
    assert models_with_challenger(other.client, "real_jp") == [name]


def test_parsing_a_reference():
    assert ModelReference.parse("models:/x@champion") == ModelReference("x", "champion")
    assert ModelReference.parse("a.dual_attn-JP/12") == ModelReference("a.dual_attn-JP", None, "12")


def test_a_training_run_that_is_not_to_be_registered_keeps_its_model_and_stands_under_its_parent(
    workspace, model_code
):
    own = {name: getattr(workspace.settings, name) for name in ("paths", "namespace")}
    training = compose_settings("train", ["model=alignment", "language=ja"]).model_copy(update=own)
    with workspace.start_run("sweep", "parent") as parent:
        pass
    tracking = workspace.settings.tracking.model_copy(update={"parent_run": parent.id})
    quiet = Workspace(training.model_copy(update={"tracking": tracking, "register": False}))
    with quiet.start_run("mapping", "mapping-JP-established") as run:
        save_model(run.model_folder, "mapping", {"A": np.eye(2)}, {})
        run.log_metrics({"test/cosine": 0.5})
        trained = finish_training(run, model_code)
    assert (trained.version, trained.metrics) == (None, {"test/cosine": 0.5})
    assert trained.title == "mapping-JP-established, not registered"
    assert workspace.client.search_registered_models() == []
    assert workspace.client.get_run(run.id).data.tags["mlflow.parentRunId"] == parent.id
    with Workspace(training).start_run("mapping", "mapping-JP-established") as run:
        save_model(run.model_folder, "mapping", {"A": np.eye(2)}, {})
        assert finish_training(run, model_code).version == "1"


def test_a_home_that_was_moved_says_where_mlflow_keeps_its_files(home, tmp_path_factory, capsys):
    Store(home / "mlruns").experiment_id("moved")
    new = tmp_path_factory.mktemp("new") / "mlruns"
    shutil.copytree(home / "mlruns", new)
    assert capsys.readouterr().err == ""
    for _ in range(2):
        Store(new).experiment_id("moved")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"note: {new} was moved or copied: ")
    assert line.endswith(f"a link from {home / 'mlruns'} to {new} makes it whole")
    shutil.rmtree(home / "mlruns")
    (home / "mlruns").symlink_to(new)
    Store(home / "mlruns").experiment_id("moved")
    assert capsys.readouterr().err == ""
