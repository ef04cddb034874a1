"""The dual attention network: a word query, a page query and one linear layer over frozen word vectors."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ipml.dual_attention.attention import (
    PAGE_ATTENTIONS,
    page_attention,
    pool_pages,
    pool_words,
    word_attention,
)
from ipml.errors import choice_error


class SiteBatch(NamedTuple):
    """Sites of F firms: G pages, E entries (a distinct word on a page), W distinct words, dimension d."""

    vectors: Tensor  # (W, d) vectors of the distinct words of the batch
    words: Tensor  # (E,) row of ``vectors``
    counts: Tensor  # (E,) how often the word stands on the page
    page_offsets: Tensor  # (G + 1,) first entry of each page
    n_pages: Tensor  # (F,) pages of each firm
    labels: Tensor  # (F,) 1 holds patents, 0 holds none, NaN unknown


class SiteOutput(NamedTuple):
    """What the network says of a batch."""

    logits: Tensor  # (F,)
    word_weights: Tensor  # (E,) attention of a word on its page, all its repeats together
    page_weights: Tensor  # (G,) attention of a page in its firm


class DualAttentionNetwork(nn.Module):
    """Probability that a firm holds patents, from the words of its pages.

    Parameters
    ----------
    dimension
        Length d of a word vector.
    page_attention
        ``sparsemax`` or ``softmax`` over the pages of a firm.
    attention
        False: every token and every page weighs the same. The control to set beside the model.
    score_scale
        Word and page scores are divided by it (published: 10).
    layer_norm
        LayerNorm after each pooling, as in a later version of the model.
    dropout
        Share of the firm vector dropped in training (published: .5).
    standardise
        Bring the vectors to mean 0 and variance 1 in each dimension, by `fit_standardisation`. On vectors of
        unit length the published scale keeps attention uniform.

    Notes
    -----
    Motohashi & Zhu, "Identifying technology opportunity using dual attention model and technology-market
    concordance matrix", Technological Forecasting and Social Change 2023 (RIETI DP 23-E-024).
    """

    vector_mean: Tensor
    vector_scale: Tensor

    def __init__(
        self,
        dimension: int,
        page_attention: str = "sparsemax",
        attention: bool = True,
        score_scale: float = 10.0,
        layer_norm: bool = False,
        dropout: float = 0.5,
        standardise: bool = False,
    ) -> None:
        super().__init__()
        if page_attention not in PAGE_ATTENTIONS:
            raise choice_error("model.network.page_attention", page_attention, PAGE_ATTENTIONS)
        self.method = page_attention
        self.attention = attention
        self.score_scale = score_scale
        self.standardise = standardise
        bound = dimension**-0.5
        self.word_query = nn.Parameter(torch.empty(dimension).uniform_(-bound, bound))
        self.page_query = nn.Parameter(torch.empty(dimension).uniform_(-bound, bound))
        self.page_norm = nn.LayerNorm(dimension) if layer_norm else nn.Identity()
        self.firm_norm = nn.LayerNorm(dimension) if layer_norm else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(dimension, 1, bias=False)
        self.register_buffer("vector_mean", torch.zeros(dimension))
        self.register_buffer("vector_scale", torch.ones(dimension))

    @torch.no_grad()
    def fit_standardisation(self, vectors: Tensor) -> None:
        """Set mean and scale to those of the training firms' distinct words, (W, d)."""
        if self.standardise:
            self.vector_mean.copy_(vectors.mean(dim=0))
            self.vector_scale.copy_(vectors.std(dim=0).clamp_min(1e-6))

    def forward(self, batch: SiteBatch) -> SiteOutput:
        """Score a batch of sites."""
        vectors = (
            (batch.vectors - self.vector_mean) / self.vector_scale if self.standardise else batch.vectors
        )
        word_scores = self._scores(vectors, self.word_query)
        word_weights = word_attention(word_scores, batch.words, batch.counts, batch.page_offsets)
        pages = self.page_norm(pool_words(vectors, batch.words, word_weights, batch.page_offsets))
        has_words = batch.page_offsets.diff() > 0
        page_scores = self._scores(pages, self.page_query)
        page_weights = page_attention(page_scores, has_words, batch.n_pages, self.method)
        firms = self.firm_norm(pool_pages(pages, page_weights, batch.n_pages))
        return SiteOutput(self.output(self.dropout(firms)).squeeze(1), word_weights, page_weights)

    def _scores(self, vectors: Tensor, query: Tensor) -> Tensor:
        if self.attention:
            return vectors @ query / self.score_scale
        return vectors.new_zeros(len(vectors))
