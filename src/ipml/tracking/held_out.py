"""How a model did on each unit that it was not trained on: logged with its run, compared with another model's.

Two models on the same units are compared by the difference of their figures, with a paired bootstrap interval.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.errors import InputError
from ipml.statistics.classification import area_under_roc
from ipml.statistics.intervals import MIN_VALUES, Bootstrap, percentile_interval, resampled_rows
from ipml.tracking.runs import Run
from ipml.tracking.workspace import Workspace

_CHUNK = 2**21
AUC = "auc"
TABLE = "held_out"


@dataclass(frozen=True)
class HeldOut:
    """Units that a model was not trained on, and its value for each.

    Attributes
    ----------
    figure
        Name of the model's first figure: ``auc``, or what the values are the mean of.
    data
        What the units and their truth come from, by name, as ``{"corpus": "3f…"}``: where a name has another value, a
        figure is one of other data.
    units
        Names of n firms or words.
    scores
        Shape (n,): the score of a firm for an AUC, else how well the unit came out.
    labels
        Shape (n,), for an AUC alone: the truth.
    """

    figure: str
    data: Mapping[str, str]
    units: Sequence[str]
    scores: npt.NDArray[np.float64]
    labels: npt.NDArray[np.bool_] | None = None

    def log(self, run: Run, table: str = TABLE) -> None:
        """Save with a run, as a table with the columns unit, value and, for an AUC, label."""
        columns: dict[str, Any] = {"unit": list(self.units), "value": self.scores}
        if self.labels is not None:
            columns["label"] = self.labels
        run.log_table(table, pd.DataFrame(columns))
        run.set_tags({table: json.dumps({"figure": self.figure, "data": dict(self.data)}, sort_keys=True)})


def load_held_out(workspace: Workspace, run_id: str, table: str = TABLE) -> HeldOut:
    """Read what `HeldOut.log` saved with a run, sorted by unit.

    Raises
    ------
    InputError
        If the run has none, as one of an older version may not.
    """
    tag = workspace.get_run(run_id).tags.get(table)
    if tag is None:
        raise InputError(
            f"run {run_id} in {workspace.place}: it has no held-out scores; train it again, or "
            "promote without a comparison: margin=null"
        )
    frame = workspace.load_table(run_id, table).sort_values("unit")
    about = json.loads(tag)
    labels = frame["label"].to_numpy(dtype=bool) if "label" in frame else None
    scores = frame["value"].to_numpy(dtype=np.float64)
    return HeldOut(about["figure"], about["data"], frame["unit"].tolist(), scores, labels)


class Comparison(NamedTuple):
    """Figure of challenger and champion on the same n units, and the difference with its interval."""

    figure: str
    challenger: float
    champion: float
    difference: float
    low: float
    high: float
    n: int


def too_few(held_out: HeldOut) -> str:
    """Why the units of a model are too few to compare it with another; empty if they are enough."""
    counts = {"held-out units": len(held_out.units)}
    if held_out.labels is not None:
        positives = int(held_out.labels.sum())
        counts = {"held-out units of a class": min(positives, len(held_out.units) - positives)}
    ((name, n),) = counts.items()
    return "" if n >= MIN_VALUES else f"{n} {name}; at least {MIN_VALUES} are needed for a comparison"


def compare(challenger: HeldOut, champion: HeldOut, bootstrap: Bootstrap) -> Comparison:
    """Compare two models whose units are the same, in the same order.

    The interval is the percentile interval over resamples of the units, which both models see alike (Efron & Tibshirani
    1993, chapter 13). Resamples with one class have no AUC and are left out.
    """
    n = len(challenger.units)
    resamples = resampled_rows(n, bootstrap.resamples, bootstrap.seed, max(_CHUNK // n, 1))
    differences = [_figures(challenger, drawn) - _figures(champion, drawn) for drawn in resamples]
    low, high = percentile_interval(np.concatenate(differences), bootstrap.level)
    once = np.arange(n)[None]
    scores = float(_figures(challenger, once)[0]), float(_figures(champion, once)[0])
    return Comparison(challenger.figure, *scores, scores[0] - scores[1], low, high, n)


def check_same_data(challenger: HeldOut, champion: HeldOut, titles: tuple[str, str]) -> None:
    """Refuse two models that were scored on other data, or on other units of it.

    Parameters
    ----------
    titles
        What the two are called in the message, challenger first.

    Raises
    ------
    InputError
        The message names what differs, and both values.
    """
    new, old = titles
    advice = "train both on the same data, or promote without a comparison: margin=null"
    if challenger.figure != champion.figure:
        raise InputError(f"{new} is scored by {challenger.figure}, {old} by {champion.figure}; {advice}")
    for name in sorted(challenger.data.keys() | champion.data.keys()):
        values = challenger.data.get(name, "none"), champion.data.get(name, "none")
        if values[0] != values[1]:
            raise InputError(f"{new} was scored on {name} {values[0]}, {old} on {name} {values[1]}; {advice}")
    if list(challenger.units) != list(champion.units):
        apart = sorted(set(challenger.units) ^ set(champion.units))
        example = f", {apart[0]} in one of them alone" if apart else ""
        raise InputError(
            f"{new} was scored on {len(challenger.units)} units, {old} on {len(champion.units)}: "
            f"not the same ones{example}; {advice}"
        )


def _figures(model: HeldOut, drawn: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    if model.figure != AUC or model.labels is None:
        return model.scores[drawn].mean(axis=1)
    n = len(model.units)
    times = np.stack([np.bincount(rows, minlength=n) for rows in drawn]).astype(np.float64)
    return area_under_roc(model.labels, model.scores, times)
