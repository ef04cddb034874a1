"""Search spaces as configuration: which keys of a training vary, and the values they may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna import Trial

from ipml.errors import InputError, choice_error

FIELDS = {
    "float": ("low", "high", "log", "step"),
    "int": ("low", "high", "log", "step"),
    "categorical": ("choices",),
}
Value = float | int | str | bool | None


@dataclass(frozen=True)
class Parameter:
    """A key that varies.

    Attributes
    ----------
    name
        Short name, for tables and figures.
    key
        Key of the training's configuration, or of a group in it, as ``model.optimizer.lr`` or ``aligner@model.map``.
    kind
        ``float``, ``int`` or ``categorical``.
    options
        Arguments of Optuna's ``suggest_KIND``.
    """

    name: str
    key: str
    kind: str
    options: Mapping[str, Any]

    def suggest(self, trial: Trial) -> Value:
        """Let a trial choose a value."""
        value: Value = getattr(trial, f"suggest_{self.kind}")(self.name, **self.options)
        return value

    def override(self, value: Value) -> str:
        """Write a value as it stands at the command line."""
        if value is None or isinstance(value, bool):
            return f"{self.key}={'null' if value is None else str(value).lower()}"
        return f"{self.key}={value}"

    @property
    def examples(self) -> tuple[Value, ...]:
        """Values at the ends of the range, or all choices."""
        return self.options["choices"] if self.kind == "categorical" else self._ends

    @property
    def _ends(self) -> tuple[Value, ...]:
        return self.options["low"], self.options["high"]


def read_space(space: Mapping[str, Mapping[str, Any]]) -> list[Parameter]:
    """Read a search space.

    Parameters
    ----------
    space
        Name to ``key``, ``kind`` and the fields of that kind; plain values.

    Raises
    ------
    InputError
        If it is empty, or an entry is not as `FIELDS` says.
    """
    if not space:
        raise InputError("sweep.space: empty; at least one key must vary")
    return [_read(name, dict(entry)) for name, entry in space.items()]


def _read(name: str, entry: dict[str, Any]) -> Parameter:
    place = f"sweep.space.{name}"
    kind, key = entry.pop("kind", None), entry.pop("key", None)
    if kind not in FIELDS:
        raise choice_error(f"{place}.kind", kind, FIELDS)
    if not isinstance(key, str):
        raise InputError(f"{place}.key={key}: a key of the training is needed, as model.optimizer.lr")
    for field in entry:
        if field not in FIELDS[kind]:
            raise InputError(
                f"{place}.{field}: no field of kind {kind}; allowed: key, kind, {', '.join(FIELDS[kind])}"
            )
    if kind == "categorical":
        options: Mapping[str, Any] = {"choices": _choices(place, entry.get("choices"))}
    else:
        options = _range(place, kind, entry)
    return Parameter(name, key, kind, options)


def _choices(place: str, choices: Any) -> tuple[Value, ...]:
    if not isinstance(choices, list) or not choices:
        raise InputError(f"{place}.choices={choices}: a list of values is needed")
    for choice in choices:
        if isinstance(choice, list | dict):
            raise InputError(f'{place}.choices: write {choice} as text, as "[a,b]"')
    return tuple(choices)


def _range(place: str, kind: str, entry: dict[str, Any]) -> dict[str, Any]:
    numbers = int if kind == "int" else (int, float)
    for field in ("low", "high", "step"):
        value = entry.get(field)
        missing = value is None and field != "step"
        if missing or isinstance(value, bool) or not isinstance(value, (numbers, type(None))):
            raise InputError(
                f"{place}.{field}={value}: a {'whole ' if kind == 'int' else ''}number is needed"
            )
    low, high, step, log = entry["low"], entry["high"], entry.get("step"), entry.get("log", False)
    if low > high:
        raise InputError(f"{place}: low={low} is above high={high}")
    if not isinstance(log, bool):
        raise InputError(f"{place}.log={log}: true or false is needed")
    if log and (step is not None or low <= 0):
        raise InputError(f"{place}.log=true: needs low above 0 and no step")
    if step is not None and step <= 0:
        raise InputError(f"{place}.step={step}: above 0 is needed")
    options = {"low": low, "high": high, "log": log}
    return options if step is None else {**options, "step": step}
