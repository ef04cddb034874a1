"""The registered model as MLflow serves it (a *model from code*): vectors of one side in, of the other out."""

from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc import PythonModel, PythonModelContext


class VectorConversion(PythonModel):
    """Product vector A t of each technology vector t, both in the English space; in reverse, t of each p."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the conversion."""
        from ipml.mapping.conversion import Conversion

        self.conversion = Conversion.load(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: list[list[float]],
        params: dict[str, Any] | None = None,
    ) -> list[list[float]]:
        """Vector that the model expects for each vector; `InputError` for one of another length."""
        import numpy as np

        from ipml.errors import InputError

        d = self.conversion.conversion_matrix.shape[1]
        for number, vector in enumerate(model_input, start=1):
            if len(vector) != d:
                raise InputError(f"vector {number} has {len(vector)} entries; needed: {d}")
        vectors = np.array(model_input, dtype=np.float64).reshape(-1, d)
        return self.conversion.apply(vectors).tolist()


mlflow.models.set_model(VectorConversion())
