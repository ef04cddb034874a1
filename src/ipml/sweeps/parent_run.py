"""The MLflow run of a sweep: one a study, under which the runs of all trials stand, whatever process made them."""

import time
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID as PARENT_TAG
from omegaconf import DictConfig
from optuna import Study
from optuna.trial import TrialState

from ipml.errors import InputError
from ipml.tracking import Run, start_run
from ipml.tracking.runs import FOLDER_TAG
from ipml.tracking.store import connect, tracking_uri

STAGE = "sweep"
PARENT, TRIAL = "parent_run", "trial"
_WAIT = 60  # seconds for the process that made the study to make its run


def open_parent(config: DictConfig, study: Study, is_new: bool) -> Run:
    """Open the run of a study: the process that made the study makes it, the others wait for it.

    Parameters
    ----------
    study
        Keeps the run's id in its attributes.
    is_new
        Whether this process has made the study.
    """
    deadline = time.monotonic() + (0 if is_new else _WAIT)
    while PARENT not in study.user_attrs and time.monotonic() < deadline:
        time.sleep(0.2)
    if PARENT not in study.user_attrs:  # the process that was to make it may have been killed before
        with start_run(config, STAGE, study.study_name) as made:
            pass
        study.set_user_attr(PARENT, made.id)
    return _reopen(config, study)


def _reopen(config: DictConfig, study: Study) -> Run:
    client, run_id = connect(config), study.user_attrs[PARENT]
    try:
        tags = client.get_run(run_id).data.tags
    except MlflowException as error:
        raise InputError(
            f"storage: study {study.study_name} belongs to run {run_id}, which {tracking_uri(config)} does not have; "
            "give both the same databases, or another storage="
        ) from error
    folder = Path(tags[FOLDER_TAG])
    folder.mkdir(parents=True, exist_ok=True)  # another machine may have made it
    client.update_run(run_id, status="RUNNING")
    return Run(run_id, STAGE, study.study_name, folder, tracking_uri(config), client)


def close_killed(parent: Run, study: Study) -> None:
    """End the runs of killed trials as KILLED: their processes could not."""
    states = {str(t.number): t.state for t in study.get_trials(deepcopy=False)}
    for run_id, trial in _running_children(parent.client, parent.id):
        if states.get(trial, TrialState.FAIL) != TrialState.RUNNING:
            parent.client.set_tag(run_id, "ipml.killed", "True")
            parent.client.set_terminated(run_id, "KILLED")


def _running_children(client: MlflowClient, parent_id: str) -> list[tuple[str, str]]:
    """Run and trial (empty for a run that belongs to none) of the children that have not ended."""
    experiment = client.get_run(parent_id).info.experiment_id
    found = client.search_runs(
        [experiment], f"tags.`{PARENT_TAG}` = '{parent_id}' and attributes.status = 'RUNNING'"
    )
    return [(run.info.run_id, run.data.tags.get(f"ipml.{TRIAL}", "")) for run in found]
