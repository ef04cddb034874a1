"""Settings of ``ipml vectors``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipml.settings import (
    CommandSettings,
    Country,
    Data,
    Embeddings,
    Inputs,
    Name,
    Positive,
    Settings,
    check_language,
)

PatentField = Literal["title", "abstract", "claim"]


class Products(Settings):
    """How a firm's keywords are weighted."""

    weight: Literal["equal", "attention", "sif"]
    """Each keyword counts once, by its attention, or rare ones more."""


class PatentTexts(Settings):
    """Which patents are read, and how their words are weighted."""

    language: Name
    """Of the patents that are read."""
    fields: Annotated[list[PatentField], Field(min_length=1)]
    """Parts of a patent whose words count."""
    weight: Literal["equal", "length", "sif"]
    """Each patent counts once, by its number of words, or once and its rare words more."""


class VectorsSettings(CommandSettings):
    """Of ``ipml vectors``."""

    data: Data
    embeddings: Embeddings
    country: Country
    language: Name
    """Of the pages whose keywords are read."""
    inputs: Inputs
    calibrated: bool
    """Means of aligned words without contraction; false: every word at length 1, as published."""
    products: Products
    patents: PatentTexts
    sif_constant: Positive
    """a of the weight a / (a + p), p being a word's share of all keywords or patent words."""

    @model_validator(mode="after")
    def _language_has_vectors(self) -> Self:
        check_language(self.embeddings, self.language)
        return self
