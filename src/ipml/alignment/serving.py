"""The registered model as MLflow serves it (a *model from code*): words or texts in, reference-space vectors out."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types import DataType
from mlflow.types.schema import Array, ColSpec

from ipml.reach import Reach
from ipml.tracking.pyfunc_io import chosen, text_signature, text_table

INPUTS = ("texts", "words")


class WordAlignment(PythonModel):
    """Vectors in the reference space of texts or words of the source language."""

    reach: Reach | None = None

    def load_context(self, context: PythonModelContext) -> None:
        """Open the alignment and the word vectors of its source language."""
        from ipml.alignment.registered import open_alignment, open_source_language

        self.alignment = open_alignment(Path(context.artifacts["model"]))
        self.language = open_source_language(self.alignment, self.reach or Reach.of_now())

    def predict(
        self,
        context: PythonModelContext | None,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Bring the column ``text`` to the reference space.

        Returns
        -------
        The columns ``text`` and ``vector``. For ``input="texts"`` the mean of a text's words, calibrated, or each at
        length 1 with ``calibrated=False``, as firm vectors are made; NaN for a text without a known word. For
        ``input="words"`` the aligned vector of each text as one word; `InputError` names those that have none.
        """
        kind = chosen(params, "input", INPUTS)
        texts = text_table(model_input, ["text"])["text"].tolist()
        calibrated = chosen(params, "calibrated", (True, False))
        vectors = self._of_words(texts) if kind == "words" else self._of_texts(texts, calibrated)
        return pd.DataFrame({"text": texts, "vector": list(vectors)})

    def _of_words(self, words: list[str]) -> list[list[float]]:
        from ipml.errors import InputError

        known, vectors = self.language.vectors.select(words)
        if not known.all():
            unknown = [word for word, is_known in zip(words, known, strict=True) if not is_known]
            raise InputError(f"words without a vector: {', '.join(unknown[:10])}")
        return self.alignment.reference_vectors(words, vectors).astype(float).tolist()

    def _of_texts(self, texts: list[str], calibrated: bool) -> list[list[float]]:
        import numpy as np

        from ipml.alignment.registered import in_reference_space
        from ipml.text import encode_texts

        encoded = encode_texts(texts, self.language)
        words = in_reference_space(self.alignment, encoded.words, encoded.vectors, calibrated)
        with np.errstate(invalid="ignore"):
            means = (encoded.counts() @ words.astype(float)) / encoded.lengths[:, None]
        return means.tolist()


def signature() -> ModelSignature:
    """What the served model takes and returns."""
    outputs = [ColSpec(DataType.string, "text"), ColSpec(Array(DataType.double), "vector")]
    return text_signature({"text": True}, {"input": INPUTS[0], "calibrated": True}, outputs)


Served = WordAlignment
mlflow.models.set_model(WordAlignment())
