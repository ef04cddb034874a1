"""A sweep from its beginning, or from where it stopped, to the best configuration and what it is worth."""

import os
import platform
import time
import uuid
from collections.abc import Sequence
from typing import Literal

import optuna
from optuna import Study, Trial
from optuna.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from ipml.console import console, progress
from ipml.corpus import CorpusInfo
from ipml.errors import InputError
from ipml.sweeps.outcome import finish
from ipml.sweeps.parent_run import close_killed, open_parent
from ipml.sweeps.search import Search, plan_search
from ipml.sweeps.settings import SweepSettings
from ipml.sweeps.storage import Heartbeat, open_storage
from ipml.sweeps.trial_quota import (
    WORKER,
    QuotaFilledError,
    claim_trial,
    fail_unclaimed,
    finished_trials,
    has_room,
)
from ipml.sweeps.trials import REASON, Train, TrialFailedError, in_words, run_trial
from ipml.tracking import Run, Workspace

_POLL = 1.0  # seconds between looks at the trials of other processes


def sweep(
    settings: SweepSettings, workspace: Workspace, overrides: Sequence[str], corpus: CorpusInfo, train: Train
) -> None:
    """Go on with a study to the wished number of trials, then score the best on data that no trial used.

    Parameters
    ----------
    settings
        Of ``ipml sweep``.
    overrides
        Those given to ``ipml sweep``; those of the training are the same in all trials.
    corpus
        What the trials read.
    train
        ``ipml train`` as a function.

    Raises
    ------
    InputError
        If the search does not fit the training, the storage cannot be opened, or trials fail one after the other.
    """
    search = plan_search(settings, workspace, overrides, corpus.hash)
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)  # the lines of trials are our own
    storage, heartbeat = open_storage(settings)
    study, is_new = _open_study(storage, search, settings.sweep.objective.direction)
    parent = open_parent(workspace, study, is_new)
    try:
        worker = Worker(settings, workspace, search, study, heartbeat, parent, train)
        worker.work()
        if worker.is_last():
            finish(settings, workspace, search, study, parent, corpus, train)
            parent.end("FINISHED")
        else:
            console.print(f"{settings.n_trials} trials are finished; the process of the last one goes on")
    except BaseException as error:
        parent.end("FAILED" if isinstance(error, Exception) else "KILLED")
        raise


class Worker:
    """One of the processes that work on a study."""

    def __init__(
        self,
        settings: SweepSettings,
        workspace: Workspace,
        search: Search,
        study: Study,
        heartbeat: Heartbeat,
        parent: Run,
        train: Train,
    ) -> None:
        self.settings, self.workspace, self.search = settings, workspace, search
        self.study, self.heartbeat = study, heartbeat
        self.parent, self.train = parent, train
        self.name = f"{platform.node()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._failed_in_a_row = 0
        self._did_any = False

    def work(self) -> None:
        """Run trials until the wished number is finished, those of other processes counted."""
        n_trials = self.settings.n_trials
        with progress(f"sweep {self.study.study_name}", n_trials) as step:
            shown = 0
            while True:
                self._close_killed()
                n_finished = len(finished_trials(self.study))
                step.advance(min(n_finished, n_trials) - shown)
                shown = min(n_finished, n_trials)
                if n_finished >= n_trials:
                    return
                if has_room(self.study, n_trials):
                    self._run_one()
                else:
                    time.sleep(_POLL)

    def is_last(self) -> bool:
        """Tell whether the last trial was this process's, or it found all finished: one process ends the sweep."""
        last = max(finished_trials(self.study), key=lambda trial: (trial.datetime_complete, trial.number))
        return not self._did_any or last.user_attrs.get(WORKER) == self.name

    def _close_killed(self) -> None:
        self.heartbeat.fail_killed(self.study)
        fail_unclaimed(self.study, self.settings.heartbeat.grace)
        close_killed(self.workspace, self.parent, self.study)

    def _run_one(self) -> None:
        expected = (TrialFailedError, QuotaFilledError)
        try:
            self.study.optimize(self._objective, n_trials=1, catch=expected, callbacks=[self._after])
        except (UpdateFinishedTrialError, ValueError) as error:
            # After a long pause of this machine another process has given the trial up: its result is too late.
            if isinstance(error, InputError) or self._current_state() != TrialState.FAIL:
                raise

    def _objective(self, trial: Trial) -> float:
        self._number = trial.number
        claim_trial(self.study, trial, self.settings.n_trials, self.name)
        self._did_any = True
        search = self.search
        with self.heartbeat.beating(trial):
            return run_trial(trial, self.settings, search.overrides, search.space, self.parent.id, self.train)

    def _current_state(self) -> TrialState:
        return self.study.get_trials(deepcopy=False)[self._number].state

    def _after(self, study: Study, trial: FrozenTrial) -> None:
        """Print how a trial went; too many failures end the sweep."""
        metric = self.settings.sweep.objective.metric
        values = in_words(trial.params)
        seconds = trial.duration.total_seconds() if trial.duration else 0.0
        if trial.state == TrialState.FAIL and REASON not in trial.user_attrs:
            return  # the quota was filled
        if trial.state == TrialState.FAIL:
            self._failed_in_a_row += 1
            outcome = f"failed, {trial.user_attrs[REASON]}"
        else:
            self._failed_in_a_row = 0
            outcome = f"{metric} {trial.value:.4f}"
        if trial.state == TrialState.PRUNED:
            outcome = f"pruned at step {trial.last_step}, {trial.value:.4f} so far"
        console.print(
            f"trial {trial.number}: {outcome} ({values}; {seconds:.1f} s)",
            highlight=False,
            soft_wrap=True,
        )
        if self._failed_in_a_row >= self.settings.stop_after_failures:
            raise InputError(
                f"{self._failed_in_a_row} trials failed one after the other, the last with: "
                f"{trial.user_attrs[REASON]} (stop_after_failures={self.settings.stop_after_failures})"
            )


def _open_study(
    storage: BaseStorage, search: Search, direction: Literal["maximize", "minimize"]
) -> tuple[Study, bool]:
    """Open the study of a search, or make it: one process does; returns whether it was this one."""
    try:
        study = optuna.create_study(
            storage=storage,
            sampler=search.sampler,
            pruner=search.pruner,
            study_name=search.name,
            direction=direction,
        )
        return study, True
    except DuplicatedStudyError:
        study = optuna.load_study(
            storage=storage, sampler=search.sampler, pruner=search.pruner, study_name=search.name
        )
        return study, False
