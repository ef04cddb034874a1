"""The study runner, with stages that only say that they ran."""

import json

import ipml.cli.study
import pytest
from ipml.cli.study import plan, run_study
from omegaconf import OmegaConf

from ipml.config import compose_config
from ipml.errors import GroupTooSmallError, InputError

STAGES = [
    {"command": "train", "each": {"country": ["JP", "CN"]}, "overrides": ["model=dual_attn"]},
    {"command": "vectors", "each": {"country": ["JP"]}},
    {"command": "evaluate"},
]


@pytest.fixture
def ran(monkeypatch):
    """Configurations of the stages that ran; a stage fails with the error that `fail` holds for its command."""
    configs = []
    monkeypatch.setattr(ipml.cli.study, "_corpus", lambda config: ran_state["corpus"])
    ran_state = {"corpus": "c1", "fail": {}}

    def stage(command):
        def run(config):
            if command in ran_state["fail"]:
                raise ran_state["fail"][command]
            configs.append((command, config))

        return run

    for command in ("train", "vectors", "evaluate"):
        monkeypatch.setattr(f"ipml.cli.{command}.run", stage(command))
    return configs, ran_state


@pytest.fixture
def config(home):
    study = {"name": "tiny", "overrides": ["seed=3"], "stages": STAGES}
    return OmegaConf.merge(compose_config("run"), {"study": study})


def commands(configs):
    return [command for command, _ in configs]


def test_each_gives_every_combination_and_study_wide_overrides_go_where_they_fit(config):
    config.overrides = ["language=en", "data.world.seed=4"]
    stages = plan(config)
    assert [stage.label for stage in stages] == [
        "train model=dual_attn country=JP",
        "train model=dual_attn country=CN",
        "vectors country=JP",
        "evaluate",
    ]
    assert "language=en" in stages[0].overrides
    assert "language=en" not in stages[-1].overrides
    assert all("data.world.seed=4" in stage.overrides for stage in stages)


def test_a_stage_that_comes_again_is_kept_apart_from_the_first(config, ran):
    config.study.stages = [*STAGES, STAGES[1], STAGES[2]]
    assert [stage.label for stage in plan(config)][2:] == [
        "vectors country=JP", "evaluate", "vectors country=JP #2", "evaluate #2",
    ]  # fmt: skip
    run_study(config)
    run_study(config)
    assert commands(ran[0]) == ["train", "train", "vectors", "evaluate", "vectors", "evaluate", "evaluate"]


def test_the_specifications_evaluate_after_every_choice_and_end_with_the_curve():
    labels = [stage.label for stage in plan(compose_config("run", ["study=specifications"]))]
    assert len(labels) == len(set(labels))
    assert sum(label.startswith("evaluate") for label in labels) == 12
    assert labels[-1] == "specification_curve pair=['JP-established', 'US-established']"


def test_the_demo_is_the_whole_method():
    labels = [stage.label for stage in plan(compose_config("run", ["study=demo"]))]
    assert sum("model=dual_attn" in label for label in labels) == 3
    assert sum("model=alignment" in label for label in labels) == 2
    assert sum("model=mapping" in label for label in labels) == 9
    assert labels[-2:] == ["promote margin=null", "evaluate"]


def test_a_second_run_repeats_only_the_last_stage(config, ran):
    configs, _ = ran
    run_study(config)
    assert commands(configs) == ["train", "train", "vectors", "evaluate"]
    assert configs[1][1].country.name == "CN"
    run_study(config)
    assert commands(configs)[4:] == ["evaluate"]


@pytest.mark.parametrize("change", ["seed", "corpus", "code", "restart"])
def test_what_changed_runs_again(config, ran, monkeypatch, change):
    configs, state = ran
    run_study(config)
    configs.clear()
    if change == "seed":
        config.seed = 8
    elif change == "restart":
        config.restart = True
    elif change == "corpus":
        state["corpus"] = "c2"
    else:
        monkeypatch.setattr(ipml.cli.study, "code_fingerprint", lambda: "another program")
    run_study(config)
    assert commands(configs) == ["train", "train", "vectors", "evaluate"]


def test_a_failed_stage_keeps_the_finished_ones(config, ran):
    configs, state = ran
    state["fail"] = {"vectors": InputError("vectors.path=x: no such file")}
    with pytest.raises(InputError, match=r"vectors country=JP.*no such file.*run the same command again"):
        run_study(config)
    state["fail"] = {}
    configs.clear()
    run_study(config)
    assert commands(configs) == ["vectors", "evaluate"]


def test_a_group_that_is_too_small_is_left_out_by_name_every_time(config, ran, capsys):
    _, state = ran
    state["fail"] = {"vectors": GroupTooSmallError("JP multinational: 3 firms, 30 needed")}
    for _ in range(2):
        run_study(config)
        assert "left out: JP multinational: 3 firms" in " ".join(capsys.readouterr().out.split())


def test_a_killed_study_has_written_what_it_finished(config, ran, home):
    _, state = ran
    state["fail"] = {"vectors": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        run_study(config)
    saved = json.loads((home / "runs" / "study-tiny" / "state.json").read_text())
    assert list(saved) == ["train model=dual_attn country=CN", "train model=dual_attn country=JP"]


def test_the_real_inputs_of_a_stage_are_what_the_command_line_would_give(config, ran):
    configs, _ = ran
    run_study(config)
    by_hand = compose_config("vectors", ["country=JP"])
    by_hand.seed = config.seed
    assert OmegaConf.to_container(configs[2][1], resolve=True) == OmegaConf.to_container(
        by_hand, resolve=True
    )
