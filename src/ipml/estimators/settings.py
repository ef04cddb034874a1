"""What an estimator takes from ``conf`` beside the parameters of its constructor, and the seed of a fit."""

import functools

import numpy as np
from omegaconf import DictConfig
from sklearn.utils import check_random_state

from ipml.config import compose_config

RandomState = int | np.random.RandomState | None


def stage_config(*overrides: str) -> DictConfig:
    """Configuration of ``ipml train OVERRIDES``, of one's own to change."""
    return _composed(overrides).copy()


def seed_of(random_state: RandomState) -> int:
    """Seed of one fit: a whole number is the seed itself, as in a configuration; anything else draws one."""
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


@functools.cache
def _composed(overrides: tuple[str, ...]) -> DictConfig:
    return compose_config("train", overrides)
