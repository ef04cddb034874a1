"""Settings of ``ipml ingest``."""

from typing import Annotated, Any

from pydantic import Field

from ipml.settings.base import KeysOf, Settings, Share, Text
from ipml.settings.command import CommandSettings
from ipml.settings.groups import Countries, FirmTypes


class SourceRules(Settings, extra="allow"):
    """Keys of the group ``source`` that have rules; the others are arguments of its reader."""

    target: Text = Field(alias="_target_")
    """Class of the reader, as ``ipml.corpus.readers.JsonLines``."""
    root: Text
    """Folder of firms, pages and patents."""
    as_of: Text | None = None
    """Date of the snapshot, as 2025-07-02, if known."""


Source = Annotated[dict[str, Any], KeysOf(SourceRules)]


class Target(Settings):
    """What is made."""

    root: Text
    """Folder to make."""
    countries: Countries
    """That a firm may be of."""
    firm_types: FirmTypes
    """That a firm may be of."""


class Quarantine(Settings):
    """Rows that cannot be read."""

    threshold: Share
    """Of a file's rows that may be unreadable before the whole job fails."""
    split_kinds: list[Text]
    """Kinds of page that are parts of one document: several of one address are no contradiction."""


class IngestSettings(CommandSettings):
    """Of ``ipml ingest``."""

    source: Source
    """What is read."""
    data: Target
    quarantine: Quarantine
