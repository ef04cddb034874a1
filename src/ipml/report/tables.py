"""Tables on the screen."""

import pandas as pd
from rich.table import Table
from rich.text import Text

from ipml.evaluation.model_diagnostics import FAILED_MARK, NOT_KNOWN, UNKNOWN_MARK
from ipml.evaluation.results import BETWEEN_COUNTRIES
from ipml.report.summary import (
    AngleLine,
    Statistic,
    accuracy_lines,
    angle_lines,
    group_statistics,
    level_in_words,
    link_lines,
    pair_statistics,
    title_end,
)

_TITLES = {BETWEEN_COUNTRIES: "Countries compared, by firm type"}
_VERDICT_MARKS = {" failed (": f" {FAILED_MARK}", NOT_KNOWN: f" {UNKNOWN_MARK}"}
_OTHER_TITLE = "Firm types compared, by country"


def angle_tables(results: pd.DataFrame, simulated: bool, confidence: float) -> list[Table]:
    """Table of the angles between countries and table of those between firm types."""
    lines = angle_lines(results)
    tables = []
    for comparison in dict.fromkeys(line.comparison for line in lines):
        of_comparison = [line for line in lines if line.comparison == comparison]
        level = level_in_words(of_comparison)
        title = f"{_TITLES.get(comparison, _OTHER_TITLE)}: angles in degrees, {level}{title_end(results, simulated)}"
        tables.append(_angle_table(title, of_comparison, confidence))
    return tables


def accuracy_table(results: pd.DataFrame, simulated: bool) -> Table:
    """Table of the mappings' test cosines beside those of the models that know less."""
    lines = accuracy_lines(results)
    others = list(dict.fromkeys(name for line in lines for name in line.others))
    published = any(line.published is not None for line in lines)
    table = Table(title=f"Mean cosine of A T with P over test firms{title_end(results, simulated)}")
    table.add_column("mapping")
    for header in (
        "A",
        "interval",
        *(name.replace("_", "\n") for name in others),
        "A about\nmean P",
        "test\nfirms",
    ):
        table.add_column(header, justify="right")
    if published:
        table.add_column("published\n(other data)", justify="right")
    for line in lines:
        values = [f"{line.others[name]:.3f}" if name in line.others else "" for name in others]
        cells = [
            line.group,
            f"{line.value:.3f}",
            "" if pd.isna(line.low) else f"{line.low:.3f}-{line.high:.3f}",
            *values,
        ]
        cells += [f"{line.centred:.3f}", str(line.n)]
        table.add_row(*cells, *([_number(line.published, 2)] if published else []))
    return table


def link_table(results: pd.DataFrame, simulated: bool) -> Table | None:
    """Table of what each matrix explains of single test firms; None where no mapping's scores say it."""
    lines = link_lines(results)
    if not lines:
        return None
    table = Table(title=f"What A explains of single test firms{title_end(results, simulated)}")
    table.add_column("mapping")
    headers = ("R²", "interval", "shuffled\npairs", "ceiling", "cosine\nabout mean P")
    for header in (*headers, "own product\nfirst", "among\nten", "chance,\nten", "test\nfirms"):
        table.add_column(header, justify="right")
    for line in lines:
        value, low, high = line.r2
        cells = [line.group, f"{value:.3f}", "" if pd.isna(low) else f"{low:.3f}-{high:.3f}"]
        cells += [_number(of, 3) for of in (line.shuffled, line.ceiling, line.centred)]
        cells += [_number(of, 2) for of in (line.first, line.among_ten, line.chance)]
        table.add_row(*cells, str(line.n))
    return table


def statistics_tables(results: pd.DataFrame, simulated: bool) -> list[Table]:
    """Tables of the further statistics of pairs and of groups; none where there are none."""
    shown = [("pair", pair_statistics(results)), ("group", group_statistics(results))]
    return [_statistics_table(header, found, simulated) for header, found in shown if found]


def _statistics_table(header: str, statistics: list[Statistic], simulated: bool) -> Table:
    table = Table(title=f"Further statistics{_mark(simulated)}")
    table.add_column(header)
    for statistic in statistics:
        table.add_column(f"{statistic.title}\n{statistic.unit}", justify="right")
    for name in dict.fromkeys(name for statistic in statistics for name in statistic.by_name):
        table.add_row(name, *(statistic.as_text(name) for statistic in statistics))
    return table


def _angle_table(title: str, lines: list[AngleLine], confidence: float) -> Table:
    planted = any(line.planted is not None for line in lines)
    published = any(line.published is not None for line in lines)
    table = Table(title=title, show_edge=False, padding=(0, 0))
    table.add_column("1-2", no_wrap=True)
    clustered = any(line.clustered is not None for line in lines)
    counted = any(line.word_errors is not None for line in lines)
    headers = ["plug-in\n1 -> 2", "\n2 -> 1", "\nmean (SD)", "same A\nreads", "debiased\nmean"]
    headers += [f"{confidence:.0%}\ninterval"] + ["clustered\ninterval"] * clustered
    headers += ["words'\nerrors too"] * counted + ["p"]
    explained = any(line.r2 is not None for line in lines)
    headers += ["planted"] * planted + ["other data,\npublished"] * published
    headers += ["R² of A\n1/2"] * explained + ["firms\n1/2"]
    for header in headers:
        table.add_column(header, justify="right")
    for within in dict.fromkeys(line.within for line in lines):
        table.add_section()
        table.add_row(Text(within, "bold"))
        for line in lines:
            if line.within != within:
                continue
            spread = "" if line.sd is None else f" ({line.sd:.1f})"
            cells = [
                line.pair + _verdict(line),
                f"{line.forward:.1f}",
                f"{line.backward:.1f}",
                f"{line.mean:.1f}{spread}",
            ]
            cells += [f"{line.floor:.1f}", f"{line.debiased:.1f}", f"{line.low:.1f}-{line.high:.1f}"]
            if clustered:
                cells.append("" if line.clustered is None else "{:.1f}-{:.1f}".format(*line.clustered))
            if counted:
                cells.append("" if line.word_errors is None else "{1:.1f}-{2:.1f}".format(*line.word_errors))
            cells.append("< .001" if line.p_value < 0.001 else f"{line.p_value:.3f}".lstrip("0"))
            cells += [_number(line.planted, 1)] * planted + [_number(line.published, 1)] * published
            if explained:
                cells.append("" if line.r2 is None else "/".join(f"{value:.2f}" for value in line.r2))
            table.add_row(*cells, f"{line.n1}/{line.n2}")
    return table


def _verdict(line: AngleLine) -> str:
    """Mark of a pair behind which a model failed its diagnostics, or whose diagnostics are not known."""
    return next((mark for word, mark in _VERDICT_MARKS.items() if word in line.diagnostics), "")


def _mark(simulated: bool) -> str:
    return " (simulated)" if simulated else ""


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
