"""The registered model as MLflow serves it (a *model from code*): firms' texts in, vectors or angles out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types import DataType
from mlflow.types.schema import Array, ColSpec

from ipml.reach import Reach
from ipml.tracking.pyfunc_io import chosen, text_signature, text_table

if TYPE_CHECKING:
    from ipml.vectors.text_vectors import MakesVectors

OUTPUTS = ("vectors", "angle")
SIDES = {"forward": ("technology", "products"), "reverse": ("products", "technology")}
ALL_FIRMS = "all firms"


class TextConversion(PythonModel):
    """Product vector A t of firms with the technology t, or its angle with their own; in reverse, the other way."""

    reach: Reach | None = None

    def load_context(self, context: PythonModelContext) -> None:
        """Open the conversion and what makes vectors of texts."""
        from ipml.errors import InputError
        from ipml.mapping.conversion import Conversion
        from ipml.vectors.text_vectors import load_text_vectors

        folder = Path(context.artifacts["model"])
        self.conversion = Conversion.load(folder)
        settings = self.conversion.settings
        if "texts" not in settings:
            raise InputError(f"{folder}: a conversion that keeps no way to read texts; train it again")
        self.texts = load_text_vectors(folder, settings["texts"], self.reach)
        self.sides = SIDES[settings["direction"]]

    def predict(
        self,
        context: PythonModelContext | None,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Convert firms with the columns ``firm_id``, ``technology`` (a patent a row) and ``products`` (keywords).

        Where the model's firm vectors are of texts, each line of ``products`` is a phrase.

        Returns
        -------
        The columns ``firm_id`` and, for ``output="vectors"``, ``vector``, what the model expects of the firm; for
        ``angle`` the angle between that and the firm's own vector in degrees, and as the last row ``all firms`` that
        between the means. NaN for a firm without a known word, and where one of the two is zero.
        """
        import numpy as np

        from ipml.statistics.angles import known_angles

        output = chosen(params, "output", OUTPUTS)
        source, target = self.sides
        needed = ["firm_id", source] if output == "vectors" else ["firm_id", source, target]
        table = text_table(model_input, needed, keys=["firm_id"])
        number, firm_ids = pd.factorize(table["firm_id"])
        expected = self.conversion.apply(
            self.texts.make(source, number, table[source].tolist(), len(firm_ids))
        )
        if output == "vectors":
            return pd.DataFrame({"firm_id": firm_ids, "vector": expected.tolist()})
        own = self.texts.make(target, number, table[target].tolist(), len(firm_ids))
        both = np.isfinite(expected).all(axis=1) & np.isfinite(own).all(axis=1)
        means = [
            vectors[both].mean(axis=0) if both.any() else np.full(vectors.shape[1], np.nan)
            for vectors in (expected, own)
        ]
        pairs = np.vstack([expected, means[0]]), np.vstack([own, means[1]])
        return pd.DataFrame({"firm_id": [*firm_ids, ALL_FIRMS], "angle": known_angles(*pairs)})


def signature(direction: str = "forward") -> ModelSignature:
    """What the served model takes and returns."""
    source, target = SIDES[direction]
    outputs = [ColSpec(DataType.string, "firm_id"), ColSpec(Array(DataType.double), "vector")]
    columns = {"firm_id": True, source: True, target: False}
    return text_signature(columns, {"output": OUTPUTS[0]}, outputs)


def example(texts: "MakesVectors", direction: str = "forward") -> pd.DataFrame | None:
    """Input of one firm, whose words need have no vector; None where texts cannot be given their weights."""
    from ipml.errors import InputError

    source, target = SIDES[direction]
    try:
        texts.check(source)
    except InputError:
        return None
    return pd.DataFrame({"firm_id": ["a firm"], source: ["device"], target: ["device"]})


Served = TextConversion
mlflow.models.set_model(TextConversion())
