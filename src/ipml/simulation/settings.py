"""Settings of a planted world: the group ``data.world`` of the configuration, checked."""

from collections.abc import Mapping
from typing import Any

from ipml.settings import WorldSettings, validated
from ipml.settings.world import Dictionary as Dictionary
from ipml.settings.world import Firms as Firms
from ipml.settings.world import Languages as Languages
from ipml.settings.world import Pages as Pages
from ipml.settings.world import Patents as Patents
from ipml.settings.world import Topics as Topics


def read_settings(settings: Mapping[str, Any]) -> WorldSettings:
    """Check settings and fill in the defaults.

    Raises
    ------
    InputError
        For an unknown key, or a value of a wrong type or out of range.
    """
    return validated(WorldSettings, settings, "data.world")
