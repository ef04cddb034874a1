"""Studies of stages that only say that they ran, in this process."""

import functools
import json

import pytest
from omegaconf import OmegaConf

import ipml.study.runner
from ipml.config import compose_config, compose_settings, read_settings
from ipml.errors import GroupTooSmallError, InputError
from ipml.files import locked
from ipml.study.results import StageResult
from ipml.study.runner import run_study
from ipml.tracking import Workspace

STAGES = [
    {
        "name": "model",
        "command": "train",
        "each": {"country": ["JP", "CN"]},
        "overrides": ["model=dual_attn"],
    },
    {"command": "vectors", "each": {"country": ["JP"]}, "overrides": [], "needs": ["model"]},
    {"command": "evaluate", "needs": ["vectors", "model"]},
]
LABELS = [
    "train model=dual_attn country=JP",
    "train model=dual_attn country=CN",
    "vectors country=JP",
    "evaluate",
]


class Commands:
    """Stages that say that they ran; one fails with the error that ``fail`` holds for its command."""

    def __init__(self, tracked=False):
        self.ran, self.settings, self.fail, self.corpus, self.tracked = [], [], {}, "c1", tracked

    def __call__(self, command, settings):
        if command in self.fail:
            raise self.fail[command]
        self.ran.append(command)
        self.settings.append(settings)
        if self.tracked:
            country = settings.country.name if hasattr(settings, "country") else "all"
            with Workspace(settings).start_run(command, f"{command}-{country}"):
                pass

    def run(self, config):
        """Commands that a run of the study called."""
        self.ran.clear()
        self.settings.clear()
        settings = read_settings(config, "run")
        run_study(settings, Workspace(settings), self, lambda settings: self.corpus)
        return list(self.ran)


@functools.cache
def _run_config():
    return compose_config("run", ["workers=1"])


@functools.cache
def _composed(command, overrides, fixed):
    return compose_settings(command, overrides, json.loads(fixed))


@pytest.fixture(autouse=True)
def composed_once(monkeypatch):
    """Composing a configuration takes a tenth of a second, and these tests ask for few different ones."""

    def composed(command, overrides, fixed):
        plain = {
            key: getattr(value, "model_dump", lambda value=value: value)() for key, value in fixed.items()
        }
        return _composed(command, overrides, json.dumps(plain))

    monkeypatch.setattr("ipml.study.graph.compose_settings", composed)


@pytest.fixture
def commands(monkeypatch):
    """Commands without runs; no database is asked, which would take most of the time."""
    for name in ("prepare", "close_killed"):
        monkeypatch.setattr(f"ipml.study.results.{name}", lambda *given: None)
    monkeypatch.setattr(
        "ipml.study.results.result_of", lambda workspace, call, otherwise: StageResult(otherwise)
    )
    return Commands()


@pytest.fixture
def tracked():
    """Commands that each make a run."""
    return Commands(tracked=True)


@pytest.fixture
def config(home):
    study = {"name": "tiny", "overrides": ["seed=3"], "stages": STAGES}
    return OmegaConf.merge(_run_config(), {"study": study})


def test_a_second_run_repeats_only_the_last_stage(config, commands):
    assert commands.run(config) == ["train", "train", "vectors", "evaluate"]
    assert [c.country.name for c in commands.settings[:3]] == ["JP", "CN", "JP"]
    assert commands.run(config) == ["evaluate"]


@pytest.mark.parametrize("change", ["seed", "corpus", "code", "restart"])
def test_what_changed_runs_again(config, commands, monkeypatch, change):
    commands.run(config)
    if change == "seed":
        config.seed = 8
    elif change == "restart":
        config.restart = True
    elif change == "corpus":
        commands.corpus = "c2"
    else:
        monkeypatch.setattr(ipml.study.runner, "code_fingerprint", lambda: "another program")
    assert commands.run(config) == ["train", "train", "vectors", "evaluate"]


