"""The history of promotions: each is a finished run of the stage ``promote`` with tags, which a server keeps too."""

import getpass
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipml.files import write_json
from ipml.tracking.held_out import Comparison
from ipml.tracking.runs import Run, StoredRun
from ipml.tracking.workspace import Workspace

STAGE = "promote"
PROMOTE, ROLLBACK = "promote", "rollback"
_FILE = "promotion.json"
_FIELDS = ("number", "action", "time", "who", "reason", "margin")
_MOVE = "move."


@dataclass(frozen=True)
class Move:
    """What happens to the champion of one model.

    Attributes
    ----------
    name
        Registered model.
    before, now
        Versions; None for no champion.
    why
        In a few words.
    comparison
        Of the two versions; None where they were not compared.
    lineage
        What the new champion was made from.
    failed
        Diagnostics that the new champion fails, joined by commas: only ``force=true`` promotes such a model.
    """

    name: str
    before: str | None
    now: str | None
    why: str
    comparison: Comparison | None = None
    lineage: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""

    @property
    def stays(self) -> bool:
        """Whether nothing happens."""
        return self.before == self.now

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        compared = None if self.comparison is None else self.comparison._asdict()
        return {**vars(self), "comparison": compared, "lineage": dict(self.lineage)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Move":
        """Read what `to_dict` gave."""
        compared = values["comparison"] and Comparison(**values["comparison"])
        return cls(**{**values, "comparison": compared})


@dataclass(frozen=True)
class Entry:
    """A promotion or rollback that came to its end: its number, when, by whom, why, the margin, and what moved."""

    number: int
    action: str
    time: str
    who: str
    reason: str
    margin: str
    moves: tuple[Move, ...]

    def log(self, run: Run) -> None:
        """Save with the run of the promotion, for `read_history`, and as ``promotion.json``."""
        moves = {f"{_MOVE}{move.name}": json.dumps(move.to_dict()) for move in self.moves}
        run.set_tags({**{f"promotion.{name}": getattr(self, name) for name in _FIELDS}, **moves})
        path = run.folder / _FILE
        write_json(path, {**vars(self), "moves": [move.to_dict() for move in self.moves]})
        run.log_file(path)

    @classmethod
    def from_run(cls, run: StoredRun) -> "Entry":
        """Read what `log` saved."""
        fields: dict[str, Any] = {name: run.tags[f"promotion.{name}"] for name in _FIELDS}
        moves = [
            Move.from_dict(json.loads(value)) for key, value in run.tags.items() if key.startswith(_MOVE)
        ]
        by_name = sorted(moves, key=lambda move: move.name)
        return cls(**{**fields, "number": int(fields["number"]), "moves": tuple(by_name)})


def read_history(workspace: Workspace) -> list[Entry]:
    """Promotions and rollbacks of the workspace's namespace, the oldest first."""
    entries = [Entry.from_run(run) for run in workspace.find_runs(STAGE)]
    # By number, not by time: the clocks of two machines may differ.
    return sorted(entries, key=lambda entry: entry.number)


def standing(history: Sequence[Entry]) -> dict[str, list[tuple[int, Move]]]:
    """Promotions of each model that were not rolled back, the oldest first, with the number of their entry."""
    stacks: dict[str, list[tuple[int, Move]]] = {}
    for entry in history:
        for move in entry.moves:
            of_model = stacks.setdefault(move.name, [])
            if entry.action == PROMOTE:
                of_model.append((entry.number, move))
            elif of_model:
                of_model.pop()
    return {name: of_model for name, of_model in stacks.items() if of_model}


def who() -> str:
    """User and machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run as a number without a name
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return f"{user}@{platform.node()}"
