"""The dual attention over the vectors that an encoder gives to words in their context."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ipml.dual_attention.data.batches import SiteBatch
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.data.subwords import Subwords, tokenize_pages
from ipml.dual_attention.network.encoder import open_encoder, page_states
from ipml.dual_attention.network.module import DualAttentionNetwork, SiteOutput
from ipml.errors import InputError


class ContextualNetwork(DualAttentionNetwork):
    """Dual attention in which a word has another vector each time it occurs: the mean of its subwords'.

    The attention on the occurrences of a word on a page is summed, so that the output is that of
    `DualAttentionNetwork`. A word that is cut off has no weight.

    Parameters
    ----------
    encoder
        ``path``, ``fine_tune``, ``max_pieces`` (subwords) of a page, ``pages_at_a_time`` in the encoder, and
        ``cache_gigabytes`` of hidden states that are kept if it is frozen.
    n_words
        Size V of the vocabulary of ``word_bias``.
    options
        Those of `DualAttentionNetwork`; ``word_dropout`` drops single occurrences.

    Notes
    -----
    A frozen encoder is no part of the network: neither of its parameters nor of its saved state. A fine-tuned one
    is part of both.
    """

    encoder: torch.nn.Module

    def __init__(self, encoder: Mapping[str, Any], n_words: int = 0, **options: Any) -> None:
        opened = open_encoder(encoder)
        super().__init__(opened.dimension, n_words, **options)
        if self.standardise:
            raise InputError(
                "model.network.standardise=true: not with model.encoder, whose vectors have no fixed moments; "
                "needed: false"
            )
        self.fine_tune = bool(encoder["fine_tune"])
        self.max_subwords = encoder["max_pieces"]
        self.pages_at_a_time = encoder["pages_at_a_time"]
        self.tokenizer = opened.tokenizer
        self.cache = opened.cache
        if self.fine_tune:
            self.encoder = opened.model.train()  # Lightning leaves the mode as it finds it
        else:
            self.__dict__["encoder"] = opened.model  # unseen by torch.nn, which would train and save it

    def batch(
        self, sites: Sites, firms: npt.NDArray[np.int64], labels: npt.NDArray[np.floating] | None = None
    ) -> SiteBatch:
        """Make the batch of some firms: one row an occurrence of a word, whose vector is still to be found."""
        pages = sites.pages_of(firms)
        subwords, words, lengths = tokenize_pages(sites, pages, self.tokenizer, self.max_subwords)
        chosen = np.full(len(firms), np.nan) if labels is None else labels[firms]
        return SiteBatch(
            vectors=torch.zeros(len(words), 0),
            vocabulary=torch.from_numpy(sites.vocabulary[words]),
            words=torch.arange(len(words)),
            counts=torch.ones(len(words)),
            page_offsets=torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)),
            n_pages=torch.from_numpy(sites.n_pages[firms]),
            labels=torch.from_numpy(chosen.astype(np.float32)),
            subwords=subwords,
        )

    def forward(self, batch: SiteBatch) -> SiteOutput:
        """Score a batch of sites made by `batch`."""
        subwords = batch.subwords
        if subwords is None:
            raise ValueError("a batch without subwords: made by another network")
        vectors = self.word_vectors(subwords, len(batch.words))
        output = super().forward(batch._replace(vectors=vectors))
        weights = output.word_weights.new_zeros(subwords.n_entries)
        return output._replace(word_weights=weights.index_add(0, subwords.entries, output.word_weights))

    def word_vectors(self, subwords: Subwords, n_occurrences: int) -> Tensor:
        """Average the hidden states of the subwords of each occurrence of a word, (R, d)."""
        with torch.set_grad_enabled(self.fine_tune and torch.is_grad_enabled()):
            hidden = self._hidden_states(subwords).index_select(0, subwords.places)
            sums = hidden.new_zeros(n_occurrences, hidden.shape[1]).index_add(0, subwords.occurrences, hidden)
            return sums / torch.bincount(subwords.occurrences, minlength=n_occurrences)[:, None]

    def _hidden_states(self, subwords: Subwords) -> Tensor:
        """Compute the last hidden state of each subword, page after page without padding."""
        encoder = self.encoder.to(subwords.ids.device)

        def encode(ids: Tensor, mask: Tensor) -> Tensor:
            states: Tensor = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            return states

        if not self.fine_tune:
            return self.cache.hidden_states(subwords.ids, subwords.mask, self.pages_at_a_time, encode)
        parts = zip(
            subwords.ids.split(self.pages_at_a_time), subwords.mask.split(self.pages_at_a_time), strict=True
        )
        return torch.cat([page for ids, mask in parts for page in page_states(ids, mask, encode)])
