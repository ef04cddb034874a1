"""Every file of ``conf`` is composed by a command, and every stage of every study composes."""

import itertools
import re

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from ipml.cli import COMMANDS
from ipml.codes import code_names, config_directory
from ipml.config import compose_config, compose_settings, left_open
from ipml.overrides import CODE_KEYS, translate
from ipml.study.graph import plan

CONF = config_directory()
FILES = {str(path.relative_to(CONF).with_suffix("")) for path in CONF.rglob("*.yaml")}
BASES = {"base"}  # files that are part of the others alone
CODES = {f"{kind}/{name}" for kind in CODE_KEYS for name in code_names(kind)}  # read, but never composed
STUDIES = sorted(path.stem for path in (CONF / "study").glob("*.yaml"))


@pytest.fixture(scope="module")
def conf():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


def composed(command: str, *overrides: str) -> tuple[DictConfig, dict[str, str | None]]:
    """Configuration without Hydra's own part, and what was chosen in each group, by the key of its override."""
    config = compose(command, overrides=translate(command, overrides), return_hydra_config=True)
    choices = {
        key: name for key, name in config.hydra.runtime.choices.items() if not key.startswith("hydra/")
    }
    OmegaConf.set_struct(config, False)
    del config["hydra"]
    return config, choices


def resolve(config: DictConfig) -> None:
    """Resolve all values, with something in place of those that a user has to give."""
    for key in left_open(OmegaConf.to_container(config)):
        OmegaConf.update(config, key, "given")
    OmegaConf.to_container(config, resolve=True, throw_on_missing=True)


def walk(command: str, seen: set[str]) -> None:
    """Compose a command until every file of each of its groups, those too that only a choice brings in, was chosen.

    ``seen`` collects the files that were composed; a file in it is not chosen again.
    """
    waiting: list[dict[str, str]] = [{}]
    while waiting:
        chosen = waiting.pop()
        config, choices = composed(command, *(f"{key}={name}" for key, name in chosen.items()))
        resolve(config)
        seen |= {command, *(f"{key.split('@')[0]}/{name}" for key, name in choices.items() if name)}
        unseen = {
            key: sorted(
                {path.stem for path in (CONF / group).glob("*.yaml") if f"{group}/{path.stem}" not in seen}
            )
            for key in choices
            for group in [key.split("@")[0]]
        }
        # A file of each group at a time: no group's files depend on another's, but for those that a choice brings in.
        for files in itertools.zip_longest(*unseen.values()):
            further = {key: name for key, name in zip(unseen, files, strict=True) if name}
            seen |= {f"{key.split('@')[0]}/{name}" for key, name in further.items()}
            waiting.append({**chosen, **further})


@pytest.mark.slow
def test_every_file_is_composed_by_a_command(conf):
    seen = set(BASES)
    for command in sorted(COMMANDS):
        walk(command, seen)
    assert FILES - seen == CODES
    assert seen <= FILES


def test_a_file_that_no_command_composes_is_found(conf):
    seen = set(BASES)
    walk("ingest", seen)
    assert {"source/jsonl", "paths/default"} <= seen
    assert "model/mapping" in FILES - seen


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_composes_with_every_file_of_its_groups(conf, command):
    walk(command, set())


def test_every_command_has_a_file_and_every_file_a_command():
    assert {file for file in FILES if "/" not in file} - BASES == set(COMMANDS)


@pytest.mark.parametrize(
    "study",
    [pytest.param(name, marks=pytest.mark.slow) if name == "specifications" else name for name in STUDIES],
)
def test_every_stage_of_a_study_composes(study):
    config = compose_config("run", [f"study={study}"])
    given = {key: f"given-{key}" for key in config.study if OmegaConf.is_missing(config.study, key)}
    words = [f"study.{key}={value}" for key, value in given.items()]
    stages = plan(compose_settings("run", [f"study={study}", *words]))
    shapes = {}  # one stage of those that differ in nothing but country and firm type
    for stage in stages:
        varied = tuple(re.sub(r"^(country|firm_type)=.*", r"\1", override) for override in stage.overrides)
        shapes.setdefault((stage.command, varied), stage)
    for stage in shapes.values():
        compose_settings(stage.command, stage.overrides)
    told = " ".join(override for stage in stages for override in stage.overrides)
    assert all(value in told for value in given.values()), "a study asks for what none of its stages uses"
