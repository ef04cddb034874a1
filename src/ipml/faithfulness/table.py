"""Table on the screen: figures of each model and order, and what the attention adds to random orders."""

import pandas as pd
from rich.markup import escape
from rich.table import Table

from ipml.faithfulness.rescoring import RANDOM

_HEADERS = {
    "comprehensiveness": "comprehen-\nsiveness",
    "sufficiency": "\nsufficiency",
    "aopc_comprehensiveness": "AOPC com-\nprehensiv.",
    "aopc_sufficiency": "AOPC suf-\nficiency",
    "deletion_area": "deletion\narea",
    "insertion_area": "insertion\narea",
}
_BETTER = ("higher", "lower", "higher", "lower", "lower", "higher")  # where the order is faithful


def figure_table(results: pd.DataFrame) -> Table:
    """Figures with their intervals, a section a model; the first order also as its difference to random."""
    share = results.loc[results["figure"] == "comprehensiveness", "share"].iloc[0]
    n, simulated = results["n_firms"].iloc[0], bool(results["simulated"].iloc[0])
    table = Table(
        title=f"Faithfulness at {share:.0%} of the tokens, {results['models'].iloc[0]}, "
        f"{n} {'simulated ' if simulated else ''}firms"
    )
    table.add_column("order\n\nfaithful if")
    for header, better in zip(_HEADERS.values(), _BETTER, strict=True):
        table.add_column(f"{header}\n{better}", justify="right")
    for model, of_model in results.groupby("model", sort=False):
        full = of_model[(of_model["figure"] == "deletion") & (of_model["share"] == 0)]["value"].iloc[0]
        table.add_section()
        table.add_row(f"[bold]{escape(str(model))}[/bold]\n  whole site: {full:.3f}")
        orders = of_model["order"].unique()
        for order in orders:
            rows = of_model[of_model["order"] == order].set_index("figure")
            table.add_row(escape(str(order)), *_cells(rows, ("value", "low", "high")))
        first = of_model[of_model["order"] == orders[0]].set_index("figure")
        columns = ("difference", "difference_low", "difference_high")
        table.add_row(escape(f"{orders[0]} - {RANDOM}"), *_cells(first, columns, sign="+"))
    return table


def _cells(rows: pd.DataFrame, columns: tuple[str, str, str], sign: str = "") -> list[str]:
    cells = []
    for figure in _HEADERS:
        value, low, high = rows.loc[figure, list(columns)].astype(float)
        cells.append(f"{value:{sign}.3f}\n{low:{sign}.3f}, {high:{sign}.3f}")
    return cells
