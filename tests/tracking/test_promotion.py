"""What is promoted, what is refused, and what the history says."""

import pytest

from ipml.cli import main
from ipml.errors import InputError, LineageError


def test_the_first_champion_is_compared_with_none_and_the_next_one_must_be_as_good(registry):
    registry.train("a", 0.5)
    assert registry.promote("a", reason="first").moves[0].why == "first champion"
    registry.train("a", 0.7)
    (move,) = registry.promote("a", margin=0.1).moves
    assert (move.before, move.now) == ("1", "2")
    assert move.comparison.difference == pytest.approx(0.2)
    assert (move.comparison.low, move.comparison.high) == pytest.approx((0.2, 0.2))  # the same for every unit
    assert registry.champions("a") == ["2"]
    first, second = registry.history()
    assert (first.number, first.reason, first.margin, first.moves[0].before) == (1, "first", "0", None)
    assert "@" in first.who
    assert second.moves == (move,)
    assert (second.margin, second.moves[0].comparison.n) == ("0.1", 40)
    assert second.moves[0].lineage == {"corpus": "c1"}


@pytest.mark.parametrize(
    ("score", "margin", "moves"), [(0.49, 0.0, False), (0.49, -0.02, True), (0.52, 0.05, False)]
)
def test_the_margin_decides_for_all(registry, score, margin, moves):
    for name in ("a", "b"):
        registry.train(name, 0.5)
    registry.promote("a", "b")
    registry.train("a", score)
    registry.train("b", 0.9)
    if moves:
        registry.promote("a", "b", margin=margin)
    else:
        with pytest.raises(
            InputError, match=rf"={margin:g} is not reached by \S*a: version 2 .* {score:.3f}"
        ):
            registry.promote("a", "b", margin=margin)
    assert registry.champions("a", "b") == (["2", "2"] if moves else ["1", "1"])
    assert len(registry.history()) == (2 if moves else 1)


def test_without_a_margin_nothing_is_compared(registry):
    registry.train("a", 0.5)
    registry.promote("a")
    registry.train("a", 0.1, corpus="c2")
    assert registry.promote("a", margin=None).moves[0].why == "not compared"
    assert registry.history()[-1].margin == "null"


def test_what_is_champion_already_makes_no_history(registry):
    registry.train("a")
    registry.promote("a")
    assert registry.promote("a").moves[0].why == "is the champion already"
    assert len(registry.history()) == 1


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"corpus": "c2"}, "version 2 was scored on corpus c2, .*, version 1, on corpus c1; .*margin=null"),
        (
            {"units": ["JP-00", "JP-99"]},
            "on 2 units, .* on 40: not the same ones, JP-01 in one of them alone",
        ),
    ],
)
def test_other_held_out_data_is_refused_and_nothing_moves(registry, other, message):
    for name in ("a", "b"):
        registry.train(name)
    registry.promote("a", "b")
    registry.train("a", 0.9, **other)
    registry.train("b", 0.9)
    with pytest.raises(InputError, match=message):
        registry.promote("b", "a")
    assert registry.champions("a", "b") == ["1", "1"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "missing"], r"model=\S*missing: not in the registry .* it has: "),
        (["a/7"], r"model=\S*a: no 7; versions: 1"),
        (["a@gold"], r"model=\S*a: no gold; versions: 1; aliases: challenger"),
        (["a", "a/1"], "a stands there twice"),
    ],
)
def test_a_wrong_name_is_refused(registry, names, message):
    registry.train("a")
    with pytest.raises(InputError, match=message):
        registry.promote(*names)
    assert registry.champions("a") == [None]


def test_a_model_of_another_namespace_is_refused(registry):
    name = registry.full("a")
    registry.train("a")
    registry.namespace = ""
    with pytest.raises(InputError, match=f"models={name}: of the namespace .* say namespace="):
        registry.promote(name)


def test_an_older_version_can_be_promoted_by_its_number(registry):
    for score in (0.6, 0.5):
        registry.train("a", score)
    registry.promote("a")
    registry.promote("a/1")
    assert registry.champions("a") == ["1"]


def test_the_models_of_one_study_must_be_made_from_one_another(registry):
    registry.train("a")
    registry.train("b", a="1")
    registry.promote("a", "b", one_lineage=True)
    registry.train("a")
    with pytest.raises(LineageError, match=r"made with \S*a 2 but \S*b version 1 with \S*a 1"):
        registry.promote("a", "b", one_lineage=True)
    assert registry.champions("a", "b") == ["1", "1"]


@pytest.mark.slow
def test_rolled_back_twice_and_further(registry):
    for name in ("a", "b"):
        registry.train(name)
    registry.promote("a")
    registry.train("a")
    registry.promote("a", "b")
    registry.train("a")
    registry.promote("a")
    assert registry.champions("a", "b") == ["3", "1"]
    registry.roll_back()
    assert registry.champions("a", "b") == ["2", "1"]
    registry.roll_back()
    assert registry.champions("a", "b") == ["1", None]
    registry.promote("a", "b")
    registry.roll_back("b")
    assert registry.champions("a", "b") == ["3", None]
    registry.roll_back()
    assert registry.champions("a", "b") == ["1", None]
    registry.roll_back()
    assert registry.champions("a", "b") == [None, None]
    for names in ((), ("b",)):
        with pytest.raises(InputError, match=r"no promotion .*to take back"):
            registry.roll_back(*names)
    actions = [entry.action for entry in registry.history()]
    assert actions == ["promote"] * 3 + ["rollback"] * 2 + ["promote"] + ["rollback"] * 3


def test_a_plan_moves_nothing(registry):
    registry.train("a", 0.5)
    registry.promote("a")
    registry.train("a", 0.7)
    database = registry.home / "mlruns" / "mlflow.db"
    before = database.read_bytes()
    assert registry.plan("a").moves[0].comparison.difference == pytest.approx(0.2)
    assert registry.plan_rollback().moves[0].now is None
    assert database.read_bytes() == before


def test_a_champion_that_is_not_the_one_compared_any_more(registry):
    registry.train("a")
    registry.promote("a")
    registry.train("a")
    plan = registry.plan("a")
    registry.train("a")
    registry.promote("a")
    with pytest.raises(
        InputError, match=r"the champion is version 3 now, made so by \S+@.* at .*, not version 1"
    ):
        registry.carry_out(plan)
    assert registry.champions("a") == ["3"]


def test_a_table_that_is_gone_is_named(registry):
    registry.train("a")
    registry.promote("a")
    registry.train("a")
    for file in list(registry.home.rglob("held_out.parquet")):
        file.unlink()
    with pytest.raises(InputError, match="no table 'held_out'"):
        registry.promote("a")


@pytest.mark.parametrize(
    ("key", "value"),
    [("margin", 3.0), ("margin", float("nan")), ("resamples", 0), ("level", 1.0), ("reason", "x" * 1001)],
)
def test_settings_out_of_range(key, value, home, capsys):
    assert main(["promote", f"{key}={value}"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {key}")
