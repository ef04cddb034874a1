"""Settings of the commands that compare groups: ``evaluate``, ``differences`` and ``specification_curve``."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ipml.settings import (
    CommandSettings,
    Count,
    Countries,
    Data,
    FirmTypes,
    Inputs,
    Namespace,
    Number,
    Pair,
    Settings,
    Target,
)

Clusters = Literal["industry", "corporate_group", None]
Level = Literal["group", "industry_mean"]


def _none_or_several(resamples: int) -> int:
    if resamples == 1:
        raise ValueError("allowed: 0 (none), or at least 2 resamples")
    return resamples


def _has_a_target(listed: dict[str, Target | None]) -> dict[str, Target | None]:
    for name, target in listed.items():
        if target is not None and not isinstance(target.get("_target_"), str):
            raise ValueError(f"{name} needs a class, as {name}._target_=my_module.MyEvaluator")
    return listed


# Of a mean of fewer firms the interval covers too little: of nominal 95 %, .07 with 1 firm, .85 with 2, .92 with 5.
Firms = Annotated[int, Field(ge=5)]
Listed = Annotated[dict[str, Target | None], AfterValidator(_has_a_target)]


class Evaluators(Settings):
    """What makes the rows of the results: by name a ``_target_`` with its options; null leaves one out."""

    pair: Listed
    """Of each pair of groups."""
    pairs: Listed
    """Of all pairs at once."""
    group: Listed
    """Of each group."""


class EvaluateSettings(CommandSettings):
    """Of ``ipml evaluate``."""

    data: Data
    countries: Countries
    """Whose groups are compared."""
    firm_types: FirmTypes
    """Whose groups are compared."""
    inputs: Inputs
    min_firms: Firms
    """Groups with fewer firms that have products and patents are named and left out."""
    min_industry_firms: Firms
    """An industry counts where both groups have so many firms in it."""
    confidence: Number = Field(gt=0, lt=1)
    """Nominal coverage of the intervals."""
    clusters: Clusters
    """Intervals and tests for errors that firms of a cluster share, too."""
    bootstrap: Annotated[int, Field(ge=0), AfterValidator(_none_or_several)]
    """Refits to firms drawn again, for the spread of the plug-in angles: 0 (none), or at least 2."""
    alignment_control: bool
    """Also the angle that alignment alone produces, for each pair of countries."""
    evaluators: Evaluators


class DifferencesSettings(CommandSettings):
    """Of ``ipml differences``."""

    data: Data
    pair: Pair
    """Two of COUNTRY-TYPE, as JP-high_growth."""
    inputs: Inputs
    min_firms: Count
    """That each of the two groups needs."""
    parts: Count
    """How many parts of the difference, the largest first."""
    names: Count
    """How many words, patents, classes and firms name each end of a part."""
    max_words: Count
    """Most frequent words of the reference language that may name a part."""
    null_draws: Count
    """Draws in which both groups convert alike, which the sizes are set against."""


class SpecificationCurveSettings(CommandSettings):
    """Of ``ipml specification_curve``."""

    data: Data
    pair: Pair
    """Two of COUNTRY-TYPE that differ in one of both, as JP-high_growth."""
    namespaces: Annotated[list[Namespace], Field(min_length=1)]
    """Whose evaluations are read."""
    level: Level
    """Whole groups, or the mean over industries."""
