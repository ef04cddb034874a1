"""Registry, history and what a promotion would move, on the screen."""

import re
from collections.abc import Mapping, Sequence

from rich.table import Table

from ipml.tracking.held_out import Comparison
from ipml.tracking.promotion.history import Entry, Move
from ipml.tracking.registry import ListedVersion


def registry_table(versions: Sequence[ListedVersion]) -> Table:
    """Table with a line a version, without the ends of intervals and with the first 8 digits of a hash."""
    table = Table(show_lines=True)
    for header in ("model", "version", "aliases", "figures", "made from"):
        table.add_column(header, overflow="fold")
    for version in versions:
        figures = [
            f"{name.removeprefix('test/')} {value:.3f}"
            for name, value in version.figures.items()
            if not name.endswith(("_low", "_high"))
        ]
        aliases = ", ".join(version.aliases)
        table.add_row(version.model, version.version, aliases, "  ".join(figures), _lineage(version.lineage))
    return table


def plan_table(moves: Sequence[Move], level: float) -> Table:
    """Table with a line a model: versions, figures of both, difference with its interval, and why."""
    table = Table("model", "champion", "to be")
    for header in ("figure", f"champion's, challenger's, difference ({level:.0%} interval, n)", "why"):
        table.add_column(header, overflow="fold")
    for move in moves:
        table.add_row(
            move.name, move.before or "none", move.now or "none", *_figures(move.comparison), move.why
        )
    return table


def history_table(history: Sequence[Entry], names: Sequence[str] | None = None) -> Table:
    """Table with a line for each promotion and rollback that moved one of the models named (all if None)."""
    table = Table("number", "when, who", show_lines=True)
    for header in ("what", "reason", "margin", "champions"):
        table.add_column(header, overflow="fold")
    for entry in history:
        moves = [move for move in entry.moves if names is None or move.name in names]
        if moves:
            lines = [_in_words(move) for move in moves]
            row = (f"{entry.time}\n{entry.who}", entry.action, entry.reason, entry.margin, "\n".join(lines))
            table.add_row(str(entry.number), *row)
    return table


def _lineage(lineage: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {re.sub(r'[0-9a-f]{16,}', _first, value)}" for name, value in lineage.items())


def _first(digits: re.Match[str]) -> str:
    return digits[0][:8]


def _figures(comparison: Comparison | None) -> tuple[str, str]:
    if comparison is None:
        return "", ""
    return comparison.figure, (
        f"{comparison.champion:.3f}, {comparison.challenger:.3f}, {comparison.difference:+.3f} "
        f"({comparison.low:+.3f} to {comparison.high:+.3f}, {comparison.n})"
    )


def _in_words(move: Move) -> str:
    figure, compared = _figures(move.comparison)
    versions = f"{move.name}: {move.before or 'none'} → {move.now or 'none'}"
    return f"{versions} {figure} {compared}" if compared else f"{versions} ({move.why})"
