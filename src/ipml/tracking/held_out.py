"""How a model did on each unit that it was not trained on: logged with its run, compared when it is to be promoted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig

from ipml.errors import InputError
from ipml.tracking.runs import Run, load_table
from ipml.tracking.store import connect

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


def load_held_out(config: DictConfig, run_id: str, table: str = TABLE) -> HeldOut:
    """Read what `HeldOut.log` saved with a run, sorted by unit.

    Raises
    ------
    InputError
        If the run has none, as one of an older version may not.
    """
    tag = connect(config).get_run(run_id).data.tags.get(f"ipml.{table}")
    if tag is None:
        raise InputError(
            f"run {run_id} in {config.paths.mlruns}: it has no held-out scores; train it again, or "
            "promote without a comparison: margin=null"
        )
    frame = load_table(config, run_id, table).sort_values("unit")
    about = json.loads(tag)
    labels = frame["label"].to_numpy(dtype=bool) if "label" in frame else None
    scores = frame["value"].to_numpy(dtype=np.float64)
    return HeldOut(about["figure"], about["data"], frame["unit"].tolist(), scores, labels)
