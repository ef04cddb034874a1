"""Firms that are known to hold patents or to hold none, and firms that a stage leaves out, counted and named."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ipml.corpus.storage import Corpus
from ipml.errors import InputError
from ipml.tracking import Run

Exclusions = Mapping[str, Sequence[str]]  # reason to firm_id
_NAMED = 5


def labelled_firms(corpus: Corpus, country: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Find the firms of a country whose ``has_patent`` is known, by ``firm_id``, and those left out and why.

    Raises
    ------
    InputError
        If no firm has a label, or all have the same.
    """
    firms = corpus.firms(country).set_index("firm_id")
    if firms.empty:
        raise InputError(f"country={country}: no firm of this country in {corpus.root}")
    known = firms[firms["has_patent"].notna()]
    if known.empty:
        raise InputError(
            f"country={country}: has_patent is unknown for all {len(firms)} firms in {corpus.root}; "
            "needed: some true and some false"
        )
    with_patents = int(known["has_patent"].astype(bool).sum())
    if with_patents in (0, len(known)):
        value = "true" if with_patents else "false"
        raise InputError(
            f"country={country}: has_patent is {value} for all {len(known)} firms where it is known, in "
            f"{corpus.root}; needed: some true and some false"
        )
    return known, {"has_patent unknown": firms.index[firms["has_patent"].isna()].tolist()}


def log_exclusions(run: Run, exclusions: Exclusions) -> None:
    """Log the counts as metrics and the firms as a table ``left_out``."""
    run.log_metrics({f"left_out/{reason}": len(firm_ids) for reason, firm_ids in exclusions.items()})
    rows = [(reason, firm_id) for reason, firm_ids in exclusions.items() for firm_id in firm_ids]
    run.log_table("left_out", pd.DataFrame(rows, columns=["reason", "firm_id"], dtype="str"))


def exclusions_line(exclusions: Exclusions) -> str:
    """Say how many firms are left out, why, and which (the first few)."""
    parts = []
    for reason, firm_ids in exclusions.items():
        if firm_ids:
            more = ", …" if len(firm_ids) > _NAMED else ""
            parts.append(f"{len(firm_ids)} ({reason}: {', '.join(firm_ids[:_NAMED])}{more})")
    return "  firms left out: " + (", ".join(parts) or "none")
