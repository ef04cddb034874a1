"""Promotions that are killed, that meet another one, or that lose their database."""

import threading

import pytest
from mlflow import MlflowException
from mlflow.tracking import MlflowClient

from ipml.errors import InputError
from ipml.tracking import promotion_record
from ipml.tracking.promotion_record import PromotionRecord, begin, exclusive, settle
from ipml.tracking.store import Store

NAMES = ("a", "b", "c")
EVERY_CALL = [name for name in dir(MlflowClient) if not name.startswith("_")]
WRITES = [
    "create_registered_model",
    "set_registered_model_alias",
    "set_terminated",
    "delete_registered_model",
]


class Killed(BaseException):
    """The process is dead: no call comes through any more."""


@pytest.fixture
def three(registry):
    """Three champions of version 1 and better challengers of version 2."""
    for score in (0.5, 0.6):
        for name in NAMES:
            registry.train(name, score)
        if score == 0.5:
            registry.promote(*NAMES)
    return registry


def raw_champions(registry):
    client = registry.client
    return [str(client.get_registered_model(registry.full(name)).aliases["champion"]) for name in NAMES]


def die_at_call(monkeypatch, number, methods):
    """Let so many calls of these methods of any MLflow client through, and none after them."""
    calls = 0

    def counted(method):
        def call(*arguments, **keywords):
            nonlocal calls
            calls += 1
            if calls > number:
                raise Killed
            return method(*arguments, **keywords)

        return call

    for name in methods:
        if callable(getattr(MlflowClient, name)):
            monkeypatch.setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))


@pytest.mark.parametrize(
    ("methods", "mended"), [(WRITES, True), pytest.param(EVERY_CALL, False, marks=pytest.mark.slow)]
)
def test_killed_after_any_call_all_champions_are_old_or_new_and_the_next_promotion_works(
    three, methods, mended
):
    plan, raw, seen = three.plan(*NAMES), [], []
    number = 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            die_at_call(patch, number, methods)
            try:
                three.carry_out(plan)
                break
            except Killed:
                number += 1
        raw.append(raw_champions(three))
        seen.append(three.champions(*NAMES))
        promoted = len(three.history()) % 2 == 0  # after the first one: promotion, rollback, promotion, …
        assert seen[-1] == (["2"] * 3 if promoted else ["1"] * 3)
        if methods is WRITES:  # else the next attempt clears up, and is killed at that too
            with exclusive(three.workspace.store) as place:
                settle(three.client, place)
        if promoted:
            three.roll_back()
    assert three.champions(*NAMES) == ["2"] * 3
    assert number > (20 if methods is EVERY_CALL else 5)
    # The aliases themselves were found half moved, and a promotion was found valid before its record was gone.
    assert ["2", "1", "1"] in raw
    assert ["2", "2", "1"] in raw
    assert seen[raw.index(["2", "2", "2"])] == ["1"] * 3
    assert ["2"] * 3 in seen


def test_a_database_that_goes_away_for_one_call_puts_the_old_champions_back_at_once(three, monkeypatch):
    original = MlflowClient.set_registered_model_alias
    failed = []

    def fail_once(self, name, *arguments):
        if name == three.full("c") and not failed:
            failed.append(name)
            raise MlflowException("the database went away")
        return original(self, name, *arguments)

    monkeypatch.setattr(MlflowClient, "set_registered_model_alias", fail_once)
    with pytest.raises(MlflowException, match="went away"):
        three.promote(*NAMES)
    assert raw_champions(three) == ["1"] * 3
    assert len(three.history()) == 1
    three.promote(*NAMES)
    assert raw_champions(three) == ["2"] * 3


def test_of_two_at_once_exactly_one_wins(three):
    """Different challengers of the same champions, from two threads that start together, many times."""
    for _ in range(4):
        (before,) = three.champions("a")
        older = "1" if before == "2" else "2"
        newest = three.train("a", 0.9)
        plans = [three.plan(f"a/{version}", margin=None) for version in (older, newest)]
        barrier, outcomes = threading.Barrier(2), []

        def promote(plan, barrier=barrier, outcomes=outcomes):
            barrier.wait(timeout=60)
            try:
                three.carry_out(plan)
                outcomes.append(plan.moves[0].now)
            except InputError as error:
                outcomes.append(str(error))

        threads = [threading.Thread(target=promote, args=(plan,)) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [outcome for outcome in outcomes if outcome.isdigit()]
        (lost,) = [outcome for outcome in outcomes if not outcome.isdigit()]
        assert three.champions("a") == won
        assert "another promotion is under way" in lost or f"the champion is version {won[0]} now" in lost


def test_while_the_file_is_locked_nobody_else_promotes(three):
    with exclusive(three.workspace.store), pytest.raises(InputError, match="another promotion is under way"):
        three.promote(*NAMES)
    assert three.champions(*NAMES) == ["1"] * 3


def test_the_record_of_another_machine_is_left_alone_until_told_otherwise(three):
    client = three.client
    run = client.create_run("0")
    before = {three.full(name): "1" for name in NAMES}
    begin(client, PromotionRecord("elsewhere", "ann@far", "2026-01-01", run.info.run_id, before))
    client.set_registered_model_alias(three.full("a"), "champion", "2")
    with pytest.raises(InputError, match="another promotion is under way"):
        begin(client, PromotionRecord("here", "bob@near", "2026-01-02", run.info.run_id, {}))
    with pytest.raises(InputError, match=r"by ann@far since 2026-01-01; .* say takeover=true"):
        three.promote(*NAMES)
    assert three.champions(*NAMES) == ["1"] * 3
    assert three.promote(*NAMES, takeover=True).moves[0].before == "1"
    assert three.champions(*NAMES) == raw_champions(three) == ["2"] * 3
    assert client.get_run(run.info.run_id).info.status == "KILLED"


def test_a_first_champion_that_was_never_valid_is_taken_away(registry):
    registry.train("a")
    client, store = registry.client, registry.workspace.store
    run = client.create_run("0")
    with exclusive(store) as place:
        begin(
            client,
            PromotionRecord(place, "ann@near", "2026-01-01", run.info.run_id, {registry.full("a"): None}),
        )
        client.set_registered_model_alias(registry.full("a"), "champion", "1")
        assert registry.champions("a") == [None]
        settle(client, place)
        settle(client, place)  # without a record it does nothing
    assert "champion" not in client.get_registered_model(registry.full("a")).aliases


def test_a_server_has_its_lock_file_among_the_runs_of_the_home(registry):
    store = Store(registry.home / "mlruns", "http://127.0.0.1:1")
    with exclusive(store) as place:
        assert place
    with exclusive(store) as again:
        assert again == place
    assert promotion_record._lock_file(store).parent == registry.home / "mlruns"
