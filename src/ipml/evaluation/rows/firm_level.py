"""Rows of what the two matrices of a pair explain of single firms: an angle says no more than its matrices know."""

from collections.abc import Iterator
from dataclasses import replace

from ipml.evaluation.results import FIRM_LEVEL, Row
from ipml.evaluation.rows.accuracies import unit_of
from ipml.evaluation.rows.context import Context

METRICS = ("r2", "cosine_centred", "top_1", "top_10", "mean_rank")
# Beside the mapping itself: one fitted to shuffled pairs, a random order, and what errors of both vectors leave.
MODELS = ("model", "shuffled_pairs", "chance", "ceiling")


class FirmLevel:
    """Test scores of the matrix that each direction of a pair goes through, beside null models and ceiling.

    Those about the mean P alone: a plain cosine of .85 is had by knowing nothing of a firm.
    """

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        for pair in context.pairs:
            # The firms of the first group go through the matrix of the second, and the other way round.
            for direction, group in zip(pair.directions, reversed(pair.groups), strict=False):
                scores = context.found.scores[group.name]
                shown = scores[scores["metric"].isin(METRICS) & scores["model"].isin(MODELS)]
                for score in shown.to_dict("records"):
                    row = pair.row(str(score["model"]), context.simulated)
                    yield replace(
                        row,
                        what=f"{FIRM_LEVEL}{score['metric']}",
                        direction=direction,
                        value=float(score["value"]),
                        low=float(score["low"]),
                        high=float(score["high"]),
                        unit=unit_of(str(score["metric"])),
                        n1=int(score["n"]),
                        n2=None,
                        models=group.model,
                    )
