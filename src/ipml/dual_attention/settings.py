"""Settings of dual attention: the group ``model`` of its trainings, and of its commands ``keywords`` and ``score``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipml.errors import InputError
from ipml.settings import (
    CommandSettings,
    Count,
    Country,
    Data,
    Inputs,
    Name,
    Number,
    Reference,
    Selection,
    Settings,
    Target,
    Text,
    TrainSettings,
)

Dropout = Annotated[Number, Field(ge=0, le=0.99)]


class Holdout(Settings):
    """Firms that no fold sees."""

    share: Number = Field(ge=0, le=0.9)
    """Of the labelled firms of each class, by a hash of firm_id."""
    scored: bool
    """By the mean of the folds, as kept_aside/auc and others."""


class Network(Settings):
    """The two attentions and what is above them."""

    word_scores: Literal["dot", "additive"]
    """Product with a vector, or a layer of its own above it."""
    hidden: Count
    """Of additive word scores."""
    word_bias: bool
    """A number of its own for each word's score."""
    page_attention: Literal["sparsemax", "entmax15", "softmax"]
    """How scores of pages become weights; all but softmax can be 0."""
    attention: bool
    """False: words and pages count alike."""
    score_scale: Number
    """What scores are multiplied by before the attention."""
    layer_norm: bool
    """LayerNorm after each pooling."""
    dropout: Dropout
    """Of the firm vector."""
    word_dropout: Dropout
    """Of the distinct words of a page."""
    standardise: bool
    """Word vectors have mean 0 and standard deviation 1 in each dimension."""
    zero_start: bool
    """The last layer begins with zeros."""
    page_query: Literal["learned", "predictive"]
    """Learned with the rest, or set before training, from how well pages tell patents of other firms, and kept."""


class EncoderSettings(Settings):
    """An encoder of words in their context."""

    path: Text
    """Local folder, or a name on the Hugging Face hub (with allow_download=true); safetensors only."""
    fine_tune: bool
    """Train the encoder too."""
    max_pieces: int = Field(ge=8)
    """Of a page, the encoder's own marks counted; words after them have no weight."""
    pages_at_a_time: Count
    """In the encoder, for memory."""
    cache_gigabytes: Number = Field(ge=0)
    """Of a frozen encoder's output that are kept."""


class StackSettings(Settings):
    """Classifiers of a firm's whole text; the mean of their logits is mixed with that of the attention."""

    words: int = Field(ge=0, le=3)
    """Longest n-gram of words; 0: none."""
    characters: int = Field(ge=0, le=6)
    """Longest n-gram of characters; 0: none."""
    encoder: Literal["use", "minilm", None]
    """Of whole texts: the multilingual Universal Sentence Encoder, or MiniLM (English)."""
    landmarks: int = Field(ge=0, le=10_000)
    """Firms of a radial kernel on the encoder's vectors; 0: linear."""
    max_characters: Count
    """Of a page, for its characters and the encoder."""

    @model_validator(mode="after")
    def _has_a_block(self) -> Self:
        if not (self.words or self.characters or self.encoder):
            raise InputError(
                "model.stack: one of words, characters and encoder is needed; or model.stack=null"
            )
        return self


class DualAttentionModel(Settings):
    """The group ``model`` of ``model=dual_attn``."""

    stage: Literal["dual_attn"]
    n_folds: int = Field(ge=2, le=1000)
    """Of the firms: each is scored by the model that has not seen it."""
    n_seeds: int = Field(ge=1, le=100)
    """Networks a fold, of seeds of their own; the mean of those kept is scored with."""
    min_overlap: Number = Field(ge=0, le=1)
    """Of a network's page weights with those of its fold's medoid; one below it is dropped."""
    validation_share: Number = Field(ge=0.01, le=0.9)
    """Of the training firms of a fold, for early stopping."""
    kept_aside: Holdout
    max_pages: Count
    """Of a firm that are read."""
    max_tokens: Count
    """Known words of a page."""
    batch_size: Count
    """Firms."""
    max_epochs: Count
    """At most so many for a fold."""
    patience: Count
    """Epochs without a lower validation loss."""
    threads: int = Field(ge=1, le=1024)
    """Of the CPU."""
    class_weight: Literal["balanced", None]
    """Balanced: both classes count the same in the loss."""
    bag_of_words: int = Field(ge=0, le=2)
    """Beside the attention, a logistic regression on a firm's words; 2: and word pairs; 0: none."""
    stack: StackSettings | None
    """Beside the attention, classifiers of a firm's whole text; null: none."""
    controls: bool
    """Also without attention, and with shuffled labels."""
    encoder: EncoderSettings | None
    """Of words in their context; null: word vectors alone."""
    network: Network
    optimizer: Target
    """The class, partly called."""

    @model_validator(mode="after")
    def _scored_firms_are_kept_aside(self) -> Self:
        if self.kept_aside.scored and not self.kept_aside.share:
            raise InputError("model.kept_aside.scored=true: model.kept_aside.share above 0 is needed")
        return self

    @model_validator(mode="after")
    def _pages_have_mean_vectors(self) -> Self:
        if self.encoder is not None and self.network.page_query == "predictive":
            raise InputError(
                "model.network.page_query=predictive: not with model.encoder, whose vectors of words are not "
                "known before training; needed: learned"
            )
        return self


class DualAttentionTraining(TrainSettings):
    """Of ``ipml train model=dual_attn``."""

    model: DualAttentionModel

    @model_validator(mode="after")
    def _encoder_reads_the_language(self) -> Self:
        stack = self.model.stack
        if stack is not None and stack.encoder == "minilm" and self.language != "en":
            raise InputError(
                f"model.stack.encoder=minilm: reads English only, but language={self.language}; allowed here: use, null"
            )
        return self


class KeywordsInputs(Inputs):
    """Which model names the keywords."""

    model: Name | None
    """Registered model of another country, as dual_attn-JP, for a country without labels of its own."""


class KeywordsSettings(CommandSettings):
    """Of ``ipml keywords``."""

    data: Data
    country: Country
    selection: Selection
    inputs: KeywordsInputs


class ScoreSettings(CommandSettings):
    """Of ``ipml score``."""

    data: Data
    country: Country
    """Of the firms that are scored; the model brings its own vectors and tokenizer."""
    registered_model: Reference
    """On the command line ``model=``."""
