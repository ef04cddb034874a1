"""Search spaces: which keys of a training vary, and the values they may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optuna import Trial

from ipml.sweeps import settings

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
        if self.kind == "categorical":
            return tuple(self.options["choices"])
        return self.options["low"], self.options["high"]


def read_space(space: Mapping[str, settings.Parameter]) -> list[Parameter]:
    """Read the search space of a sweep's settings, by name."""
    parameters = []
    for name, entry in space.items():
        if isinstance(entry, settings.ChoiceParameter):
            options: dict[str, Any] = {"choices": tuple(entry.choices)}
        else:
            options = {"low": entry.low, "high": entry.high, "log": entry.log}
            if entry.step is not None:
                options["step"] = entry.step
        parameters.append(Parameter(name, entry.key, entry.kind, options))
    return parameters
