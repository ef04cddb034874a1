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
from ipml.dual_attention.moments import Moments
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
        Bring word and page vectors to mean 0 and the same variance in each dimension, by
        `set_standardisation`. As they are, mean vectors of pages are nearly alike.
    zero_start
        Start from zero queries and a zero output layer: from the mean vector of a firm, whose learnt direction
        the queries then follow. Random queries can settle on pages that have nothing to do with it.

    Notes
    -----
    Motohashi & Zhu, "Identifying technology opportunity using dual attention model and technology-market
    concordance matrix", Technological Forecasting and Social Change 2023 (RIETI DP 23-E-024).
    """

    word_mean: Tensor
    word_scale: Tensor
    page_mean: Tensor
    page_scale: Tensor

    def __init__(
        self,
        dimension: int,
        page_attention: str = "sparsemax",
        attention: bool = True,
        score_scale: float = 10.0,
        layer_norm: bool = False,
        dropout: float = 0.5,
        standardise: bool = False,
        zero_start: bool = False,
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
        if zero_start:
            for parameter in (self.word_query, self.page_query, self.output.weight):
                nn.init.zeros_(parameter)
        for level in ("word", "page"):
            self.register_buffer(f"{level}_mean", torch.zeros(dimension))
            self.register_buffer(f"{level}_scale", torch.ones(dimension))

    @torch.no_grad()
    def set_standardisation(self, moments: Moments) -> None:
        """Set the mean and scale of word and page vectors to those of the training firms."""
        for name, value in moments._asdict().items():
            getattr(self, name).copy_(torch.from_numpy(value))

    def forward(self, batch: SiteBatch) -> SiteOutput:
        """Score a batch of sites."""
        vectors = self._standard(batch.vectors, self.word_mean, self.word_scale)
        word_scores = self._scores(vectors, self.word_query)
        word_weights = word_attention(word_scores, batch.words, batch.counts, batch.page_offsets)
        pages = pool_words(vectors, batch.words, word_weights, batch.page_offsets)
        pages = self.page_norm(self._standard(pages, self.page_mean, self.page_scale))
        has_words = batch.page_offsets.diff() > 0
        page_scores = self._scores(pages, self.page_query)
        page_weights = page_attention(page_scores, has_words, batch.n_pages, self.method)
        firms = self.firm_norm(pool_pages(pages, page_weights, batch.n_pages))
        return SiteOutput(self.output(self.dropout(firms)).squeeze(1), word_weights, page_weights)

    def _standard(self, vectors: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
        return (vectors - mean) / scale if self.standardise else vectors

    def _scores(self, vectors: Tensor, query: Tensor) -> Tensor:
        if self.attention:
            return vectors @ query / self.score_scale
        return vectors.new_zeros(len(vectors))
