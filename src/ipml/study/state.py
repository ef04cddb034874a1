"""What a study remembers of its finished stages, in ``state.json`` and ``memory.json`` of its folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ipml.errors import InputError
from ipml.files import read_json, write_json


@dataclass(frozen=True)
class Given:
    """What a stage gave: its newest MLflow run, and the version of the model where it registered one.

    Attributes
    ----------
    result
        Names the result: two with the same are the same to the stages that need it.
    stage, name
        Stage and name of the run, by which later stages find the newest; empty without a run.
    """

    result: str
    run: str = ""
    stage: str = ""
    name: str = ""
    version: str = ""


@dataclass(frozen=True)
class Record:
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
    given: Given
    seconds: float
    left_out: str = ""


class State:
    """Records of finished stages, and the memory that stages took, by label; every change is on disk at once."""

    def __init__(self, folder: Path) -> None:
        self._records_file, self._memory_file = folder / "state.json", folder / "memory.json"
        found = {label: _record(entry) for label, entry in _read(self._records_file).items()}
        self.records = {label: record for label, record in found.items() if record is not None}
        self.memory: dict[str, float] = _read(self._memory_file)

    def finish(self, label: str, record: Record) -> None:
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


def _record(entry: Mapping[str, Any]) -> Record | None:
    """Read a record; None for one of an older version, which is as if the stage had never run."""
    try:
        return Record(**{**entry, "given": Given(**entry["given"])})
    except (TypeError, KeyError):
        return None
