"""Exactly as many finished trials as are wished for, whatever processes take part, stop or are killed.

A trial may go on only if fewer than n trials of a lower number are finished, running or waiting. The storage gives
numbers out one by one, and a failed trial stays failed. So of n + 1 finished trials, the one of the highest number
would have seen the n others and stopped: there are never more than n. A trial that is killed, fails or stops makes
room for another.
"""

from datetime import datetime, timedelta

from optuna import Study, Trial
from optuna.trial import FrozenTrial, TrialState

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
WORKER, CLAIMED, SURPLUS = "worker", "claimed", "surplus"


class QuotaFilledError(Exception):
    """A trial that another process has made superfluous."""


def claim_trial(study: Study, trial: Trial, n_trials: int, worker: str) -> None:
    """Make sure that a trial is one of the first ``n_trials``; `QuotaFilledError` if it is not."""
    trial.set_user_attr(WORKER, worker)
    trial.set_user_attr(CLAIMED, trial.number)  # a trial tried again brings the attributes of the killed one
    before = [t for t in study.get_trials(deepcopy=False) if t.number < trial.number]
    if sum(t.state != TrialState.FAIL for t in before) >= n_trials:
        trial.set_user_attr(SURPLUS, True)
        raise QuotaFilledError


def finished_trials(study: Study) -> list[FrozenTrial]:
    """Return the trials that are complete or pruned, by number."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def has_room(study: Study, n_trials: int) -> bool:
    """Tell whether another trial can be begun, or one that waits be taken up."""
    states = [t.state for t in study.get_trials(deepcopy=False)]
    return TrialState.WAITING in states or sum(s != TrialState.FAIL for s in states) < n_trials


def fail_unclaimed(study: Study, grace: float) -> None:
    """Fail the trials whose process was killed between asking for them and the first sign of life."""
    oldest = datetime.now() - timedelta(seconds=grace)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        claimed = trial.user_attrs.get(CLAIMED) == trial.number
        if not claimed and trial.datetime_start is not None and trial.datetime_start < oldest:
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
