"""The registered model as MLflow serves it (a *model from code*): words in, English-space vectors out."""

from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc import PythonModel, PythonModelContext


class WordAlignment(PythonModel):
    """Vectors in the English space of words of the source language."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the alignment and the word vectors of its source language."""
        from ipml.alignment.registered import open_alignment
        from ipml.text.languages import open_language_settings

        self.alignment = open_alignment(Path(context.artifacts["model"]))
        settings = self.alignment.settings
        self.language = open_language_settings(settings["pair"].split("-")[0], settings["source_language"])

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[list[float]]:
        """Vector of each word; `InputError` names the words that have none."""
        from ipml.errors import InputError

        known, vectors = self.language.vectors.select(model_input)
        if not known.all():
            unknown = [word for word, is_known in zip(model_input, known, strict=True) if not is_known]
            raise InputError(f"words without a vector: {', '.join(unknown[:10])}")
        return [[float(x) for x in vector] for vector in self.alignment.english_vectors(model_input, vectors)]


mlflow.models.set_model(WordAlignment())
