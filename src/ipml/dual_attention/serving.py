"""The registered model as MLflow serves it (a *model from code*): a firm's text in, a probability out."""

from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc import PythonModel, PythonModelContext


class PatentProbability(PythonModel):
    """Probability that a firm holds patents; the mean of the fold models, as for a firm never seen."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the bundle and its word vectors."""
        from ipml.dual_attention.bundle import Bundle

        self.bundle = Bundle.load(Path(context.artifacts["model"]))
        self.language = self.bundle.open_language()

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[float]:
        """Score one text a firm; NaN for a text without a known word."""
        from ipml.dual_attention.sites import sites_of_texts

        sites, numbers = sites_of_texts(model_input, self.language, self.bundle.reading["max_tokens"])
        probabilities = [float("nan")] * len(model_input)
        if len(sites):
            scores = self.bundle.score(sites)
            for number, probability in zip(numbers, scores.probabilities, strict=True):
                probabilities[number] = float(probability)
        return probabilities


mlflow.models.set_model(PatentProbability())
