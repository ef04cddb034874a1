"""Settings of ``ipml run``: a study and how it is run."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ipml.settings import CommandSettings, Name, Settings, Text


class StudyStage(Settings):
    """An entry of a study: a command, once for every combination of ``each``."""

    command: Text
    """Of ``ipml``."""
    name: Text | None = None
    """By which others say that they need it; without one, the command."""
    each: dict[str, list[Any]] = Field(default_factory=dict)
    """Keys and the values that they take in turn."""
    overrides: list[Text] = Field(default_factory=list)
    """Of the command."""
    needs: list[Text] | None = None
    """Names of entries; null: the entry before."""


class Study(Settings, extra="allow"):
    """The group ``study``. Further keys are a study's own, which its overrides refer to."""

    name: Name
    """Of the study, and of the folder of its state."""
    overrides: list[Text]
    """Of all stages that have the key."""
    stages: list[StudyStage]
    """In any order; each says what it needs."""


def _workers(value: Any) -> Any:
    if value != "auto" and (type(value) is not int or value < 1):
        raise ValueError("allowed: auto, or a whole number, at least 1")
    return value


def _memory(value: Any) -> Any:
    if value != "auto" and (type(value) not in (int, float) or not value > 0):
        raise ValueError("allowed: auto, or a number of GiB above 0")
    return value


class RunSettings(CommandSettings):
    """Of ``ipml run``."""

    study: Study
    overrides: list[Text]
    """Further ones for every stage."""
    workers: Annotated[Any, AfterValidator(_workers)]
    """Stages that run at the same time, at least 1 (in this process, one after the other); auto: one a core."""
    memory: Annotated[Any, AfterValidator(_memory)]
    """Gigabytes (GiB) that they may take together, above 0; auto: four fifths of what is available."""
    only: list[Text] | Text | None
    """Names or labels of stages: these, and what they need where it is not finished."""
    from_: list[Text] | Text | None = Field(alias="from")
    """Names or labels of stages: run again, with all that depends on them."""
    dry_run: bool
    """Print the graph with what would run, what is kept, and why."""
    restart: bool
    """Forget what is finished and run every stage again."""
