"""The pooled model as MLflow serves it (a *model from code*): group and technology in, products out."""

from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc import PythonModel, PythonModelContext
from pydantic import BaseModel


class Technology(BaseModel):
    """A technology vector of a firm of a group, named as ``JP established``."""

    group: str
    vector: list[float]


class PooledVectorConversion(PythonModel):
    """Product vector of each technology vector, by the matrix of its group."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the matrices."""
        from ipml.mapping.pooled import PooledConversion

        self.pooled = PooledConversion.load(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: list[Technology],
        params: dict[str, Any] | None = None,
    ) -> list[list[float]]:
        """Product vector of each row; `InputError` for an unknown group or a vector of another length."""
        import numpy as np

        products = []
        for row in model_input:
            vector = np.array([row.vector], dtype=np.float64)
            products.append(self.pooled.conversion(row.group).apply(vector)[0].tolist())
        return products


mlflow.models.set_model(PooledVectorConversion())
