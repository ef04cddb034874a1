"""Settings of ``ipml compare_keywords``."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ipml.dual_attention.settings import DualAttentionModel
from ipml.settings import (
    CommandSettings,
    Count,
    Country,
    Data,
    Embeddings,
    Name,
    Number,
    Selection,
    SentenceEncoder,
    Settings,
    Trainer,
    check_language,
)


class Forest(Settings):
    """The random forest that is taught by keywords."""

    trees: Count
    """Number of them."""
    depth: Count
    """Deeper ones know the training firms by heart."""


class CompareKeywordsSettings(CommandSettings):
    """Of ``ipml compare_keywords``."""

    data: Data
    embeddings: Embeddings
    country: Country
    model: DualAttentionModel
    """Trained once a split and once for all firms; nothing is registered."""
    selection: Selection
    sentence_encoder: SentenceEncoder
    trainer: Trainer
    language: Name
    """Of the pages that are read."""
    seeds: Count
    """Number of stratified splits, with the seeds seed, seed + 1, …"""
    test_share: Number = Field(ge=0.05, le=0.95)
    """Of the firms with and of those without patents."""
    both_share: Number = Field(ge=0.001, le=1)
    """Of dual attention's keywords that dual_attn+keybert keeps, by KeyBERT's cosine."""
    features: Literal["mean_vector", "tfidf"]
    """Of a firm's keyword set."""
    forest: Forest

    @model_validator(mode="after")
    def _language_has_vectors(self) -> Self:
        check_language(self.embeddings, self.language)
        return self
