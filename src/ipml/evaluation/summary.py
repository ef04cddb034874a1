"""What tables and figures show of the results: one line a pair of groups, one a mapping."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipml.evaluation.rows import (
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

LEVELS = {INDUSTRY_MEAN: "mean over industries", GROUP: "whole groups"}
MAPPING_MODEL = "model"


@dataclass(frozen=True)
class AngleLine:
    """Angles of one pair of groups in degrees; None where a figure does not exist.

    ``floor`` is what a plug-in angle reads on average where A is the same, ``pair`` is what differs (``JP-US``),
    ``within`` what the two have in common (``established``).
    """

    comparison: str
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


def shown_level(results: pd.DataFrame) -> str:
    """Level that tables show: the published one, or whole groups if no pair shares an industry."""
    angles = results[(results["what"] == "angle") & (results["method"] == PLUG_IN)]
    return INDUSTRY_MEAN if (angles["level"] == INDUSTRY_MEAN).any() else GROUP


def angle_lines(results: pd.DataFrame) -> list[AngleLine]:
    """Lines of all pairs that have angles at the level shown, in the order of the results."""
    rows = results[results["what"].isin(["angle", "floor"]) & (results["level"] == shown_level(results))]
    return [_angle_line(str(name), of_pair) for name, of_pair in rows.groupby("group", sort=False)]


def _angle_line(name: str, rows: pd.DataFrame) -> AngleLine:
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
        pair=pair,
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
