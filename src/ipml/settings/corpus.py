"""Settings of ``ipml ingest``."""

from typing import Annotated, Any

from pydantic import Field

from ipml.settings.base import KeysOf, Place, Settings, Share, Text, written
from ipml.settings.command import CommandSettings
from ipml.settings.groups import Countries, FirmTypes

_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"


class SourceRules(Settings, extra="allow"):
    """Keys of the group ``source`` that have rules; the others are arguments of its reader."""

    target: Text = Field(alias="_target_")
    """Class of the reader, as ``ipml.corpus.readers.JsonLines``."""
    root: Place
    """Folder of firms, pages and patents."""
    as_of: (
        Annotated[Text, written(_DATE, "a day, a month or a year, as 2025-07-02, 2025-07 or 2025")] | None
    ) = None
    """Date of the snapshot, as 2025-07-02, if known."""


Source = Annotated[dict[str, Any], KeysOf(SourceRules)]


class Target(Settings):
    """What is made."""

    root: Place
    """Folder to make."""
    countries: Countries
    """That a firm may be of."""
    firm_types: FirmTypes
    """That a firm may be of."""


class Quarantine(Settings):
    """Rows that cannot be read."""

    threshold: Share
    """Of a table's rows that may be unreadable before the whole job fails."""
    split_kinds: list[Text]
    """Kinds of page that are parts of one document: several of one address are no contradiction."""


class IngestSettings(CommandSettings):
    """Of ``ipml ingest``."""

    source: Source
    """What is read."""
    data: Target
    quarantine: Quarantine
