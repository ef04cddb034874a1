"""What a study asks of MLflow."""

import pytest
from omegaconf import OmegaConf

from ipml.config import compose_config
from ipml.study.results import close_killed, prepare
from ipml.tracking.store import connect, experiment_id


@pytest.fixture
def config(tmp_path):
    return compose_config("run", ["study=demo", f"paths.root={tmp_path}"])


def open_run(config, study, namespace):
    """Id of a run of a study that is left open, as by a kill."""
    config = OmegaConf.merge(config, {"namespace": namespace})
    prepare(config)
    client = connect(config)
    return client.create_run(experiment_id(client, config), tags={"ipml.study": study}).info.run_id


def test_killed_runs_of_this_study_are_closed_and_those_of_other_studies_and_namespaces_are_not(config):
    runs = [
        open_run(config, "demo", ""),
        open_run(config, "real_jp", ""),
        open_run(config, "demo", "another"),
    ]
    close_killed(config, "demo")
    client = connect(config)
    assert [client.get_run(run).info.status for run in runs] == ["KILLED", "RUNNING", "RUNNING"]
