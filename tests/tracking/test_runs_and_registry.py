import json

import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from ipml.errors import InputError, LineageError
from ipml.tracking import (
    ModelReference,
    find_model,
    find_run,
    finish_training,
    register_model,
    start_run,
)
from ipml.tracking.model_files import load_model, save_model
from ipml.tracking.registry import models_with_challenger, registered_name
from ipml.tracking.runs import load_table
from ipml.tracking.store import connect


def register(config, model_code, name, value, corpus="c1"):
    with start_run(config, "mapping", name) as run:
        run.add_lineage({"corpus": corpus}, "the corpus")
        run.log_metrics({"test/cosine": value})
        save_model(run.model_folder, "conversion", {"A": np.full((2, 2), value)}, {})
        return register_model(run, name, model_code)


def test_run_folder_and_run_know_each_other(config):
    with start_run(config, "keywords", "keywords-JP") as run:
        run.add_lineage({"corpus": "c1"}, "the corpus")
        run.log_metrics({"n": 3})
        run.log_table("keywords", pd.DataFrame({"word": ["装置", "device"]}))
    saved = {path.name for path in run.folder.iterdir()}
    assert {"config.yaml", "environment.json", "metrics.json", "mlflow.json", "keywords.parquet"} <= saved
    assert json.loads((run.folder / "metrics.json").read_text()) == {"n": 3.0}
    assert json.loads((run.folder / "lineage.json").read_text()) == {"corpus": "c1"}
    assert json.loads((run.folder / "mlflow.json").read_text())["run_id"] == run.id
    recorded = connect(config).get_run(run.id)
    assert recorded.data.tags["ipml.run_folder"] == str(run.folder)
    assert recorded.info.status == "FINISHED"
    assert OmegaConf.load(run.folder / "config.yaml") == config
    assert load_table(config, run.id, "keywords")["word"].tolist() == ["装置", "device"]
    with pytest.raises(InputError, match=f"run {run.id} in .*: it has no table 'rule'"):
        load_table(config, run.id, "rule")


def test_a_table_is_saved_as_csv_too_where_that_is_asked_for(config):
    frame = pd.DataFrame({"word": ["装置", "a,b"], "rank": [1, 2]})
    with start_run(config, "keywords", "keywords-JP") as run:
        run.log_table("keywords", frame, csv=True)
        run.log_table("rule", frame)
    artifacts = {file.path for file in connect(config).list_artifacts(run.id)}
    assert {"keywords.parquet", "keywords.csv", "rule.parquet"} <= artifacts
    assert "rule.csv" not in artifacts
    pd.testing.assert_frame_equal(pd.read_csv(run.folder / "keywords.csv"), frame)


