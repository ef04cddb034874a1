"""Settings of a planted world: the group ``data.world`` of the configuration, checked."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, get_type_hints

from ipml.errors import InputError


def bounded(default: float, low: float, high: float = float("inf")) -> Any:
    """Field of a settings class with its default and its allowed range, both ends included."""
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True)
class Topics:
    """Topics of words and where their words lie; lengths are relative to the common mean's."""

    technology: int = bounded(12, 2, 1000)
    product: int = bounded(16, 2, 1000)
    words: int = bounded(90, 5, 5000)
    page_themes: int = bounded(6, 1, 100)
    page_theme_words: int = bounded(40, 5, 5000)
    general_words: int = bounded(2400, 50, 200_000)
    zipf: float = bounded(0.7, 0, 2)
    topic_spread: float = bounded(2.4, 0.01)
    role_spread: float = bounded(1.2, 0, 100)
    word_spread: float = bounded(2.2, 0)


@dataclass(frozen=True)
class Languages:
    """How a language's words and vectors differ from the meanings."""

    noise: float = bounded(1.9, 0)
    synonyms: float = bounded(0.15, 0, 1)
    without_vector: float = bounded(0.04, 0, 0.5)


@dataclass(frozen=True)
class Dictionary:
    """What a bilingual dictionary holds of all correct translations."""

    coverage: float = bounded(0.7, 0.01, 1)
    wrong: float = bounded(0.1, 0, 1)
    test_share: float = bounded(0.3, 0, 0.9)


@dataclass(frozen=True)
class Conversion:
    """Conversion of technology into products, and how far the groups are from each other."""

    country_angle: float = bounded(20.0, 0, 90)
    firm_type_angle: float = bounded(12.0, 0, 90)
    products_per_technology: float = bounded(1.5, 1)


@dataclass(frozen=True)
class Firms:
    """Technologies and products of firms."""

    industries: int = bounded(6, 1)
    industry_topics: float = bounded(4.0, 1)
    group_tilt: float = bounded(0.8, 0)
    technology_focus: float = bounded(3.0, 0.1)
    product_focus: float = bounded(5.0, 0.1)
    different_without_patents: float = bounded(0.6, 0, 1)


@dataclass(frozen=True)
class Pages:
    """Web pages."""

    mean: float = bounded(9.4, 1)
    max: int = bounded(32, 1)
    product_share: float = bounded(0.16, 0, 1)
    median_tokens: int = bounded(445, 5)
    tokens_spread: float = bounded(0.6, 0, 2)
    topical_words: float = bounded(0.5, 0, 1)
    theme_focus: float = bounded(0.7, 0.1, 1000)
    leakage: float = bounded(0.01, 0, 1)


@dataclass(frozen=True)
class Patents:
    """Patents of the firms that have some."""

    mean: float = bounded(6.0, 1)
    words: int = bounded(80, 5)
    technology_words: float = bounded(0.5, 0.01, 1)
    focus: float = bounded(6.0, 0.1)


@dataclass(frozen=True)
class WorldSettings:
    """Everything a planted world is made from; ``conf/data/simulated.yaml`` explains each value."""

    seed: int = bounded(0, 0)
    firms_seed: int = bounded(0, 0)
    scale: float = bounded(0.08, 0, 10)
    min_group: int = bounded(100, 1)
    min_without_patents: int = bounded(120, 0)
    dimension: int = bounded(50, 2, 1000)
    topics: Topics = field(default_factory=Topics)
    languages: Languages = field(default_factory=Languages)
    dictionary: Dictionary = field(default_factory=Dictionary)
    conversion: Conversion = field(default_factory=Conversion)
    firms: Firms = field(default_factory=Firms)
    pages: Pages = field(default_factory=Pages)
    patents: Patents = field(default_factory=Patents)

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, as they are saved beside the corpus."""
        return asdict(self)


def read_settings(settings: Mapping[str, Any]) -> WorldSettings:
    """Check settings and fill in the defaults.

    Raises
    ------
    InputError
        For an unknown key, or a value of a wrong type or out of range.
    """
    world: WorldSettings = _read(WorldSettings, settings, "data.world")
    if world.topics.technology > world.dimension:
        raise InputError(
            f"data.world.topics.technology={world.topics.technology}: at most data.world.dimension="
            f"{world.dimension}, or the true conversion matrix is not determined"
        )
    if world.pages.leakage > world.pages.topical_words:
        raise InputError(
            f"data.world.pages.leakage={world.pages.leakage}: at most data.world.pages.topical_words="
            f"{world.pages.topical_words}"
        )
    if world.pages.mean > world.pages.max:
        raise InputError(
            f"data.world.pages.mean={world.pages.mean}: at most data.world.pages.max={world.pages.max}"
        )
    return world


def _read(kind: type, values: object, place: str) -> Any:
    if not isinstance(values, Mapping):
        raise InputError(f"{place}={values!r}: a group of settings is needed")
    types = get_type_hints(kind)
    if unknown := sorted(str(key) for key in values if key not in types):
        raise InputError(f"{place}.{unknown[0]}: no such setting; allowed: {', '.join(types)}")
    known = {item.name: item for item in fields(kind)}
    return kind(
        **{
            key: _value(types[key], known[key].metadata, value, f"{place}.{key}")
            for key, value in values.items()
        }
    )


def _value(kind: type, bounds: Mapping[str, float], value: Any, place: str) -> Any:
    if not bounds:
        return _read(kind, value, place)
    allowed = (int,) if kind is int else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise InputError(f"{place}={value!r}: {'a whole number' if kind is int else 'a number'} is needed")
    if not math.isfinite(value) or value < bounds["low"]:
        raise InputError(f"{place}={value}: at least {bounds['low']:g} is needed")
    if value > bounds["high"]:
        raise InputError(f"{place}={value}: at most {bounds['high']:g} is allowed")
    return kind(value)
