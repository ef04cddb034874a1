"""Which runs of a sweep count as those of killed trials."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from optuna.trial import TrialState

from ipml.sweeps.parent_run import close_killed


@dataclass
class Store:
    """Runs under a sweep, in place of MLflow's."""

    runs: dict[str, SimpleNamespace]
    ended: list[str] = field(default_factory=list)
    before_last_look: object = lambda: None

    def runs_with(self, tags, *, status, parent):
        return [SimpleNamespace(**vars(run)) for run in self.runs.values() if run.status == status]

    def get_run(self, run_id):
        self.before_last_look()
        return self.runs[run_id]

    def end_run(self, run_id, status, tags):
        self.ended.append(run_id)


def run(run_id, **tags):
    return SimpleNamespace(id=run_id, status="RUNNING", tags=tags)


def study(*trials):
    listed = [SimpleNamespace(number=number, state=state) for number, state in trials]
    return SimpleNamespace(get_trials=lambda deepcopy: listed)


PARENT = SimpleNamespace(id="parent")


@pytest.mark.parametrize("state", [TrialState.FAIL, None])
def test_the_run_of_a_trial_that_failed_or_is_gone_is_ended(state):
    store = Store({"a": run("a", trial="3")})
    close_killed(store, PARENT, study(*([(3, state)] if state else [])))
    assert store.ended == ["a"]


def test_running_trials_and_the_last_reestimate_are_left_alone():
    store = Store({"a": run("a", trial="3"), "b": run("b", reestimate="winner")})
    close_killed(store, PARENT, study((3, TrialState.RUNNING)))
    assert store.ended == []


def test_a_trial_that_begins_between_the_two_looks_is_not_taken_for_one_that_is_gone():
    store = Store({})

    def begin(deepcopy):
        store.runs["new"] = run("new", trial="4")
        return [SimpleNamespace(number=3, state=TrialState.COMPLETE)]

    close_killed(store, PARENT, SimpleNamespace(get_trials=begin))
    assert store.ended == []


def test_a_run_that_ends_by_itself_meanwhile_keeps_its_status():
    store = Store({"a": run("a", trial="3")})
    store.before_last_look = lambda: setattr(store.runs["a"], "status", "FINISHED")
    close_killed(store, PARENT, study((3, TrialState.COMPLETE)))
    assert store.ended == []
