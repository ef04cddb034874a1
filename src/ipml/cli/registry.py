"""``ipml registry`` and ``ipml promote``: what is registered, and which versions are champions."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from ipml.console import console
from ipml.corpus.card import find_card
from ipml.errors import InputError, LineageError
from ipml.files import hash_file
from ipml.guards.spreadsheets import csv_text
from ipml.provenance import find_run_id, on_one_line
from ipml.settings import Data
from ipml.settings.registry import PromoteSettings, RegistrySettings
from ipml.statistics.intervals import Bootstrap
from ipml.tracking import Lineage, Workspace
from ipml.tracking.held_out import Comparison
from ipml.tracking.promotion import (
    Entry,
    Move,
    carry_out,
    check_diagnostics,
    check_margin,
    plan_promotion,
    plan_rollback,
    read_history,
)
from ipml.tracking.registry import ListedVersion, list_versions, models_with_challenger
from ipml.tracking.runs import COMMAND, STAGE


def registry(settings: RegistrySettings, workspace: Workspace) -> None:
    """Print versions with aliases, figures and lineage, the history of promotions, or the run of a figure."""
    names = _own_names(workspace, settings.models)
    if settings.figure is not None:
        rows, table = figure_rows(workspace, Path(settings.figure))
    elif settings.history:
        entries = read_history(workspace)
        rows, table = history_rows(entries, names), history_table(entries, names)
    else:
        versions = list_versions(workspace.client, workspace.place, workspace.namespace, names)
        rows, table = version_rows(versions), registry_table(versions)
    # The console would break long lines of a file.
    if settings.format == "csv":
        print(csv_text(pd.DataFrame(rows)), end="")
    elif settings.format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        if rows:
            console.print(table)
        else:
            what = "promotion" if settings.history else "model"
            console.print(f"no {what} yet in {workspace.shown_namespace}")
        if not rows or workspace.has_other_namespaces:
            console.print(workspace.other_namespaces(), highlight=False)


def promote(settings: PromoteSettings, workspace: Workspace) -> None:
    """Make challengers the champions that evaluation reads, all or none, or take that back."""
    names = _own_names(workspace, settings.models)
    if settings.rollback:
        plan = plan_rollback(workspace, names)
    else:
        names = models_with_challenger(workspace.client, workspace.namespace) if names is None else names
        if not names:
            raise InputError(
                f"models: no model with a challenger in {workspace.shown_namespace}; train one first, or name the "
                f"corpus (data=corpus data.root=…) or the namespace; {workspace.other_namespaces()}"
            )
        bootstrap = Bootstrap(settings.resamples, settings.level, settings.seed)
        one_lineage = settings.study is not None
        plan = plan_promotion(workspace, names, settings.margin, bootstrap, one_lineage=one_lineage)
        _check_corpus(plan.moves, settings.data)
    console.print(plan_table(plan.moves, settings.level))
    check_diagnostics(plan, settings.force)
    check_margin(plan)
    if settings.dry_run:
        console.print("dry run: nothing moved")
        return
    carry_out(workspace, plan, settings.reason, settings.takeover)
    moved = sum(not move.stays for move in plan.moves)
    console.print(f"{moved} of {len(plan.moves)} champions moved", highlight=False)


def _check_corpus(moves: Sequence[Move], data: Data) -> None:
    """Refuse challengers of another corpus than the command names; a simulated world is there by default."""
    card = find_card(data, ingested=True) if data.kind == "corpus" else None
    if card is None:
        return
    for move in moves:
        corpus = move.lineage.get("corpus", card.hash)
        if move.now != move.before and corpus != card.hash:
            raise LineageError(
                f"{move.name}: version {move.now} is of corpus {corpus}, data.root={data.root} is corpus {card.hash}; "
                "train it on this one, or name those of this one: models=[…]"
            )


def _own_names(workspace: Workspace, names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else [workspace.own_name(name) for name in names]


def version_rows(versions: Sequence[ListedVersion]) -> list[dict[str, str | float]]:
    """A row a version; every name of a lineage and every figure has a column of its own."""
    return [
        {
            "model": version.model,
            "version": version.version,
            "aliases": " ".join(version.aliases),
            "run_id": version.run_id,
            **version.lineage.as_tags(),
            **version.figures,
        }
        for version in versions
    ]


def history_rows(history: Sequence[Entry], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """A row for each model that each promotion moved, of the models named (all if None), with the figures compared."""
    rows = []
    for entry in history:
        for move in entry.moves:
            if names is None or move.name in names:
                figures = {} if move.comparison is None else move.comparison._asdict()
                row = {
                    "model": move.name,
                    "before": move.before,
                    "now": move.now,
                    "why": move.why,
                    "failed": move.failed,
                    **figures,
                }
                rows.append({**vars(entry), **row, **Lineage(move.lineage).as_tags()})
                del rows[-1]["moves"]
    return rows


def figure_rows(workspace: Workspace, path: Path) -> tuple[list[dict[str, Any]], Table]:
    """Find the run that a figure comes from: a row and a table with a line a field.

    Raises
    ------
    InputError
        If the file names no run, or one that is not here.
    """
    run_id = find_run_id(path)
    try:
        run = workspace.get_run(run_id)
    except InputError as error:
        raise InputError(f"figure={path}: of {error}; tracking.uri or IPML_HOME says where it is") from error
    row = {
        "run_id": run.id,
        "stage": run.tags[STAGE],
        "name": run.name,
        "status": run.status,
        "file": _in_folder(path, run.folder),
        "folder": str(run.folder),
        "command": run.tags.get(COMMAND, ""),
    }
    table = Table(show_header=False)
    table.add_column("")
    table.add_column("", overflow="fold")
    for key, value in {**row, "made from": _lineage(run.lineage)}.items():
        table.add_row(key, Text(on_one_line(value)))
    return [{**row, **run.lineage.as_tags()}], table


def _in_folder(path: Path, folder: Path) -> str:
    """Say which file of the run's folder has the bytes of a figure."""
    if not folder.is_dir():
        return "the run's folder is not here"
    wanted = hash_file(path)
    same = (file.name for file in sorted(folder.glob(f"*{path.suffix}")) if hash_file(file) == wanted)
    return next(same, "not as the run wrote it: other bytes than its figures")


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


def plan_table(moves: Sequence[Move], level: float) -> Table:
    """Table with a line a model: versions, figures of both, difference with its interval, and why."""
    table = Table("model", "champion", "to be")
    for header in ("figure", f"champion's, challenger's, difference ({level:.0%} interval, n)", "why"):
        table.add_column(header, overflow="fold")
    for move in moves:
        table.add_row(
            move.name, move.before or "none", move.now or "none", *_figures(move.comparison), _why(move)
        )
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
    if not compared:
        return f"{versions} ({_why(move)})"
    return f"{versions} {figure} {compared}" + (f" ({_failed(move)})" if move.failed else "")


def _why(move: Move) -> str:
    return f"{move.why}; {_failed(move)}" if move.failed else move.why


def _failed(move: Move) -> str:
    return f"diagnostics failed: {move.failed}"
