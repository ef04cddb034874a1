"""The published formula as it is written: every page padded to the longest, every firm to the most pages.

What the ragged computation of `ipml.dual_attention` is tested and timed against.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ipml.dual_attention.network.attention import PAGE_ATTENTIONS, AdditiveScores
from ipml.dual_attention.network.module import DualAttentionNetwork

Words = npt.NDArray[np.integer] | Sequence[int]


def pad(sites: Sequence[Sequence[Words]]) -> tuple[Tensor, Tensor]:
    """Pad firms of pages of word numbers.

    Returns
    -------
    tokens, is_token
        Word numbers, 0 where there is none, and where there is one, (firms, most pages, longest page).
    """
    shape = len(sites), max(map(len, sites)), max(len(page) for site in sites for page in site)
    tokens, is_token = torch.zeros(shape, dtype=torch.int64), torch.zeros(shape, dtype=torch.bool)
    for f, site in enumerate(sites):
        for p, page in enumerate(site):
            tokens[f, p, : len(page)] = torch.as_tensor(np.asarray(page, dtype=np.int64))
            is_token[f, p, : len(page)] = True
    return tokens, is_token


def padded_logits(network: DualAttentionNetwork, vectors: Tensor, tokens: Tensor, is_token: Tensor) -> Tensor:
    """Logits by masked softmax over all tokens and masked attention over all pages, (F,).

    Parameters
    ----------
    network
        Its parameters are used, not its computation; without dropout of words.
    vectors
        Word vectors in the order of the network's vocabulary, (V, d).
    tokens, is_token
        From `pad`.
    """
    embedded = vectors[tokens]
    if network.standardise:
        embedded = (embedded - network.word_mean) / network.word_scale
    hidden = embedded
    if isinstance(network.word_scores, AdditiveScores):
        hidden = torch.tanh(network.word_scores.hidden(embedded))
    scores = hidden @ network.word_scores.query / network.score_scale
    if network.word_bias is not None:
        scores = scores + network.word_bias(tokens).squeeze(-1)
    alpha = torch.softmax(scores.masked_fill(~is_token, -1e30), dim=2) * is_token
    pages = (alpha[..., None] * embedded).sum(dim=2)
    if network.standardise:
        pages = (pages - network.page_mean) / network.page_scale
    if network.page_norm is not None:
        pages = network.page_norm(pages)
    is_page = is_token.any(dim=2)
    page_scores = (pages @ network.page_query / network.score_scale).masked_fill(~is_page, -1e9)
    beta = PAGE_ATTENTIONS[network.method](page_scores, dim=1) * is_page
    firms = network.firm_norm((beta[..., None] * pages).sum(dim=1))
    return network.output(network.dropout(firms)).squeeze(1)
