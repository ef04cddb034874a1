"""Settings of ``ipml sweep``: a search, and the training that it is of."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ipml.alignment.settings import (
    AlignmentModel,
    AlignmentTraining,
    FusedAlignmentModel,
    FusedAlignmentTraining,
)
from ipml.dual_attention.settings import DualAttentionModel, DualAttentionTraining
from ipml.errors import InputError
from ipml.guards.secrets import mask
from ipml.mapping.settings import MappingModel, MappingTraining, PooledModel, PooledTraining
from ipml.settings import Count, Name, Number, Settings, Target, Text, TrainSettings, validated

_TRAININGS: dict[str, type[TrainSettings]] = {
    "dual_attn": DualAttentionTraining,
    "alignment": AlignmentTraining,
    "fused_alignment": FusedAlignmentTraining,
    "mapping": MappingTraining,
    "mapping_pooled": PooledTraining,
}


class Objective(Settings):
    """What is searched for."""

    metric: Text
    """Name of a metric of the trials' runs."""
    direction: Literal["maximize", "minimize"]
    """What is better."""


class RealParameter(Settings):
    """A key that takes real numbers."""

    key: Text
    """Of ``ipml train``."""
    kind: Literal["float"]
    low: Number
    """Least value."""
    high: Number
    """Greatest value."""
    log: bool = False
    """Draw its logarithm."""
    step: Annotated[Number, Field(gt=0)] | None = None
    """Between neighbouring values; null: any value between."""


class WholeParameter(Settings):
    """A key that takes whole numbers."""

    key: Text
    """Of ``ipml train``."""
    kind: Literal["int"]
    low: int
    """Least value."""
    high: int
    """Greatest value."""
    log: bool = False
    """Draw its logarithm."""
    step: Count | None = None
    """Between neighbouring values; null: 1."""


class ChoiceParameter(Settings):
    """A key that takes one of several values, lists among them written as text."""

    key: Text
    """Of ``ipml train``."""
    kind: Literal["categorical"]
    choices: Annotated[list[Any], Field(min_length=1)]
    """Lists are written as text."""


Parameter = Annotated[RealParameter | WholeParameter | ChoiceParameter, Field(discriminator="kind")]


class Reestimate(Settings):
    """Scores of the winner and of the configuration without a search, on data that no trial used."""

    metric: Text
    """Of both runs."""
    overrides: list[Text]
    """Of both runs."""
    table: Name | None
    """What the two are compared by, unit by unit; null: not compared."""


class Search(Settings):
    """The group ``sweep``."""

    name: Name
    """Of the search; a part of the name of its study."""
    stage: Name
    """Of the models that this search is for."""
    objective: Objective
    space: dict[str, Parameter]
    """Name: key of ``ipml train`` and the values it may take."""
    overrides: list[Text]
    """Further ones, which the best configuration keeps."""
    trials_only: list[Text]
    """And those it does not keep."""
    withheld: list[Text]
    """Beginnings of names of metrics and tables that no trial logs."""
    reestimate: Reestimate
    pruner: Target
    """Any of optuna.pruners."""

    @model_validator(mode="after")
    def _has_a_space(self) -> Self:
        if not self.space:
            raise InputError("sweep.space: empty; at least one key must vary")
        for name, parameter in self.space.items():
            place = f"sweep.space.{name}"
            if isinstance(parameter, ChoiceParameter):
                for choice in parameter.choices:
                    if isinstance(choice, list | dict):
                        raise InputError(f'{place}.choices: write {choice} as text, as "[a,b]"')
            elif parameter.low > parameter.high:
                raise InputError(f"{place}: low={parameter.low} is above high={parameter.high}")
            elif parameter.log and (parameter.step is not None or parameter.low <= 0):
                raise InputError(f"{place}.log=true: needs low above 0 and no step")
        return self


class Heartbeat(Settings):
    """Signs of life of a trial, seconds."""

    interval: Count
    """Between two."""
    grace: Count
    """Without one, after which a trial counts as killed and is tried again."""


class SweepSettings(TrainSettings):
    """Of ``ipml sweep``: keys of ``ipml train`` are the same in all trials."""

    model: Annotated[
        DualAttentionModel | AlignmentModel | FusedAlignmentModel | MappingModel | PooledModel,
        Field(discriminator="stage"),
    ]
    sweep: Search
    n_trials: Count
    """Finished ones, pruned ones counted; raise it to go on."""
    storage: Text | None
    """Null: SQLite under ``paths.mlruns``; sqlite:///FILE, journal:FILE, postgresql+psycopg://USER@HOST/NAME."""
    stop_after_failures: Count
    """Trials of one process that fail one after the other."""
    heartbeat: Heartbeat
    retries: int = Field(ge=0)
    """Of a killed trial."""
    sampler: Target
    """Any of optuna.samplers that takes a seed."""

    @model_validator(mode="after")
    def _is_a_training(self) -> Self:
        kind = _TRAININGS[self.model.stage]
        validated(kind, {key: getattr(self, key) for key in kind.model_fields})
        return self

    @model_validator(mode="after")
    def _is_no_debugging(self) -> Self:
        if self.debug is not None:  # its keys would stand above those that are searched
            raise InputError(
                f"debug={self.debug.name}: not in a sweep; set single keys, as model.max_epochs=1"
            )
        return self

    @model_validator(mode="after")
    def _has_a_database_of_its_own(self) -> Self:
        if self.storage is not None and self.storage == self.tracking.uri:
            raise InputError(
                f"storage={mask(self.storage)}: that of tracking.uri, too; Optuna and MLflow each need a database of "
                "their own"
            )
        return self

    @model_validator(mode="after")
    def _grace_is_not_shorter(self) -> Self:
        if self.heartbeat.grace < self.heartbeat.interval:
            raise InputError(
                f"heartbeat.grace={self.heartbeat.grace}: at least {self.heartbeat.interval} is needed"
            )
        return self