def test_a_change_of_one_country_leaves_the_other_alone(config, commands):
    commands.run(config)
    config.study.stages[1].overrides = ["sif_constant=0.1"]
    assert commands.run(config) == ["vectors", "evaluate"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda config, overrides: config.study.stages[1].update(overrides=overrides),
        lambda config, overrides: config.update(overrides=overrides),
    ],
    ids=["another label", "the same label"],
)
def test_a_choice_that_is_taken_back_is_made_again_where_something_newer_lies(config, tracked, change):
    """A, then B, then A: later stages read the newest finished run."""
    for constant in ("0.1", "0.2", "0.1"):
        change(config, [f"sif_constant={constant}"])
        assert "vectors" in tracked.run(config)
        assert tracked.settings[-2].sif_constant == float(constant)
    assert tracked.run(config) == ["evaluate"]


@pytest.mark.slow
def test_a_result_made_by_hand_in_between_does_not_take_the_place_of_the_studys(config, tracked):
    tracked.run(config)
    tracked("vectors", compose_settings("vectors", ["country=JP", "calibrated=false"]))
    assert tracked.run(config) == ["vectors", "evaluate"]
    tracked("vectors", compose_settings("vectors", ["country=US"]))
    assert tracked.run(config) == ["evaluate"]


def test_a_failed_stage_keeps_the_others_and_stops_only_what_needs_it(config, commands, capsys):
    commands.fail = {"vectors": InputError("vectors.path=x: no such file")}
    config.study.stages.append({"command": "registry", "needs": ["model"]})
    pattern = r"^stage `vectors country=JP`: .*no such file; not run because of that: `evaluate` .*run the same command"
    with pytest.raises(InputError, match=pattern):
        commands.run(config)
    assert commands.ran == ["train", "train", "registry"]
    assert "failed    vectors country=JP: vectors.path=x" in capsys.readouterr().out
    commands.fail = {}
    assert commands.run(config) == ["vectors", "evaluate", "registry"]


def test_a_crash_is_one_line_and_the_traceback_is_kept(config, commands, home):
    commands.fail = {"vectors": RuntimeError("out of\norder")}
    with pytest.raises(InputError, match="RuntimeError: out of order") as error:
        commands.run(config)
    assert "\n" not in str(error.value)
    (log,) = (home / "runs" / "study-tiny" / "logs").iterdir()
    assert "Traceback" in log.read_text()


def test_a_group_that_is_too_small_is_left_out_by_name_every_time(config, commands, capsys):
    commands.fail = {"vectors": GroupTooSmallError("JP multinational: 3 firms, 30 needed")}
    for _ in range(2):
        commands.run(config)
        assert "left out: JP multinational: 3 firms" in " ".join(capsys.readouterr().out.split())


