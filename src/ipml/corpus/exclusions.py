"""Firms that a stage leaves out: counted by reason, and named."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ipml.tracking import Run

Exclusions = Mapping[str, Sequence[str]]  # reason to firm_id
_NAMED = 5


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