@pytest.mark.parametrize(("error", "status"), [(RuntimeError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_a_run_that_breaks_off_is_not_found_as_finished(config, error, status):
    with pytest.raises(error), start_run(config, "vectors", "vectors-JP") as run:
        raise error
    assert connect(config).get_run(run.id).info.status == status
    with pytest.raises(InputError, match="no finished run of stage vectors with country=JP"):
        find_run(config, "vectors", country="JP")


def test_the_newest_run_with_the_tags_is_found_within_the_namespace(config):
    ids = []
    for country in ("JP", "JP", "CN"):
        with start_run(config, "vectors", f"vectors-{country}") as run:
            run.set_tags({"country": country})
        ids.append(run.id)
    assert find_run(config, "vectors", country="JP").info.run_id == ids[1]
    elsewhere = OmegaConf.merge(config, {"namespace": "other"})
    with pytest.raises(InputError):
        find_run(elsewhere, "vectors", country="JP")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://127.0.0.1:1", "tracking.uri=http://127.0.0.1:1: no MLflow server answers there"),
        ("http://127.0.0.1:port", "tracking.uri=http://127.0.0.1:port: no MLflow server answers there"),
        ("paper://here", "tracking.uri=paper://here: "),
    ],
)
def test_an_address_where_nobody_answers_is_said_at_once_and_in_one_line(config, uri, message):
    config.tracking.uri = uri
    with pytest.raises(InputError, match=message) as caught, start_run(config, "vectors", "vectors-JP"):
        pass
    assert "\n" not in str(caught.value)


def test_not_a_number_is_no_metric(config):
    with pytest.raises(ValueError, match="test/auc"), start_run(config, "dual_attn", "x") as run:
        run.log_metrics({"test/auc": float("nan")})


def test_a_run_refuses_inputs_that_do_not_belong_together(config):
    with start_run(config, "vectors", "vectors-JP") as run:
        run.add_lineage({"corpus": "c1"}, "keywords-JP")
        with pytest.raises(LineageError, match=r"corpus c1 .* alignment-ja-en with corpus c2"):
            run.add_lineage({"corpus": "c2"}, "alignment-ja-en")


def test_versions_aliases_and_lineage_of_a_model(config, model_code):
    name = registered_name(config, "mapping", "JP", "established")
    assert name == "mapping-JP-established"
    assert register(config, model_code, name, 0.5) == "1"
    assert register(config, model_code, name, 0.6) == "2"
    first, newest = find_model(config, f"{name}/1"), find_model(config, f"models:/{name}@challenger")
    assert (first.version, newest.version) == ("1", "2")
    assert newest.own_lineage == {"corpus": "c1", name: "2"}
    tensors, _ = load_model(newest.folder, "conversion")
    np.testing.assert_array_equal(tensors["A"], np.full((2, 2), 0.6))


def test_the_same_model_of_the_same_inputs_keeps_its_version(config, model_code):
    """As after a kill between the registration and the end of the run."""
    assert register(config, model_code, "a", 0.5) == "1"
    connect(config).delete_registered_model_alias("a", "challenger")
    assert register(config, model_code, "a", 0.5) == "1"
    assert find_model(config, "a@challenger").version == "1"
    assert register(config, model_code, "a", 0.5, corpus="c2") == "2"
    assert register(config, model_code, "a", 0.6, corpus="c2") == "3"
    assert register(config, model_code, "a", 0.5, corpus="c2") == "4"  # only the newest is taken again


def test_a_database_is_made_whole_or_not_at_all(config, home, monkeypatch):
    import mlflow

    database = home / "mlruns" / "mlflow.db"
    database.unlink()
    monkeypatch.setattr(mlflow.tracking.MlflowClient, "search_experiments", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        connect(config)
    assert {path.name for path in database.parent.iterdir()} == {"mlflow.lock", "mlflow.lock.pid"}


def test_a_registered_model_is_served_by_mlflow_itself(config, model_code):
    import mlflow

    register(config, model_code, "dual_attn-JP", 0.5)
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
def test_a_wrong_reference_says_what_there_is(config, model_code, reference, parts):
    register(config, model_code, "mapping-JP-established", 0.5)
    with pytest.raises(InputError) as caught:
        find_model(config, reference)
    for part in parts:
        assert part in str(caught.value)


def test_a_namespace_keeps_studies_apart(config, model_code):
    other = OmegaConf.merge(config, {"namespace": "real_jp"})
    name = registered_name(other, "dual_attn", "JP")
    assert name == "real_jp.dual_attn-JP"
    register(config, model_code, "dual_attn-JP", 0.1)
    register(other, model_code, name, 0.2)
    assert models_with_challenger(connect(config), "") == ["dual_attn-JP"]
    assert models_with_challenger(connect(other), "real_jp") == [name]


def test_parsing_a_reference():
    assert ModelReference.parse("models:/x@champion") == ModelReference("x", "champion")
    assert ModelReference.parse("a.dual_attn-JP/12") == ModelReference("a.dual_attn-JP", None, "12")


def test_a_training_run_that_is_not_to_be_registered_keeps_its_model_and_stands_under_its_parent(
    config, model_code
):
    with start_run(config, "sweep", "parent") as parent:
        pass
    config.tracking.parent_run, config.register = parent.id, False
    with start_run(config, "mapping", "mapping-JP-established") as run:
        save_model(run.model_folder, "mapping", {"A": np.eye(2)}, {})
        run.log_metrics({"test/cosine": 0.5})
        trained = finish_training(run, model_code)
    assert (trained.version, trained.metrics) == (None, {"test/cosine": 0.5})
    assert trained.title == "mapping-JP-established, not registered"
    assert connect(config).search_registered_models() == []
    assert connect(config).get_run(run.id).data.tags["mlflow.parentRunId"] == parent.id
    config.register = True
    with start_run(config, "mapping", "mapping-JP-established") as run:
        save_model(run.model_folder, "mapping", {"A": np.eye(2)}, {})
        assert finish_training(run, model_code).version == "1"
