"""Rows of the test scores of the mappings and of the models that know less."""

from collections.abc import Iterator

from ipml.evaluation.results import MAPPING, Row
from ipml.evaluation.rows.context import Context


class Accuracies:
    """Test scores of a group's mapping and of the null models beside it, as the mapping's run measured them."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's groups."""
        for group in context.groups:
            for score in context.found.scores[group.name].to_dict("records"):
                yield Row(
                    f"test_{score['metric']}",
                    MAPPING,
                    group.name,
                    str(score["model"]),
                    float(score["value"]),
                    low=float(score["low"]),
                    high=float(score["high"]),
                    unit=unit_of(str(score["metric"])),
                    n1=int(score["n"]),
                    simulated=context.simulated,
                    models=group.model,
                )


def unit_of(metric: str) -> str:
    """Unit of a score of the mappings: those by retrieval are shares of firms or ranks, R² is its own."""
    if metric.startswith("cosine"):
        return "cosine"
    if metric == "mean_rank":
        return "rank"
    return "share" if metric.startswith("top_") else metric
