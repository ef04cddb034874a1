"""The dual attention network: word scores, page scores and one linear layer over word vectors."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ipml.dual_attention.data.batches import SiteBatch, site_batch
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.attention import (
    AdditiveScores,
    DotScores,
    mean_of_words,
    owners,
    page_attention,
    pool_rows,
    random_query,
    segment_sum,
    standardised_dot,
    word_attention,
)
from ipml.dual_attention.network.standardisation import Standardisation


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
    n_words
        Size V of the vocabulary of ``word_bias``; a word numbered V is outside it.
    word_scores
        ``dot`` (published) or ``additive``.
    hidden
        Length of the hidden layer of ``additive``.
    word_bias
        Add to the score of each word of the vocabulary a number of its own.
    page_attention
        ``sparsemax`` (published), ``entmax15`` or ``softmax`` over the pages of a firm.
    attention
        False: every token and every page weighs the same. The control to set beside the model.
    score_scale
        Word and page scores are divided by it (published: 10).
    layer_norm
        LayerNorm after each pooling, as in a later version of the model.
    dropout
        Share of the firm vector dropped in training (published: .5).
    word_dropout
        Share of the distinct words of each page dropped in training. All repeats of a word on a page go together,
        unlike the published dropout of single tokens: so it survives the merging of repeats.
    standardise
        Bring word and page vectors to mean 0 and the same variance in each dimension, by
        `set_standardisation`. As they are, mean vectors of pages are nearly alike.
    zero_start
        Start from zero queries and a zero output layer: from the mean vector of a firm, whose learnt direction
        the queries then follow. Random queries can settle on pages that have nothing to do with it.
    page_query
        ``learned`` (published): with all other parameters, from the words that have attention. ``predictive``: set
        before training (`ipml.dual_attention.training.predictive_pages`) and kept; pages are scored by all their words.

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
        n_words: int = 0,
        word_scores: Literal["dot", "additive"] = "dot",
        hidden: int = 64,
        word_bias: bool = False,
        page_attention: Literal["sparsemax", "entmax15", "softmax"] = "sparsemax",
        attention: bool = True,
        score_scale: float = 10.0,
        layer_norm: bool = False,
        dropout: float = 0.5,
        word_dropout: float = 0.0,
        standardise: bool = False,
        zero_start: bool = False,
        page_query: Literal["learned", "predictive"] = "learned",
    ) -> None:
        super().__init__()
        self.dimension = dimension
        self.method = page_attention
        self.attention = attention
        self.score_scale = score_scale
        self.word_dropout = word_dropout
        self.standardise = standardise
        self.dot = word_scores == "dot"
        self.word_scores: DotScores | AdditiveScores
        if self.dot:
            self.word_scores = DotScores(dimension)
        else:
            self.word_scores = AdditiveScores(dimension, hidden)
        self.page_query = random_query(dimension)
        self.scores_all_words = page_query == "predictive"
        self.page_query.requires_grad_(not self.scores_all_words)
        self.word_bias = nn.Embedding(n_words + 1, 1, padding_idx=n_words) if word_bias else None
        if self.word_bias is not None:
            nn.init.zeros_(self.word_bias.weight)
        self.page_norm = nn.LayerNorm(dimension) if layer_norm else None
        self.firm_norm = nn.LayerNorm(dimension) if layer_norm else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(dimension, 1, bias=False)
        if zero_start:
            for parameter in (self.word_scores.query, self.page_query, self.output.weight):
                nn.init.zeros_(parameter)
        for level in ("word", "page"):
            self.register_buffer(f"{level}_mean", torch.zeros(dimension))
            self.register_buffer(f"{level}_scale", torch.ones(dimension))

    @torch.no_grad()
    def set_standardisation(self, standardisation: Standardisation) -> None:
        """Set the mean and scale of word and page vectors to those of the training firms."""
        for name, value in standardisation._asdict().items():
            getattr(self, name).copy_(torch.from_numpy(value))

    @property
    def standardisation(self) -> Standardisation:
        """Mean and scale of word and page vectors."""
        return Standardisation(*(getattr(self, name).cpu().numpy() for name in Standardisation._fields))

    def batch(
        self, sites: Sites, firms: npt.NDArray[np.int64], labels: npt.NDArray[np.floating] | None = None
    ) -> SiteBatch:
        """Make the batch of some firms; ``labels`` are those of all firms, (F,)."""
        return site_batch(sites, firms, labels)

    def forward(self, batch: SiteBatch) -> SiteOutput:
        """Score a batch of sites, in the precision of the parameters in mixed precision too.

        Products with a query differ little between words of a page; in 16 bits the difference is lost.
        """
        with torch.autocast(batch.vectors.device.type, enabled=False):
            return self._forward(batch._replace(vectors=batch.vectors.to(self.page_query.dtype)))

    def _forward(self, batch: SiteBatch) -> SiteOutput:
        page, firm = owners(batch.page_offsets.diff()), owners(batch.n_pages)
        counts = self._drop_words(batch.counts)
        has_words = segment_sum(counts, page, len(firm)) > 0
        # The attention on a page sums to one, so its words are standardised by standardising their sum.
        mean = self.word_mean + self.word_scale * self.page_mean
        scale = self.word_scale * self.page_scale
        if self.page_norm is not None:
            word_weights = word_attention(self._word_scores(batch), batch.words, counts, page, len(firm))
            pages = pool_rows(batch.vectors, batch.words, word_weights, page, len(firm))
            pages = self.page_norm((pages - mean) / scale)
            scores = pages @ self.page_query
            if self.scores_all_words:
                products = standardised_dot(batch.vectors, self.page_query, mean, scale)
                scores = mean_of_words(products.index_select(0, batch.words), batch.counts, page, len(firm))
            page_weights = self._page_weights(scores, has_words, batch.n_pages)
            numbers = torch.arange(len(pages), device=pages.device)
            firms = self.firm_norm(pool_rows(pages, numbers, page_weights, firm, len(batch.n_pages)))
            return SiteOutput(self.output(self.dropout(firms)).squeeze(1), word_weights, page_weights)
        # Without a norm page scores and logits are linear in the word vectors. So all that is needed of a word are its
        # products with the queries and the output layer, in one pass: no page or firm vector is ever made.
        output = self._output_of_firms(len(batch.n_pages))
        queries = torch.cat([self.page_query[None], output]) / scale
        word_query = self.word_scores.query[None] / self.word_scale if self.dot else queries[:0]
        products = batch.vectors @ torch.cat([word_query, queries]).T
        word_scores = self._word_scores(batch, products[:, 0] if self.dot else None)
        word_weights = word_attention(word_scores, batch.words, counts, page, len(firm))
        first = len(word_query)  # column of the page query
        page_scores = products[:, first].index_select(0, batch.words)
        if self.scores_all_words:
            page_scores = mean_of_words(page_scores, batch.counts, page, len(firm))
        else:
            page_scores = segment_sum(word_weights * page_scores, page, len(firm))
        page_scores = page_scores - mean @ queries[0]
        page_weights = self._page_weights(page_scores, has_words, batch.n_pages)
        firm_of_entry = firm.index_select(0, page)
        column = first + 1 + (firm_of_entry if len(output) > 1 else 0)
        read = products.flatten().index_select(0, batch.words * products.shape[1] + column)
        weights = word_weights * page_weights.index_select(0, page)
        # One, or zero for a firm without words.
        total = segment_sum(page_weights.detach(), firm, len(batch.n_pages))
        logits = segment_sum(weights * read, firm_of_entry, len(total)) - queries[1:] @ mean * total
        return SiteOutput(logits, word_weights, page_weights)

    def _word_scores(self, batch: SiteBatch, products: Tensor | None = None) -> Tensor:
        """Score the words, (W,), from their products with the query where these are at hand."""
        if not self.attention:
            return batch.vectors.new_zeros(len(batch.vectors))
        if products is None:
            scores = self.word_scores(batch.vectors, self.word_mean, self.word_scale)
        else:
            scores = products - self.word_mean @ (self.word_scores.query / self.word_scale)
        scores = scores / self.score_scale
        return scores if self.word_bias is None else scores + self.word_bias(batch.vocabulary).squeeze(1)

    def _output_of_firms(self, n_firms: int) -> Tensor:
        """Return the output layer, (1, d), or with dropout that of each firm, (F, d)."""
        if not self.training or self.dropout.p == 0:
            return self.output.weight
        return self.dropout(self.output.weight.expand(n_firms, -1))

    def _page_weights(self, scores: Tensor, has_words: Tensor, n_pages: Tensor) -> Tensor:
        scores = scores / self.score_scale if self.attention else torch.zeros_like(scores)
        return page_attention(scores, has_words, n_pages, self.method)

    def _drop_words(self, counts: Tensor) -> Tensor:
        if not self.training or self.word_dropout == 0:
            return counts
        return counts * (torch.rand_like(counts) >= self.word_dropout)
