"""What the stages of a study gave: asked of MLflow when they end, remembered in files of the study's folder."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ipml.errors import InputError, NotRecordedError, NotRegisteredError
from ipml.files import read_json, write_json
from ipml.settings import CommandSettings
from ipml.tracking import ModelReference, Workspace
from ipml.tracking.registry import CHALLENGER
from ipml.tracking.runs import STAGE, VERSION

STUDY, CALL = "study", "study_call"  # tags of runs: the study, and one call of one stage


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


def prepare(workspace: Workspace) -> None:
    """Make the database and the experiment, before several processes write to them at once."""
    workspace.store.experiment_id(workspace.namespace)


def tag_call(settings: CommandSettings, study: str) -> tuple[CommandSettings, str]:
    """Give one call of a stage an id, which its runs carry with the study's name; returns settings and id."""
    call = uuid.uuid4().hex
    tags = {**settings.tracking.tags, STUDY: study, CALL: call}
    tracking = settings.tracking.model_copy(update={"tags": tags})
    return settings.model_copy(update={"tracking": tracking}), call


def result_of(workspace: Workspace, call: str, otherwise: str) -> StageResult:
    """Find the newest run that a call of a stage made, and the version of the model.

    A retrained model that is the same to the byte keeps its version, so what was made of it is kept as well.

    Parameters
    ----------
    otherwise
        Names the result of a stage that makes no run.
    """
    runs = workspace.runs_with({CALL: call})
    if not runs:
        return StageResult(otherwise)
    run, version = runs[0], runs[0].tags.get(VERSION, "")
    key = f"{run.name}/{version}" if version else run.id
    return StageResult(key, run.id, run.tags[STAGE], run.name, version)


def is_newest(workspace: Workspace, result: StageResult) -> bool:
    """Tell whether a later stage would read this: the challenger of its name, or the newest finished run."""
    try:
        if result.version:
            challenger = workspace.find_version(ModelReference(result.name, alias=CHALLENGER))
            return str(challenger.version) == result.version
        return workspace.find_run(result.stage, name=result.name).id == result.run
    except (NotRegisteredError, NotRecordedError):
        return False


def close_killed(workspace: Workspace, study: str) -> None:
    """End the runs of the study that a kill has left open; nobody else runs this study now."""
    for run in workspace.runs_with({STUDY: study}, status="RUNNING"):
        workspace.end_run(run.id, "KILLED")
