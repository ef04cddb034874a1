"""Settings of ``ipml vectors``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipml.errors import InputError
from ipml.settings import (
    CommandSettings,
    Count,
    Country,
    Data,
    Embeddings,
    Inputs,
    Name,
    Place,
    Positive,
    Settings,
    Text,
    check_language,
)

PatentField = Literal["title", "abstract", "claim"]


class WordMeans(Settings):
    """Vectors are means of those of words: keywords, and the words of patents."""

    kind: Literal["words"]
    """Of the vectors."""


class TextEncoder(Settings):
    """What encodes whole texts."""

    kind: Literal["embeddings", "word_vectors", "use", "minilm", "sentence_transformers"]
    """That of ``embeddings=encoder``, else means of aligned words; means of words in any case; or another encoder."""
    model: Text | None
    """Folder or name of ``kind=sentence_transformers``."""

    @model_validator(mode="after")
    def _has_a_model(self) -> Self:
        if (self.model is None) == (self.kind == "sentence_transformers"):
            needed = (
                "a value is needed"
                if self.model is None
                else f"{self.model} is for kind=sentence_transformers"
            )
            raise InputError(f"vectors.encoder.model: {needed}")
        return self


class TextMeans(Settings):
    """Vectors are means of those of whole texts: phrases around keywords, and patents."""

    kind: Literal["texts"]
    """Of the vectors."""
    encoder: TextEncoder
    unit: Literal["phrase", "sentence"]
    """What is taken around a keyword."""
    unit_characters: Annotated[int, Field(ge=10)]
    """A longer phrase or sentence is cut at a blank, and each piece needs a keyword of its own."""
    max_units: Count
    """Of a firm, those with the most attention."""
    max_patents: Count | None
    """Of a firm, drawn by a hash of patent_id and the seed; null: all."""
    patent_characters: Annotated[int, Field(ge=10)]
    """Read of a patent, from its beginning."""
    cache: Place
    """Folder for the vectors of texts that were encoded once; means of words are not kept."""


class Products(Settings):
    """How a firm's keywords, or the phrases around them, are weighted."""

    weight: Literal["equal", "attention", "sif"]
    """Each counts once, by its attention, or rare ones more."""


class PatentTexts(Settings):
    """Which patents are read, and how they or their words are weighted."""

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
    vectors: Annotated[WordMeans | TextMeans, Field(discriminator="kind")] = WordMeans(kind="words")
    """Words as published, or texts; words too where a run kept no such key."""
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

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.vectors.kind == "texts" and self.patents.weight == "sif":
            raise InputError(
                "patents.weight=sif: vectors=texts encodes a patent as it stands, without weights of words; allowed: "
                "equal, length"
            )
        return self
