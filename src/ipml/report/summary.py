"""What tables and figures show of the results: one line a pair of groups, one a mapping."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipml.evaluation.results import (
    BETWEEN_COUNTRIES,
    CLUSTERED,
    DEBIASED,
    GROUP,
    INDUSTRY_MEAN,
    MEAN,
    PLANTED,
    PLUG_IN,
    PUBLISHED,
    WORD_ERRORS,
)

_WHOLE = "*"  # mark of a pair that has no mean over industries where others have one
MAPPING_MODEL = "model"


@dataclass(frozen=True)
class AngleLine:
    """Angles of one pair of groups in degrees; None where a figure does not exist.

    ``floor`` is what a plug-in angle reads on average where A is the same, ``pair`` is what differs (``JP-US``),
    ``within`` what the two have in common (``established``).
    """

    comparison: str
    level: str
    pair: str
    within: str
    forward: float
    backward: float
    mean: float
    sd: float | None
    floor: float
    debiased: float
    low: float
    high: float
    clustered: tuple[float, float] | None  # interval for errors that an industry shares
    word_errors: (
        tuple[float, float, float] | None
    )  # debiased angle that counts errors of words, and its interval
    p_value: float  # of the same A, adjusted for the number of tests
    planted: float | None
    published: float | None
    n1: int
    n2: int


@dataclass(frozen=True)
class AccuracyLine:
    """Mean test cosine of one mapping, of the null and plain models by name, and of the published one."""

    group: str
    value: float
    low: float
    high: float
    centred: float
    others: dict[str, float]
    published: float | None
    n: int


def level_in_words(lines: Sequence[AngleLine]) -> str:
    """Level that the lines show: the published one, or whole groups for pairs that share no industry."""
    whole = [line.level == GROUP for line in lines]
    if all(whole):
        return "whole groups"
    return f"mean over industries{f'; {_WHOLE} whole groups' if any(whole) else ''}"


def angle_lines(results: pd.DataFrame) -> list[AngleLine]:
    """Lines of all pairs, in the order of the results."""
    rows = results[results["what"].isin(["angle", "floor"])]
    by_industry = set(rows.loc[(rows["method"] == PLUG_IN) & (rows["level"] == INDUSTRY_MEAN), "group"])
    lines = []
    for name, of_pair in rows.groupby("group", sort=False):
        level = INDUSTRY_MEAN if name in by_industry else GROUP
        shown = of_pair[(of_pair["level"] == level) | (of_pair["method"] == PUBLISHED)]
        mark = _WHOLE if by_industry and level == GROUP else ""
        lines.append(_angle_line(str(name), shown, level, mark))
    return lines


def _angle_line(name: str, rows: pd.DataFrame, level: str, mark: str) -> AngleLine:
    floor = rows[(rows["what"] == "floor") & (rows["method"] == DEBIASED) & (rows["direction"] == MEAN)]
    rows = rows[rows["what"] == "angle"]
    plug_in = rows[rows["method"] == PLUG_IN].to_dict("records")
    at_mean = {str(row["method"]): row for row in rows[rows["direction"] == MEAN].to_dict("records")}
    forward, backward = (float(row["value"]) for row in plug_in if row["direction"] != MEAN)
    mean, debiased, clustered = at_mean[PLUG_IN], at_mean[DEBIASED], at_mean.get(CLUSTERED)
    counted = at_mean.get(WORD_ERRORS)
    first, second = name.split(" ")
    comparison = str(mean["comparison"])
    pair, within = (first, second) if comparison == BETWEEN_COUNTRIES else (second, first)
    return AngleLine(
        comparison=comparison,
        level=level,
        pair=pair + mark,
        within=within,
        forward=forward,
        backward=backward,
        mean=float(mean["value"]),
        sd=None if pd.isna(mean["sd"]) else float(mean["sd"]),
        floor=float(floor["value"].iloc[0]),
        debiased=float(debiased["value"]),
        low=float(debiased["low"]),
        high=float(debiased["high"]),
        clustered=None if clustered is None else (float(clustered["low"]), float(clustered["high"])),
        word_errors=None if counted is None else _interval(counted),
        p_value=float(debiased["p_adjusted"]),
        planted=_value(at_mean.get(PLANTED)),
        published=_value(at_mean.get(PUBLISHED)),
        n1=int(mean["n1"]),
        n2=int(mean["n2"]),
    )


def accuracy_lines(results: pd.DataFrame) -> list[AccuracyLine]:
    """Lines of all mappings, in the order of the results."""
    lines = []
    for group, rows in results[results["comparison"] == "mapping"].groupby("group", sort=False):
        plain = {str(row["method"]): row for row in rows[rows["what"] == "test_cosine"].to_dict("records")}
        centred = rows[(rows["what"] == "test_cosine_centred") & (rows["method"] == MAPPING_MODEL)]
        model, published = plain.pop(MAPPING_MODEL), plain.pop(PUBLISHED, None)
        lines.append(
            AccuracyLine(
                group=str(group),
                value=float(model["value"]),
                low=float(model["low"]),
                high=float(model["high"]),
                centred=float(centred["value"].iloc[0]),
                others={name: float(row["value"]) for name, row in plain.items()},
                published=_value(published),
                n=int(model["n1"]),
            )
        )
    return lines


def _interval(row: dict[Any, Any]) -> tuple[float, float, float]:
    return float(row["value"]), float(row["low"]), float(row["high"])


def _value(row: dict[Any, Any] | None) -> float | None:
    return None if row is None else float(row["value"])
