"""The trials of a sweep as a tidy table."""

import pandas as pd
from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from ipml.sweeps.places import SURPLUS, WORKER
from ipml.sweeps.trials import REASON, RUN

KILLED = "its process was killed"


def trial_table(study: Study) -> pd.DataFrame:
    """One row a trial: number, state, score, its values (``param_NAME``), times, run and, where it failed, why.

    Trials that another process had made superfluous before they began are left out. The score of a pruned trial is
    the last that it reported.
    """
    trials = [t for t in study.get_trials(deepcopy=False) if not t.user_attrs.get(SURPLUS)]
    names = sorted({name for trial in trials for name in trial.params})
    return pd.DataFrame([_row(trial, names) for trial in trials])


def reason_of(trial: FrozenTrial) -> str | None:
    """Why a trial failed; None for one that did not."""
    if trial.state != TrialState.FAIL:
        return None
    reason: str = trial.user_attrs.get(REASON, KILLED)
    return reason


def _row(trial: FrozenTrial, names: list[str]) -> dict[str, object]:
    values = {f"param_{name}": _cell(trial.params.get(name)) for name in names}
    duration = None if trial.duration is None else trial.duration.total_seconds()
    history = trial.system_attrs.get("retry_history", [])
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "score": trial.value if trial.state != TrialState.FAIL else None,
        **values,
        "steps": len(trial.intermediate_values),
        "started": trial.datetime_start,
        "seconds": duration,
        "retry_of": history[-1] if history else None,
        "worker": trial.user_attrs.get(WORKER),
        "run_id": trial.user_attrs.get(RUN),
        "reason": reason_of(trial),
    }


def _cell(value: object) -> object:
    """Numbers stay numbers; a choice, whatever its type, is text, so that a column has one type."""
    return (
        value
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        else str(value)
    )
