"""What MLflow shows of runs and models, so that two can be told apart and compared there."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.utils.validation import _validate_param, _validate_param_name

from ipml.tracking import register_model
from ipml.tracking.model_files import save_model
from ipml.tracking.parameters import parameter_key, parameter_value, parameters, run_title


def test_settings_are_flat_parameters_of_their_dotted_keys():
    settings = {
        "seed": 7,
        "model": {"stage": "mapping", "map": {"module": {"_target_": "a.RidgeMap"}}, "centre": None},
        "data": {"countries": ["JP", "US"], "language": "日本語", "world": {}},
        "tracking": {"uri": None, "params": {"lr": 1}, "tags": {"study": "demo"}},
    }
    assert parameters(settings, {"lr": 0.1, "seed": 8}) == {
        "seed": "8",
        "model.stage": "mapping",
        "model.map.module._target_": "a.RidgeMap",
        "model.centre": "null",
        "data.countries": '["JP", "US"]',
        "data.language": "日本語",
        "data.world": "{}",
        "tracking.uri": "null",
        "lr": "0.1",
    }


@given(st.text(max_size=400), st.text(max_size=9000))
def test_mlflow_takes_every_key_and_value(key, value):
    _validate_param_name(parameter_key(key))
    _validate_param(parameter_key(key), parameter_value(value))


@given(st.lists(st.text(max_size=5), unique=True, max_size=5))
def test_two_keys_never_become_one(keys):
    assert len({parameter_key(key) for key in keys}) == len(keys)


def test_a_long_value_is_cut_and_told_from_another_by_its_hash():
    first, second = (parameter_value("x" * 600 + end) for end in "ab")
    assert first[:500] == second[:500] == "x" * 500
    assert "(601 characters, sha256 " in first
    assert first != second


def test_a_run_is_named_by_model_solver_and_time():
    begun = datetime(2026, 11, 30, 18, 5, 9, tzinfo=UTC)
    flat = {
        "model.map.module._target_": "a.ClosedFormMap",
        "model.map.module.solver._target_": "a.orthogonal",
    }
    assert run_title("alignment-ja-en", flat, begun) == "alignment-ja-en orthogonal 20261130-180509"
    assert run_title("keywords-JP", {}, begun) == "keywords-JP 20261130-180509"


def test_a_run_has_its_settings_as_parameters_and_is_found_by_them(workspace):
    with workspace.start_run("keywords", "keywords-JP") as run:
        pass
    stored = workspace.client.get_run(run.id)
    assert stored.data.params["seed"] == "7"
    assert stored.data.params["format"] == "table"
    assert stored.info.run_name.startswith("keywords-JP 20")
    assert workspace.get_run(run.id).name == "keywords-JP"  # the registered name stays what it was
    found = workspace.client.search_runs([stored.info.experiment_id], "params.seed = '7'")
    assert [one.info.run_id for one in found] == [run.id]


@pytest.mark.parametrize("simulated", [True, False])
def test_a_model_and_its_version_say_what_they_are(workspace, model_code, simulated):
    with workspace.start_run("mapping", "mapping-JP-established") as run:
        run.set_tags({"country": "JP", "firm_type": "established", "simulated": simulated})
        run.add_lineage({"corpus": "c1", "vectors-JP": "v"}, "the corpus")
        run.log_metrics({"test/cosine": 0.8, "test/cosine_low": 0.7, "test/cosine_high": 0.9, "n_test": 11})
        save_model(run.model_folder, "conversion", {"A": np.eye(2)}, {})
        version = register_model(run, run.name, model_code)
    model = workspace.client.get_registered_model(run.name)
    assert model.description == "Conversion matrix A in P = A T of one group of firms."
    words = workspace.client.get_model_version(run.name, version).description
    assert ("Simulated firms." in words) == simulated
    for part in (
        "Of country JP, firm type established.",
        "Made from corpus c1, vectors-JP v.",
        "test/cosine 0.800 [0.700, 0.900] (n_test 11).",
    ):
        assert part in words
