"""Settings of ``ipml ingest``."""

from ipml.settings.base import Settings, Share, Text
from ipml.settings.shared import CommandSettings, Countries, FirmTypes


class Source(Settings):
    """What is read; the group ``source``."""

    format: Text
    root: Text
    """Folder of firms, pages and patents."""
    as_of: Text | None
    """Date of the snapshot, as 2025-07-02, if known."""


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


class IngestSettings(CommandSettings):
    """Of ``ipml ingest``."""

    source: Source
    data: Target
    quarantine: Quarantine
