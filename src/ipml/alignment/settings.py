"""Settings of alignments: the group ``model`` of their trainings, and of the command ``aligned_vectors``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipml.errors import InputError
from ipml.linear_map.settings import LinearMap
from ipml.settings import (
    Bootstrap,
    CommandSettings,
    Count,
    Embeddings,
    Number,
    Positive,
    Reference,
    Settings,
    Target,
    Text,
    TrainSettings,
)

Step = Literal["unit", "centre"]
RetrievalMethod = Literal["nearest", "csls", "inverted_softmax"]
ViewMethod = Literal["identity", "ridge", "orthogonal", "cca"]


class Retrieval(Settings):
    """How a word's translations are found among all words."""

    method: RetrievalMethod
    """Nearest by cosine; csls and inverted_softmax correct for words that are near to everything."""
    neighbourhood: Count
    """Of csls: nearest words in its means."""
    temperature: Positive
    """Of inverted_softmax, in cosines."""
    device: Text
    """``cpu`` or ``cuda``."""


class Calibration(Settings):
    """How the contraction of means of aligned words is measured."""

    folds: int = Field(ge=2)
    """Of the training dictionary's source words; the map is fitted again without each."""
    words: Count
    """Words in a mean that should be recovered."""


class _Model(Settings):
    """What both kinds of alignment have."""

    map: LinearMap
    steps: list[Step]
    """Of each language's vectors before the fit."""
    max_words: Count | None
    """Most frequent words of each language that are searched; null: all."""
    validation_share: Number = Field(ge=0, lt=1)
    """Of the training dictionary's source words, held out by a hash of the word."""
    pair_weights: Literal["source", "pair"]
    """Every source word counts once, or every pair."""
    accuracy_at: Annotated[list[Count], Field(min_length=1)]
    """Numbers of nearest words among which a translation may stand."""
    retrieval: Retrieval
    calibration: Calibration
    bootstrap_maps: int = Field(ge=0)
    """Maps refitted to source words drawn with replacement, saved with the model."""
    bootstrap: Bootstrap


class AlignmentModel(_Model):
    """The group ``model`` of ``model=alignment``."""

    stage: Literal["alignment"]


class Regularisation(Settings):
    """Of the aligned spaces, in mean eigenvalues of the covariance."""

    ridge: Positive
    """Of the spaces by ridge."""
    cca: Positive
    """Of the spaces by CCA."""


class WrittenForm(Settings):
    """Words that are written alike."""

    n_grams: list[Count]
    """Characters, from and to, beginning and end of a word marked."""
    dimension: Count
    """Of the target words' spellings."""
    strength: Number
    """Of the ridge from n-grams to meaning and spelling."""
    neighbours: Count
    """Words written alike that are looked at."""


class Ranker(Settings):
    """The network that weighs the witnesses."""

    hidden: Count
    """Units of its layer."""
    dropout: Number = Field(ge=0, le=1)
    """Share of them that is left out in training."""
    batch_size: Count
    """Words."""
    max_epochs: Count
    """Of each network."""
    optimizer: Target
    """The class, partly called."""


class FusedAlignmentModel(_Model):
    """The group ``model`` of ``model=fused_alignment``."""

    stage: Literal["fused_alignment"]
    further: dict[str, Embeddings] | None
    """Further embeddings: their vectors, looked up by the words of ``embeddings``."""
    view_methods: Annotated[list[ViewMethod], Field(min_length=1)]
    """Aligned spaces of each embedding, and of all side by side."""
    regularisation: Regularisation
    written_form: WrittenForm | None
    """Null: word vectors alone."""
    n_folds: int = Field(ge=2)
    """Of the dictionary: witnesses speak of words they have not seen."""
    max_stacked_words: Count
    """At most so many words, drawn, teach the rankers."""
    n_candidates: Count
    """Of each word."""
    translated_words: Count | None
    """Most frequent source words that are translated, the others go by the linear map; null: all."""
    n_translations: Count
    """Whose mean is the word's vector in the reference space."""
    n_rankers: Count
    """Networks whose scores are averaged."""
    ranker: Ranker

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.n_candidates < max(self.accuracy_at):
            raise InputError(
                f"model.n_candidates={self.n_candidates}: at least {max(self.accuracy_at)}, the largest of "
                "model.accuracy_at, is needed"
            )
        if "words" in (self.further or {}):  # its spaces would take the place of the first embedding's
            raise InputError("model.further.words: this name is that of embeddings=; another is needed")
        if self.bootstrap_maps:
            raise InputError(
                f"model.bootstrap_maps={self.bootstrap_maps}: a fused alignment is not one map; allowed: 0"
            )
        return self


class _Training(TrainSettings):
    @model_validator(mode="after")
    def _needs_an_alignment(self) -> Self:
        if self.embeddings.shared_space:
            raise InputError(
                f"embeddings={self.embeddings.name}: one space for all languages already; it needs no alignment"
            )
        return self


class AlignmentTraining(_Training):
    """Of ``ipml train model=alignment``."""

    model: AlignmentModel

    @model_validator(mode="after")
    def _starts_where_it_descends(self) -> Self:
        if self.model.map.solver != "GradientMap":
            self.refuse_start(f"alignment with {self.model.map.solver}")
        return self


class FusedAlignmentTraining(_Training):
    """Of ``ipml train model=fused_alignment``."""

    model: FusedAlignmentModel

    @model_validator(mode="after")
    def _has_no_start(self) -> Self:
        self.refuse_start("fused_alignment")
        return self


Training = AlignmentTraining | FusedAlignmentTraining


class AlignedVectorsSettings(CommandSettings):
    """Of ``ipml aligned_vectors``."""

    registered_model: Reference
    """On the command line ``model=``."""
    output: Text
    """File: .vec, or .vec.gz."""
    max_words: Count | None
    """Most frequent words; null: all."""