def test_an_interrupted_study_has_written_what_it_finished(config, commands, home):
    commands.fail = {"vectors": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        commands.run(config)
    saved = json.loads((home / "runs" / "study-tiny" / "state.json").read_text())
    assert sorted(saved) == sorted(LABELS[:2])


def test_a_kill_between_the_end_of_a_stage_and_its_record_runs_it_again(config, tracked, monkeypatch):

    def killed(state, label, record):
        if label == "vectors country=JP":
            raise KeyboardInterrupt
        finish(state, label, record)

    finish = ipml.study.runner.StudyState.finish
    monkeypatch.setattr(ipml.study.runner.StudyState, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        tracked.run(config)
    monkeypatch.setattr(ipml.study.runner.StudyState, "finish", finish)
    assert tracked.run(config) == ["vectors", "evaluate"]


def test_runs_that_a_kill_left_open_are_closed(config, tracked):
    tracked.run(config)
    client = Workspace(config).client
    (experiment,) = (found.experiment_id for found in client.search_experiments() if found.name == "ipml")
    left = client.create_run(experiment, tags={"ipml.study": "tiny"}).info.run_id
    other = client.create_run(experiment, tags={"ipml.study": "another"}).info.run_id
    tracked.run(config)
    assert client.get_run(left).info.status == "KILLED"
    assert client.get_run(other).info.status == "RUNNING"


@pytest.mark.parametrize(
    ("options", "ran"),
    [
        ({"only": ["model"]}, ["train", "train"]),
        ({"only": "vectors"}, ["train", "vectors"]),
        ({"only": [LABELS[1]]}, ["train"]),
    ],
)
def test_only_runs_what_is_named_and_what_it_needs(config, commands, options, ran):
    assert commands.run(OmegaConf.merge(config, options)) == ran
    assert len(commands.run(config)) == 4 - len(ran)


def test_from_runs_a_stage_and_all_that_depends_on_it_again(config, commands):
    commands.run(config)
    assert commands.run(OmegaConf.merge(config, {"from": "vectors"})) == ["vectors", "evaluate"]
    assert commands.run(OmegaConf.merge(config, {"from": [LABELS[0]]})) == ["train", "vectors", "evaluate"]


def test_a_stage_that_runs_again_and_gives_the_same_leaves_what_needs_it_alone(config, commands):
    """As a retrained model that keeps its version; here, without runs, a result is named by what it was made from."""
    commands.run(config)
    config.study.stages.append({"command": "registry", "needs": ["evaluate"]})
    commands.run(config)
    config["from"] = "vectors"
    config.study.stages[2].needs = ["model"]
    state = config.copy()
    assert commands.run(state) == ["vectors", "evaluate", "registry"]


def test_a_dry_run_says_what_would_run_and_why_and_touches_nothing(config, commands, home, capsys):
    commands.run(config)
    capsys.readouterr()
    config.overrides, config.dry_run = ["sif_constant=0.1"], True
    before = (home / "runs" / "study-tiny" / "state.json").read_bytes()
    assert commands.run(config) == []
    printed = capsys.readouterr().out
    for line in (
        "keep",
        "config changed",
        "prints the study's result",
        "2 of 4 stages would run, 2 are kept",
    ):
        assert line in printed, line
    assert (home / "runs" / "study-tiny" / "state.json").read_bytes() == before


def test_a_study_runs_once_at_a_time_and_a_lock_of_a_dead_process_does_not_count(config, commands, home):
    lock = home / "runs" / "study-tiny" / "lock"
    with locked(lock), pytest.raises(InputError, match=r"study tiny: process \d+ is running it") as error:
        commands.run(config)
    assert "\n" not in str(error.value)
    lock.write_text("999999\n")
    assert commands.run(config)[-1] == "evaluate"


def test_the_inputs_of_a_stage_are_what_the_command_line_would_give(config, commands):
    commands.run(config)
    by_hand, given = compose_settings("vectors", ["country=JP", f"seed={config.seed}"]), commands.settings[2]
    assert set(given.tracking.tags) == {"study", "study_call"}
    assert given.model_copy(update={"tracking": by_hand.tracking}) == by_hand


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"workers": 0}, "workers=0: allowed: auto, or a whole number"),
        ({"workers": "two"}, "workers=two: allowed"),
        ({"memory": -1}, "memory=-1: allowed: auto, or a number of GiB above 0"),
        ({"memory": "4G"}, "memory=4G: allowed"),
        ({"only": ["mapping"]}, "only=mapping: not a choice; allowed: model, vectors, evaluate"),
        ({"from": "train"}, "from=train: not a choice"),
    ],
)
def test_mistakes_are_said_in_one_line(config, commands, option, message):
    with pytest.raises(InputError, match=message):
        commands.run(OmegaConf.merge(config, option))
    assert commands.ran == []


def test_a_broken_state_file_is_named(config, commands, home):
    commands.run(config)
    (home / "runs" / "study-tiny" / "state.json").write_text('{"evalu')
    with pytest.raises(InputError, match=r"state\.json: not readable as JSON"):
        commands.run(config)
