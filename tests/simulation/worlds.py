"""Worlds of the default countries, firm types and languages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ipml.codes import code_names
from ipml.corpus import Corpus
from ipml.settings import WorldSettings, validated
from ipml.simulation import ensure_world, read_world_codes

CODES = read_world_codes(code_names("country"), code_names("firm_type"), "en")


def world_of(values: Mapping[str, Any]) -> WorldSettings:
    """Settings of a world; those left out have their defaults."""
    return validated(WorldSettings, values, "data.world")


def make_world(root: Path, values: Mapping[str, Any]) -> Corpus:
    """Open or make a world."""
    return ensure_world(root, world_of(values), CODES)
