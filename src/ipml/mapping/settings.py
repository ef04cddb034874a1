"""Settings of mappings: the group ``model`` of their trainings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipml.codes import code_names
from ipml.errors import InputError
from ipml.linear_map.settings import LinearMap
from ipml.settings import (
    Bootstrap,
    Count,
    Countries,
    FirmTypes,
    Number,
    Positive,
    Settings,
    TrainSettings,
)

Direction = Literal["forward", "reverse"]


class _Model(Settings):
    """What mappings of one group and of all groups have."""

    centre: Literal[None, "words"]
    """Null: none; words: the mean of the reference language's word vectors, the same for all groups."""
    min_firms: Count
    """A group with fewer firms that have both vectors is left out."""
    train_share: Number = Field(gt=0, lt=1)
    """Of the firms, by a hash of firm_id; the others are the test firms."""
    validation_share: Number = Field(ge=0, lt=1)
    """Of the training firms, for solvers that stop early."""
    bootstrap: Bootstrap


class MappingModel(_Model):
    """The group ``model`` of ``model=mapping``."""

    stage: Literal["mapping"]
    map: LinearMap
    direction: Direction
    """Forward: products from technology; reverse: technology from products."""


class PooledModel(_Model):
    """The group ``model`` of ``model=mapping_pooled``."""

    stage: Literal["mapping_pooled"]
    countries: Countries
    """Whose groups are pooled."""
    firm_types: FirmTypes
    """Whose groups are pooled."""
    strengths: Annotated[list[Positive], Field(min_length=1)]
    """Of the common part, in multiples of the mean squared singular value of a group's T."""
    shares: Annotated[list[Annotated[Number, Field(ge=0)]], Field(min_length=1)]
    """Variance of country, type and own parts as a multiple of the common part's."""


class MappingTraining(TrainSettings):
    """Of ``ipml train model=mapping``."""

    model: MappingModel

    @model_validator(mode="after")
    def _names_a_group(self) -> Self:
        if self.model.map.solver != "GradientMap":
            self.refuse_start(f"mapping with {self.model.map.solver}")
        if self.firm_type is None:
            allowed = ", ".join(code_names("firm_type"))
            raise InputError(f"firm_type: model=mapping needs one; allowed: {allowed}")
        return self


class PooledTraining(TrainSettings):
    """Of ``ipml train model=mapping_pooled``."""

    model: PooledModel

    @model_validator(mode="after")
    def _has_no_start(self) -> Self:
        self.refuse_start("mapping_pooled")
        return self
