"""What is promoted, what is refused, and what the history says."""

import pytest

from ipml.errors import InputError, LineageError
from ipml.tracking.history import read_history
from ipml.tracking.promotion import carry_out, check_margin, plan_promotion, plan_rollback
from ipml.tracking.registry import ModelReference, find_version


def promote(config, *names, **options):
    plan = plan_promotion(config, names, **options)
    check_margin(plan, config.margin)
    carry_out(config, plan)
    return plan


def roll_back(config, *names):
    plan = plan_rollback(config, names or None)
    carry_out(config, plan)
    return plan


def champions(config, *names):
    found = []
    for name in names:
        try:
            found.append(str(find_version(config, ModelReference(name, "champion")).version))
        except InputError:
            found.append(None)
    return found


def test_the_first_champion_is_compared_with_none_and_the_next_one_must_be_as_good(promote_config, trained):
    config = promote_config("reason=first")
    trained("a", 0.5)
    assert promote(config, "a").moves[0].why == "first champion"
    trained("a", 0.7)
    (move,) = promote(promote_config("margin=0.1"), "a").moves
    assert (move.before, move.now) == ("1", "2")
    assert move.comparison.difference == pytest.approx(0.2)
    assert (move.comparison.low, move.comparison.high) == pytest.approx((0.2, 0.2))  # the same for every unit
    assert champions(config, "a") == ["2"]
    first, second = read_history(config)
    assert (first.number, first.reason, first.margin, first.moves[0].before) == (1, "first", "0", None)
    assert "@" in first.who
    assert (second.margin, second.moves[0].comparison.n) == ("0.1", 40)
    assert second.moves[0].lineage == {"corpus": "c1"}


@pytest.mark.parametrize(
    ("score", "margin", "moves"), [(0.49, 0.0, False), (0.49, -0.02, True), (0.52, 0.05, False)]
)
def test_the_margin_decides_for_all(promote_config, trained, score, margin, moves):
    config = promote_config(f"margin={margin}")
    for name in ("a", "b"):
        trained(name, 0.5)
    promote(config, "a", "b")
    trained("a", score)
    trained("b", 0.9)
    if moves:
        promote(config, "a", "b")
    else:
        with pytest.raises(
            InputError, match=rf"margin={margin:g} is not reached by a: version 2 .* {score:.3f}"
        ):
            promote(config, "a", "b")
    assert champions(config, "a", "b") == (["2", "2"] if moves else ["1", "1"])


def test_without_a_margin_nothing_is_compared(promote_config, trained):
    config = promote_config("margin=null")
    trained("a", 0.5)
    promote(config, "a")
    trained("a", 0.1, corpus="c2")
    assert promote(config, "a").moves[0].why == "not compared"
    assert read_history(config)[-1].margin == "null"


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"corpus": "c2"},
            "version 2 was scored on corpus c2, .*, version 1, on corpus c1; .*margin=null",
        ),
        (
            {"units": ["JP-00", "JP-99"]},
            "scored on 2 units, .* on 40: not the same ones, JP-01 in one of them alone",
        ),
    ],
)
def test_other_held_out_data_is_refused_and_nothing_moves(promote_config, trained, other, message):
    config = promote_config()
    for name in ("a", "b"):
        trained(name)
    promote(config, "a", "b")
    trained("a", 0.9, **other)
    trained("b", 0.9)
    with pytest.raises(InputError, match=message):
        promote(config, "b", "a")
    assert champions(config, "a", "b") == ["1", "1"]
    assert len(read_history(config)) == 1


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "missing"], "model=missing: not in the registry .* it has: a"),
        (["a/7"], "model=a: no 7; versions: 1"),
        (["a", "a/1"], "a stands there twice"),
        (["other.a"], "say namespace=other"),
    ],
)
def test_a_wrong_name_is_refused(promote_config, trained, names, message):
    config = promote_config()
    trained("a")
    with pytest.raises(InputError, match=message):
        promote(config, *names)
    assert champions(config, "a") == [None]


def test_an_older_version_can_be_promoted_by_its_number(promote_config, trained):
    config = promote_config("margin=null")
    for _ in range(2):
        trained("a")
    promote(config, "a")
    promote(config, "a/1")
    assert champions(config, "a") == ["1"]


def test_the_models_of_one_study_must_be_made_from_one_another(promote_config, trained):
    config = promote_config("margin=null")
    trained("a")
    trained("b", lineage={"a": "1"})
    promote(config, "a", "b", one_lineage=True)
    trained("a")
    with pytest.raises(LineageError, match="made with a 2 but b version 1 with a 1"):
        promote(config, "a", "b", one_lineage=True)
    assert champions(config, "a", "b") == ["1", "1"]


def test_rolled_back_twice(promote_config, trained):
    config = promote_config("margin=null")
    trained("a")
    trained("b")
    promote(config, "a")
    trained("a")
    promote(config, "a", "b")
    trained("a")
    promote(config, "a")
    assert champions(config, "a", "b") == ["3", "1"]
    roll_back(config)
    assert champions(config, "a", "b") == ["2", "1"]
    roll_back(config)
    assert champions(config, "a", "b") == ["1", None]
    promote(config, "a", "b")
    roll_back(config, "b")
    assert champions(config, "a", "b") == ["3", None]
    roll_back(config)
    assert champions(config, "a", "b") == ["1", None]
    roll_back(config)
    assert champions(config, "a", "b") == [None, None]
    with pytest.raises(InputError, match="no promotion to take back"):
        roll_back(config)
    actions = [entry.action for entry in read_history(config)]
    assert actions == ["promote"] * 3 + ["rollback"] * 2 + ["promote"] + ["rollback"] * 3


def test_a_plan_moves_nothing(promote_config, trained, home):
    config = promote_config()
    trained("a", 0.5)
    promote(config, "a")
    trained("a", 0.7)
    database = home / "mlruns" / "mlflow.db"
    before = database.read_bytes()
    assert plan_promotion(config, ["a"]).moves[0].comparison.difference == pytest.approx(0.2)
    assert plan_rollback(config, None).moves[0].now is None
    assert database.read_bytes() == before


def test_a_champion_that_is_not_the_one_compared_any_more(promote_config, trained):
    config = promote_config("margin=null")
    trained("a")
    promote(config, "a")
    trained("a")
    plan = plan_promotion(config, ["a"])
    trained("a")
    promote(config, "a")
    with pytest.raises(
        InputError, match=r"a: the champion is version 3 now, made so by \S+ at .*, not version 1"
    ):
        carry_out(config, plan)
    assert champions(config, "a") == ["3"]


def test_a_run_without_held_out_scores_is_named(promote_config, trained, home):
    config = promote_config()
    trained("a")
    promote(config, "a")
    trained("a")
    for file in list((home / "mlruns" / "artifacts").rglob("held_out.parquet")):
        file.unlink()
    with pytest.raises(InputError, match="no table 'held_out'"):
        promote(config, "a")


@pytest.mark.parametrize(
    "override", ["margin=3", "margin=.nan", "resamples=0", "level=1", f"reason={'x' * 1001}"]
)
def test_settings_out_of_range(promote_config, trained, override):
    trained("a")
    with pytest.raises(InputError, match=override.split("=")[0]):
        promote(promote_config(override), "a")
