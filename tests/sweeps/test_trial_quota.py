"""However trials of several processes follow each other, never more than n finish, and n do in the end."""

import optuna
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import TrialState

from ipml.sweeps.search import SeededByTrial
from ipml.sweeps.trial_quota import QuotaFilledError, claim_trial, finished_trials, has_room

optuna.logging.set_verbosity(optuna.logging.ERROR)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 5), data=st.data())
def test_any_order_of_asking_taking_failing_and_finishing(n, data):
    study = optuna.create_study()
    asked, taken = [], []
    for _ in range(data.draw(st.integers(0, 40))):
        event = data.draw(st.sampled_from(["ask", "take", "finish", "fail", "kill and try again"]))
        if event == "ask":  # without a look at the places, as a slow process would
            asked.append(study.ask())
        elif event == "take" and asked:
            take(study, asked.pop(data.draw(st.integers(0, len(asked) - 1))), n, taken)
        elif event != "take" and taken:
            trial = taken.pop(data.draw(st.integers(0, len(taken) - 1)))
            if event == "finish":
                study.tell(trial, 1.0)
            else:
                study.tell(trial, state=TrialState.FAIL)
            if event == "kill and try again":
                study.enqueue_trial({})
        assert len(finished_trials(study)) <= n
    for trial in asked:
        take(study, trial, n, taken)
    for trial in taken:
        study.tell(trial, 1.0)
    while len(finished_trials(study)) < n:
        assert has_room(study, n)
        last: list[optuna.Trial] = []
        take(study, study.ask(), n, last)
        for trial in last:
            study.tell(trial, 1.0)
    assert len(finished_trials(study)) == n


def take(study, trial, n, taken):
    try:
        claim_trial(study, trial, n, "worker")
        taken.append(trial)
    except QuotaFilledError:
        study.tell(trial, state=TrialState.FAIL)


def test_draws_depend_on_the_trial_and_not_on_the_process():
    def draws(*pieces):
        found = []
        study = optuna.create_study(sampler=sampler())
        for piece in pieces:
            study.sampler = sampler()  # another process
            for _ in range(piece):
                trial = study.ask()
                found.append(trial.suggest_float("x", 0, 1))
                study.tell(trial, found[-1])
        return found

    def sampler():
        return SeededByTrial(lambda seed: optuna.samplers.TPESampler(seed=seed, n_startup_trials=3), 7)

    whole = draws(6)
    assert draws(2, 1, 3) == whole
    assert len(set(whole)) == 6
