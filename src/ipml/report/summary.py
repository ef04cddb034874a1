"""What tables and figures show of the results: one line a pair of groups, one a mapping, and further statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipml.evaluation.results import (
    BETWEEN_COUNTRIES,
    CLUSTERED,
    DEBIASED,
    DEGREES,
    FIRM_LEVEL,
    GROUP,
    INDUSTRY_MEAN,
    MAPPING,
    MEAN,
    PLANTED,
    PLUG_IN,
    PUBLISHED,
    WORD_ERRORS,
)

_WHOLE = "*"  # mark of a pair that has no mean over industries where others have one
MAPPING_MODEL = "model"
# Angles that a line has a place for; all other methods are further statistics.
_LINE_METHODS = (PLUG_IN, DEBIASED, CLUSTERED, WORD_ERRORS, PLANTED, PUBLISHED)
# Parts and by-products of an angle, which stand in the results alone.
_IN_RESULTS_ONLY = (
    "floor",
    "excess",
    "technology_mix",
    "conversion",
    "overlap",
    "alignment_control_coverage",
)


@dataclass(frozen=True)
class AngleLine:
    """Angles of one pair of groups in degrees; None where a figure does not exist.

    ``floor`` is what a plug-in angle reads on average where A is the same, ``pair`` is what differs (``JP-US``),
    ``within`` what the two have in common (``established``).
    """

    name: str  # of the pair, as the results have it
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
    )  # debiased angle that counts errors of words, with interval
    p_value: float  # of the same A, adjusted for the number of tests
    planted: float | None
    published: float | None
    n1: int
    n2: int
    diagnostics: str  # of the models behind it, as the results have them
    r2: tuple[float, float] | None  # of single firms, by the matrix that each direction goes through


@dataclass(frozen=True)
class LinkLine:
    """What the matrix of one group explains of single test firms; None where it was not measured.

    ``shuffled`` has the R² of a map fitted to shuffled pairs, ``chance`` the share among ten in a random order.
    """

    group: str
    r2: tuple[float, float, float]  # with interval
    shuffled: float | None
    ceiling: float | None
    centred: float | None
    first: float | None
    among_ten: float | None
    chance: float | None
    n: int


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


@dataclass(frozen=True)
class Statistic:
    """A figure that no line has a place for, as an evaluator of one's own makes it.

    Attributes
    ----------
    title
        What it is, and by which method.
    unit
        Of its values.
    by_name
        Value, low and high end by pair or group, as the results name it; without an interval the ends are NaN.
    """

    title: str
    unit: str
    by_name: dict[str, tuple[float, float, float]]

    def as_text(self, name: str) -> str:
        """Value and interval of a pair or group, to print; empty if it has none."""
        if name not in self.by_name:
            return ""
        value, low, high = self.by_name[name]
        digits = 1 if self.unit == DEGREES else 3
        interval = "" if pd.isna(low) else f" ({low:.{digits}f}-{high:.{digits}f})"
        return f"{value:.{digits}f}{interval}"


def pair_statistics(results: pd.DataFrame) -> list[Statistic]:
    """Further statistics of pairs, in the order of the results.

    Shown are rows of both directions together (``mean``, or without a direction), at the level of the pair's line
    where there are some, else of whole groups.
    """
    rows = results[(results["comparison"] != MAPPING) & ~results["what"].isin(_IN_RESULTS_ONLY)]
    rows = rows[~rows["what"].str.startswith(FIRM_LEVEL)]
    rows = rows[(rows["what"] != "angle") | ~rows["method"].isin(_LINE_METHODS)]
    rows = rows[rows["direction"].isna() | (rows["direction"] == MEAN)]
    over_industries = rows[rows["level"] == INDUSTRY_MEAN]
    whole = rows[rows["level"] == GROUP]
    keys = ["group", "what", "method"]
    has_mean = pd.MultiIndex.from_frame(whole[keys]).isin(pd.MultiIndex.from_frame(over_industries[keys]))
    return _statistics(pd.concat([over_industries, whole[~has_mean]]).sort_index())


def group_statistics(results: pd.DataFrame) -> list[Statistic]:
    """Further statistics of groups: all but the test scores of their mappings."""
    rows = results[(results["comparison"] == MAPPING) & ~results["what"].str.startswith("test_")]
    return _statistics(rows)


def _statistics(rows: pd.DataFrame) -> list[Statistic]:
    found = []
    for (what, method, unit), of_one in rows.groupby(["what", "method", "unit"], sort=False):
        named = [method] if what in ("angle", method) else [what, method]
        values = {str(row["group"]): _interval(row) for row in of_one.to_dict("records")}
        found.append(Statistic(", ".join(str(part).replace("_", " ") for part in named), str(unit), values))
    return found


def level_in_words(lines: Sequence[AngleLine]) -> str:
    """Level that the lines show: the published one, or whole groups for pairs that share no industry."""
    whole = [line.level == GROUP for line in lines]
    if all(whole):
        return "whole groups"
    return f"mean over industries{f'; {_WHOLE} whole groups' if any(whole) else ''}"


def title_end(results: pd.DataFrame, simulated: bool) -> str:
    """End of a title: whether firms are simulated, and what their vectors are of."""
    of = results.loc[results["method"] != PUBLISHED, "vectors"].dropna().unique()
    return f"{' (simulated)' if simulated else ''}{f'; vectors of {of[0]}' if len(of) else ''}"


def angle_lines(results: pd.DataFrame) -> list[AngleLine]:
    """Lines of all pairs, in the order of the results."""
    rows = results[results["what"].isin(["angle", "floor", f"{FIRM_LEVEL}r2"])]
    by_industry = set(rows.loc[(rows["method"] == PLUG_IN) & (rows["level"] == INDUSTRY_MEAN), "group"])
    lines = []
    for name, of_pair in rows.groupby("group", sort=False):
        level = INDUSTRY_MEAN if name in by_industry else GROUP
        of_firms = of_pair["what"] == f"{FIRM_LEVEL}r2"
        shown = of_pair[(of_pair["level"] == level) | (of_pair["method"] == PUBLISHED) | of_firms]
        mark = _WHOLE if by_industry and level == GROUP else ""
        lines.append(_angle_line(str(name), shown, level, mark))
    return lines


def _angle_line(name: str, rows: pd.DataFrame, level: str, mark: str) -> AngleLine:
    floor = rows[(rows["what"] == "floor") & (rows["method"] == DEBIASED) & (rows["direction"] == MEAN)]
    explained = rows[(rows["what"] == f"{FIRM_LEVEL}r2") & (rows["method"] == MAPPING_MODEL)]
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
        name=name,
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
        diagnostics=str(mean["diagnostics"]),
        # The direction from the first group goes through the matrix of the second.
        r2=(float(explained["value"].iloc[1]), float(explained["value"].iloc[0]))
        if len(explained) == 2
        else None,
    )


def link_lines(results: pd.DataFrame) -> list[LinkLine]:
    """Lines of all mappings whose scores have an R², in the order of the results."""
    lines = []
    for group, rows in results[results["comparison"] == MAPPING].groupby("group", sort=False):
        found = {(str(row["method"]), str(row["what"])): row for row in rows.to_dict("records")}
        if (MAPPING_MODEL, "test_r2") not in found:
            continue
        model = found[MAPPING_MODEL, "test_r2"]
        lines.append(
            LinkLine(
                group=str(group),
                r2=_interval(model),
                shuffled=_value(found.get(("shuffled_pairs", "test_r2"))),
                ceiling=_value(found.get(("ceiling", "test_r2"))),
                centred=_value(found.get((MAPPING_MODEL, "test_cosine_centred"))),
                first=_value(found.get((MAPPING_MODEL, "test_top_1"))),
                among_ten=_value(found.get((MAPPING_MODEL, "test_top_10"))),
                chance=_value(found.get(("chance", "test_top_10"))),
                n=int(model["n1"]),
            )
        )
    return lines


def accuracy_lines(results: pd.DataFrame) -> list[AccuracyLine]:
    """Lines of all mappings, in the order of the results."""
    lines = []
    for group, rows in results[results["comparison"] == MAPPING].groupby("group", sort=False):
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
