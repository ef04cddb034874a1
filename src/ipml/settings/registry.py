"""Settings of ``ipml promote`` and ``ipml registry``."""

from typing import Annotated, Literal

from pydantic import Field

from ipml.settings.base import NAME, Count, Name, Number, Text, written
from ipml.settings.command import CommandSettings
from ipml.settings.groups import Data

ModelName = Annotated[
    Text, written(rf"(models:/)?{NAME}(@[\w-]+|/\d+)?", "NAME, NAME@ALIAS or NAME/VERSION, as dual_attn-JP")
]


class PromoteSettings(CommandSettings):
    """Of ``ipml promote``."""

    data: Data
    study: Name | None = None
    """Name of a study whose models are meant; it has its own namespace."""
    models: list[ModelName] | None
    """Registered names, or NAME/VERSION; null: every model of the namespace that has a challenger."""
    margin: Annotated[Number, Field(ge=-2, le=2)] | None
    """Least difference challenger − champion on the same held-out units; null: nothing is compared."""
    force: bool
    """Models whose diagnostics failed are promoted too; the history says so."""
    reason: Annotated[Text, Field(max_length=1000)]
    """Kept in the history."""
    rollback: bool
    """The champions of before the newest promotion, or before the newest of each of ``models``."""
    dry_run: bool
    """What would happen and why; nothing moves."""
    takeover: bool
    """Another machine's promotion that was killed is undone first."""
    resamples: Count
    """Of the held-out units, for the interval of the difference."""
    level: Number = Field(ge=0.5, le=0.999)
    """Of that interval."""


class RegistrySettings(CommandSettings):
    """Of ``ipml registry``."""

    data: Data
    models: list[ModelName] | None
    """Registered names; null: those of the namespace."""
    format: Literal["table", "csv", "json"]
    """How the list is printed."""
    figure: Text | None
    """PNG, PDF or HTML file that a run has drawn: its run instead."""
    history: bool
    """The promotions of the namespace instead."""
