"""What the ``dual_attn`` models behind the mappings say of themselves: their keywords make the product vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ipml.dual_attention.bundle import STAGE
from ipml.errors import InputError
from ipml.evaluation.pairs import Pair
from ipml.evaluation.read_groups import RegisteredGroups
from ipml.tracking import Lineage, ModelReference, Workspace
from ipml.tracking.failed_diagnostics import FAILED, NOT_JUDGED, PASSED, TAG

NOT_KNOWN = "not known"
FAILED_MARK, UNKNOWN_MARK = "!", "?"  # of a pair in the table


@dataclass(frozen=True)
class ModelDiagnostics:
    """Verdicts of the models behind groups of firms.

    Attributes
    ----------
    of_model
        ``passed``, ``failed: NAME, …``, ``not judged`` or ``not known`` of each model, by name and version as
        ``dual_attn-JP/3``.
    of_group
        Models behind each group, by its name.
    """

    of_model: Mapping[str, str] = field(default_factory=dict)
    of_group: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, workspace: Workspace, found: RegisteredGroups) -> "ModelDiagnostics":
        """Read the verdicts of all models in the lineages of the groups."""
        of_group = {name: _models(model.lineage) for name, model in found.models.items()}
        models = dict.fromkeys(model for of_one in of_group.values() for model in of_one)
        return cls({model: _verdict(workspace, model) for model in models}, of_group)

    def in_words(self, groups: Sequence[str]) -> str:
        """Say the verdicts behind some groups: ``passed`` if all did; empty where no such model is behind them.

        Examples
        --------
        >>> found = ModelDiagnostics({"dual_attn-JP/3": "failed: page_overlap"}, {"JP established": ["dual_attn-JP/3"]})
        >>> found.in_words(["JP established"]), found.in_words(["US established"])
        ('dual_attn-JP/3 failed (page_overlap)', '')
        """
        models = dict.fromkeys(model for group in groups for model in self.of_group.get(group, ()))
        said = [
            f"{model} failed ({verdict.removeprefix(FAILED)})"
            if verdict.startswith(FAILED)
            else f"{model} {verdict}"
            for model, verdict in self.of_model.items()
            if model in models and verdict != PASSED
        ]
        return "; ".join(said) or (PASSED if models else "")

    def add_to(self, results: pd.DataFrame, pairs: Sequence[Pair]) -> pd.DataFrame:
        """Fill the column ``diagnostics`` of the rows that come from models."""
        said = {name: self.in_words([name]) for name in self.of_group}
        said |= {pair.name: self.in_words([group.name for group in pair.groups]) for pair in pairs}
        of_row = results["group"].map(said).fillna("")
        return results.assign(diagnostics=of_row.where(results["models"] != "", ""))

    def notes(self) -> list[str]:
        """A line for each model that failed or of which nothing is known."""
        lines = []
        for model, verdict in self.of_model.items():
            if verdict.startswith(FAILED):
                lines.append(
                    f"{FAILED_MARK}: {model} failed diagnostics {verdict.removeprefix(FAILED)}: its keywords may not "
                    "be the words of products, so read no angle of its firms"
                )
            elif verdict == NOT_KNOWN:
                lines.append(
                    f"{UNKNOWN_MARK}: diagnostics of {model} are not known: trained before there were any; train it "
                    "again"
                )
            elif verdict == NOT_JUDGED:
                lines.append(f"diagnostics: {model}: not judged, its firms have one page each")
        return lines


def _models(lineage: Lineage) -> list[str]:
    return [
        f"{name}/{version}"
        for name, version in lineage.items()
        if name.rpartition(".")[2].startswith(f"{STAGE}-")
    ]


def _verdict(workspace: Workspace, model: str) -> str:
    try:
        run_id = workspace.find_version(ModelReference.parse(model)).run_id
        return workspace.get_run(str(run_id)).tags.get(TAG, NOT_KNOWN)
    except InputError:  # deleted since
        return NOT_KNOWN
