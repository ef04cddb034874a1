"""What a study asks of MLflow."""

import pytest

from ipml.config import compose_settings
from ipml.study.results import close_killed, prepare
from ipml.tracking import Workspace


@pytest.fixture
def workspace(home):
    return Workspace(compose_settings("run", ["study=demo"]))


def open_run(workspace, study, namespace):
    """Id of a run of a study that is left open, as by a kill."""
    workspace = Workspace(workspace.settings.model_copy(update={"namespace": namespace}))
    prepare(workspace)
    experiment = workspace.store.experiment_id(namespace)
    return workspace.client.create_run(experiment, tags={"ipml.study": study}).info.run_id


def test_killed_runs_of_this_study_are_closed_and_those_of_other_studies_and_namespaces_are_not(workspace):
    runs = [
        open_run(workspace, "demo", ""),
        open_run(workspace, "real_jp", ""),
        open_run(workspace, "demo", "another"),
    ]
    close_killed(workspace, "demo")
    assert [workspace.get_run(run).status for run in runs] == ["KILLED", "RUNNING", "RUNNING"]
