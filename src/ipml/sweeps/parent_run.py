"""The MLflow run of a sweep: one a study, under which the runs of all trials stand, whatever process made them."""

import time

from optuna import Study
from optuna.trial import TrialState

from ipml.errors import InputError
from ipml.tracking import Run, Workspace

STAGE = "sweep"
PARENT, TRIAL = "parent_run", "trial"
_WAIT = 60  # seconds for the process that made the study to make its run


def open_parent(workspace: Workspace, study: Study, is_new: bool) -> Run:
    """Open the run of a study: the process that made the study makes it, the others wait for it.

    Parameters
    ----------
    study
        Keeps the run's id in its attributes.
    is_new
        Whether this process has made the study.

    Raises
    ------
    InputError
        If the study's run is in another place than the workspace.
    """
    deadline = time.monotonic() + (0 if is_new else _WAIT)
    while PARENT not in study.user_attrs and time.monotonic() < deadline:
        time.sleep(0.2)
    if PARENT not in study.user_attrs:  # the process that was to make it may have been killed before
        with workspace.start_run(STAGE, study.study_name) as made:
            pass
        study.set_user_attr(PARENT, made.id)
    run_id = study.user_attrs[PARENT]
    try:
        return workspace.reopen_run(run_id)
    except InputError as error:
        raise InputError(
            f"storage: study {study.study_name} belongs to run {run_id}, which {workspace.place} does not have; "
            "give both the same databases, or another storage="
        ) from error


def close_killed(workspace: Workspace, parent: Run, study: Study) -> None:
    """End the runs of killed trials as KILLED: their processes could not.

    The runs of the last re-estimate are no trials': they are left to the process that has them.
    """
    # Runs before trials: a trial that another process begins in between is so never taken for one that is gone.
    running = workspace.runs_with({}, status="RUNNING", parent=parent.id)
    states = {str(t.number): t.state for t in study.get_trials(deepcopy=False)}
    for run in running:
        number = run.tags.get(TRIAL)
        if number is None or states.get(number, TrialState.FAIL) == TrialState.RUNNING:
            continue
        # It may have ended by itself since the search, as those of trials do before the trials.
        if workspace.get_run(run.id).status == "RUNNING":
            workspace.end_run(run.id, "KILLED", {"killed": True})
