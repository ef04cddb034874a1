"""The pooled model as MLflow serves it (a *model from code*): group and technology in, products out."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types import DataType, Schema
from mlflow.types.schema import Array, ColSpec


class PooledVectorConversion(PythonModel):
    """Product vector of each technology vector, by the matrix of its group."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the matrices."""
        from ipml.mapping.conversion import PooledConversion

        self.pooled = PooledConversion.load(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext | None,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Product ``vector`` of each row with a ``group``, named as ``JP established``, and a technology ``vector``.

        Raises
        ------
        InputError
            For a missing or repeated column, an unknown group or a vector of another length.
        """
        from ipml.guards.shapes import Shapes
        from ipml.tracking.pyfunc_io import columns_of, text_table

        groups = text_table(model_input, ["group"], keys=["group"])["group"].tolist()
        vectors = columns_of(model_input, ["group", "vector"])["vector"].tolist()
        products = []
        for number, (group, vector) in enumerate(zip(groups, vectors, strict=True), start=1):
            conversion = self.pooled.conversion(group)
            shapes = Shapes(d=conversion.conversion_matrix.shape[1])
            row = shapes.check(f"input, column vector, row {number}", vector, "d")
            products.append(conversion.apply(row[None])[0].tolist())
        return pd.DataFrame({"group": groups, "vector": products})


def signature() -> ModelSignature:
    """What the served model takes and returns."""
    columns = [ColSpec(DataType.string, "group"), ColSpec(Array(DataType.double), "vector")]
    return ModelSignature(Schema([*columns]), Schema([*columns]))


def example(group: str, dimension: int) -> pd.DataFrame:
    """Input of one row."""
    return pd.DataFrame({"group": [group], "vector": [[1.0] * dimension]})


Served = PooledVectorConversion
mlflow.models.set_model(PooledVectorConversion())
