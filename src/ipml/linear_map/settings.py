"""Settings of linear maps: a solver, and for how long it runs."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ipml.settings import Count, KeysOf, Positive, Settings


class MapModuleRules(Settings, extra="allow"):
    """Keys of ``model.map.module`` that have rules; the others are arguments of its ``_target_``."""

    objective: Literal["mse", "cosine"] = "mse"
    """Loss of a map that is trained: squared distance, or one minus the cosine."""
    n_folds: int = Field(default=2, ge=2)
    """Of the pairs, for a rank that is chosen by cross-validation."""
    scale: Positive | None = None
    """Multiple of the identity that a map is pulled to; null: chosen by leave-one-out."""


class LinearMap(Settings):
    """A solver of a linear map, and for how long it runs; the groups ``linear_map`` and ``aligner``."""

    module: Annotated[dict[str, Any], KeysOf(MapModuleRules)]
    """The solver, a ``_target_``."""
    max_epochs: Count
    """At most so many; 1 for a closed form."""
    batch_size: Count | None
    """Pairs; null: all at once."""
    patience: Count | None
    """Epochs without a gain; null: no early stop."""

    @property
    def solver(self) -> str:
        """Name of the solver's class."""
        return str(self.module["_target_"]).rpartition(".")[2]
