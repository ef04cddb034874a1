"""The registered model as MLflow serves it (a *model from code*): firms' pages in, probabilities or keywords out."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types import ColSpec, DataType

from ipml.reach import Reach
from ipml.settings import Selection
from ipml.tracking.pyfunc_io import chosen, text_signature, text_table

OUTPUTS = ("probability", "keywords")
# Those of `conf/selection/attention.yaml`; how many firms use a word is not known from a few of them.
SELECTION = Selection(
    rule="percentile", amount=0.5, count_repeats=False, max_firm_share=1.0, min_contrast=None
)


class PatentProbability(PythonModel):
    """Probability that a firm holds patents, or the words that tell it.

    A row is a page. A firm that the model was trained on is read by the fold that has not seen it, another by the mean
    of all folds.
    """

    reach: Reach | None = None

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle and its word vectors."""
        from ipml.dual_attention.bundle import Bundle

        self.bundle = Bundle.load(Path(context.artifacts["model"]), self.reach)
        self.language = self.bundle.open_language()

    def predict(
        self,
        context: PythonModelContext | None,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Read pages with the columns ``firm_id`` and ``text``.

        Returns
        -------
        For ``output="probability"`` the columns ``firm_id`` and ``probability``, NaN for a firm without a known word;
        for ``keywords`` ``firm_id``, ``rank``, ``weight`` (of word times page) and ``word``, best first.
        """
        from ipml.dual_attention.data.sites import sites_of_pages
        from ipml.dual_attention.keywords.selection import select

        output = chosen(params, "output", OUTPUTS)
        pages = text_table(model_input, ["firm_id", "text"], keys=["firm_id"])
        firm_ids = pages["firm_id"].tolist()
        reading = {key: value for key, value in self.bundle.reading.items() if key != "page_kinds"}
        sites = sites_of_pages(firm_ids, pages["text"].tolist(), self.language, **reading)
        scores = self.bundle.score(sites)
        if output == "probability":
            found = pd.Series(scores.probabilities.astype(float), index=sites.firm_ids, dtype=float)
            names = list(dict.fromkeys(firm_ids))
            return pd.DataFrame({"firm_id": names, "probability": found.reindex(names).to_numpy()})
        keywords = select(sites, scores, None, {}, SELECTION).table(sites)
        keywords["weight"] = (keywords["word_weight"] * keywords["page_weight"]).astype(float)
        return keywords[["firm_id", "rank", "weight", "word"]]


def signature() -> ModelSignature:
    """Describe what the served model takes and returns."""
    outputs = [ColSpec(DataType.string, "firm_id"), ColSpec(DataType.double, "probability")]
    return text_signature({"firm_id": True, "text": True}, {"output": OUTPUTS[0]}, outputs)


Served = PatentProbability
mlflow.models.set_model(PatentProbability())
