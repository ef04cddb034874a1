"""The stages of a study in order, each skipped when its configuration, inputs and code are unchanged."""

import functools
import importlib
import itertools
import json
import re
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

import ipml
from ipml.cli.corpora import open_data
from ipml.config import compose_config
from ipml.console import console, progress
from ipml.errors import GroupTooSmallError, InputError
from ipml.files import read_json, short_hash, write_json
from ipml.tracking.runs import tracking_uri


@dataclass(frozen=True)
class Stage:
    """A command of a study with the overrides it is called with."""

    command: str
    overrides: tuple[str, ...]
    label: str


def plan(config: DictConfig) -> list[Stage]:
    """Stages of a study in order: a stage with ``each`` stands once for every combination of its values.

    A label that comes again is numbered, as ``evaluate #2``.
    """
    everywhere = [*config.study.overrides, *config.overrides]
    stages: list[Stage] = []
    for entry in config.study.stages:
        common = list(entry.get("overrides", []))
        for combination in _combinations(entry.get("each", {})):
            own = [*common, *combination]
            fitting = [o for o in everywhere if _top_key(o) in _top_keys(entry.command)]
            label = " ".join([entry.command, *own])
            # A study may come back to a stage: what it kept of the first time is not for the second.
            again = sum(stage.label.split(" #")[0] == label for stage in stages)
            label += f" #{again + 1}" if again else ""
            stages.append(Stage(entry.command, (*fitting, *own), label))
    return stages


def run_study(config: DictConfig) -> None:
    """Run a study; killed or failed, the same command goes on after the last finished stage.

    Raises
    ------
    InputError
        If a stage cannot run; the stages finished before it are kept.
    """
    stages = plan(config)
    started = time.monotonic()
    folder = Path(config.paths.runs) / f"study-{config.study.name}"
    if config.restart and folder.exists():
        shutil.rmtree(folder)
    state_file = folder / "state.json"
    finished: dict[str, dict[str, str]] = read_json(state_file) if state_file.is_file() else {}
    key = code_fingerprint()
    left_out: list[str] = []
    with progress(f"study {config.study.name}", len(stages)) as step:
        for stage in stages:
            stage_config = compose_config(stage.command, stage.overrides)
            for shared in ("paths", "seed", "namespace", "tracking"):
                stage_config[shared] = config[shared]
            key = short_hash(
                key, json.dumps(OmegaConf.to_container(stage_config, resolve=True)), _corpus(stage_config)
            )
            before = finished.get(stage.label, {})
            # The last stage prints the study's result and takes seconds, so it always runs.
            if before.get("key") == key and stage is not stages[-1]:
                console.print(f"[dim]kept      {stage.label}[/dim]", highlight=False)
            else:
                before = _run_stage(stage, stage_config, key)
                finished[stage.label] = before
                write_json(state_file, finished)
            if reason := before.get("left_out"):
                left_out.append(reason)
            step.advance()
    _print_summary(config, time.monotonic() - started, left_out)


def code_fingerprint() -> str:
    """Hash of the package's source, so that a changed program does not reuse old results."""
    root = Path(ipml.__file__).parent
    return short_hash(*(path.read_bytes() for path in sorted(root.rglob("*.py"))))


def _run_stage(stage: Stage, config: DictConfig, key: str) -> dict[str, str]:
    begun = time.monotonic()
    try:
        importlib.import_module(f"ipml.cli.{stage.command}").run(config)
    except GroupTooSmallError as error:
        console.print(f"left out  {stage.label}: {error}", highlight=False, markup=False)
        return {"key": key, "left_out": str(error)}
    except InputError as error:
        raise InputError(
            f"stage `{stage.label}`: {error} (finished stages are kept: run the same command again)"
        ) from error
    console.print(
        f"done      {stage.label} ({time.monotonic() - begun:.1f} s)", highlight=False, markup=False
    )
    return {"key": key}


def _corpus(config: DictConfig) -> str:
    return open_data(config).info.hash if "data" in config else ""


def _combinations(each: DictConfig | dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    names = [str(name) for name in each]
    for values in itertools.product(*each.values()):
        yield tuple(f"{name}={value}" for name, value in zip(names, values, strict=True))


@functools.cache
def _top_keys(command: str) -> frozenset[str]:
    return frozenset(str(key) for key in compose_config(command))


def _top_key(override: str) -> str:
    """First part of an override's key: a study-wide override goes only to commands that have it."""
    return re.split(r"[=.@/]", override.lstrip("+~"), maxsplit=1)[0]


def _print_summary(config: DictConfig, seconds: float, left_out: list[str]) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for reason in left_out:
        console.print(f"left out: {reason}", highlight=False, markup=False)
    console.print(f"study {config.study.name}: {seconds:.0f} s, peak memory {peak:.2f} GiB", highlight=False)
    console.print(f"runs: {config.paths.runs}", highlight=False, soft_wrap=True)
    console.print(
        f"open them: mlflow ui --backend-store-uri {tracking_uri(config)}, then http://127.0.0.1:5000",
        highlight=False,
        soft_wrap=True,
    )
