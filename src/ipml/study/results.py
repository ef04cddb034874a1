"""What the stages of a study gave: asked of MLflow when they end, remembered in files of the study's folder."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, open_dict

from ipml.errors import InputError
from ipml.files import read_json, write_json
from ipml.tracking.registry import CHALLENGER
from ipml.tracking.runs import STAGE_TAG, VERSION_TAG
from ipml.tracking.store import connect, experiment_id

STUDY_TAG = "ipml.study"
CALL_TAG = "ipml.study_call"  # one call of one stage
NAME_TAG = "ipml.name"


@dataclass(frozen=True)
class StageResult:
    """The newest MLflow run that a stage made, and the version of the model where it registered one.

    Attributes
    ----------
    key
        Names the result: two with the same are the same to the stages that need it.
    stage, name
        Stage and name of the run, by which later stages find the newest; empty without a run.
    """

    key: str
    run: str = ""
    stage: str = ""
    name: str = ""
    version: str = ""


@dataclass(frozen=True)
class StageRecord:
    """A finished stage: what it was made from, what it gave, how long it took.

    Attributes
    ----------
    settings, data, code
        Hashes of its configuration, its corpus and the program.
    needs
        Results of the stages it needs, by their labels.
    left_out
        Why its group was left out; empty if it was not.
    """

    settings: str
    data: str
    code: str
    needs: dict[str, str]
    result: StageResult
    seconds: float
    left_out: str = ""


class StudyState:
    """Records of finished stages, and the memory that stages took, by label; every change is on disk at once."""

    def __init__(self, folder: Path) -> None:
        self._records_file, self._memory_file = folder / "state.json", folder / "memory.json"
        found = {label: _record(entry) for label, entry in _read(self._records_file).items()}
        self.records = {label: record for label, record in found.items() if record is not None}
        self.memory: dict[str, float] = _read(self._memory_file)

    def finish(self, label: str, record: StageRecord) -> None:
        """Remember a finished stage."""
        self.records[label] = record
        write_json(self._records_file, {label: asdict(record) for label, record in self.records.items()})

    def remember_memory(self, label: str, gigabytes: float) -> None:
        """Remember the memory that a stage took, to plan with the next time."""
        self.memory[label] = round(gigabytes, 3)
        write_json(self._memory_file, self.memory)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = read_json(path)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as JSON ({error}); restart=true begins anew") from error
    return content if isinstance(content, dict) else {}


def _record(entry: Mapping[str, Any]) -> StageRecord | None:
    """Read a record; None for one of an older version, which is as if the stage had never run."""
    try:
        return StageRecord(**{**entry, "result": StageResult(**entry["result"])})
    except (TypeError, KeyError):
        return None


def prepare(config: DictConfig) -> None:
    """Make the database and the experiment, before several processes write to them at once."""
    experiment_id(connect(config), config)


def tag_call(config: DictConfig, study: str) -> tuple[DictConfig, str]:
    """Configuration of one call of a stage, whose runs carry the call's id and the study's name."""
    call = uuid.uuid4().hex
    config = config.copy()
    with open_dict(config):
        config.tracking.tags = {**config.tracking.get("tags", {}), "study": study, "study_call": call}
    return config, call


def result_of(config: DictConfig, call: str, otherwise: str) -> StageResult:
    """Run, and version of the model, that a call of a stage made.

    A retrained model that is the same to the byte keeps its version, so what was made of it is kept as well.

    Parameters
    ----------
    otherwise
        Names the result of a stage that makes no run.
    """
    client = connect(config)
    runs = client.search_runs(
        [experiment_id(client, config)],
        f"tags.`{CALL_TAG}` = '{call}' and attributes.status = 'FINISHED'",
        order_by=["attributes.end_time DESC"],
        max_results=1,
    )
    if not runs:
        return StageResult(otherwise)
    run, tags = runs[0], runs[0].data.tags
    name, version = tags[NAME_TAG], tags.get(VERSION_TAG, "")
    return StageResult(
        f"{name}/{version}" if version else run.info.run_id, run.info.run_id, tags[STAGE_TAG], name, version
    )


def is_newest(config: DictConfig, result: StageResult) -> bool:
    """Whether a later stage would read this: the challenger of its name, or the newest finished run."""
    client = connect(config)
    if result.version:
        models = client.search_registered_models(f"name = '{result.name}'")
        return any(str(model.aliases.get(CHALLENGER)) == result.version for model in models)
    runs = client.search_runs(
        [experiment_id(client, config)],
        f"tags.`{STAGE_TAG}` = '{result.stage}' and tags.`{NAME_TAG}` = '{result.name}' "
        f"and tags.`ipml.namespace` = '{config.namespace}' and attributes.status = 'FINISHED'",
        order_by=["attributes.end_time DESC"],
        max_results=1,
    )
    return [run.info.run_id for run in runs] == [result.run]


def close_killed(config: DictConfig, study: str) -> None:
    """Mark runs of the study that a kill has left open; nobody else runs this study now."""
    client = connect(config)
    for run in client.search_runs(
        [experiment_id(client, config)], f"tags.`{STUDY_TAG}` = '{study}' and attributes.status = 'RUNNING'"
    ):
        client.set_terminated(run.info.run_id, "KILLED")
