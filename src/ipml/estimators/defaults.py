"""What an estimator takes from ``conf`` beside the parameters of its constructor, and the seed of a fit."""

import functools
from typing import TypeVar

import numpy as np
from sklearn.utils import check_random_state

from ipml.config import compose_settings
from ipml.settings import CommandSettings

RandomState = int | np.random.RandomState | None
Kind = TypeVar("Kind", bound=CommandSettings)


def default_settings(kind: type[Kind], command: str, *overrides: str) -> Kind:
    """Return the settings of ``ipml COMMAND OVERRIDES``, composed once; ``kind`` is their class."""
    settings = _composed(command, overrides)
    if not isinstance(settings, kind):
        raise TypeError(f"{command} {' '.join(overrides)}: {type(settings).__name__}, not {kind.__name__}")
    return settings


def seed_of(random_state: RandomState) -> int:
    """Return the seed of one fit: a whole number is the seed itself, as in a configuration; anything else draws one."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


@functools.cache
def _composed(command: str, overrides: tuple[str, ...]) -> CommandSettings:
    return compose_settings(command, overrides)
