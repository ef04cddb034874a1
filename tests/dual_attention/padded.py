"""The published formula as it is written: every page padded to the longest, every firm to the most pages."""

import torch
from entmax import sparsemax
from torch import Tensor

from ipml.dual_attention.module import DualAttentionNetwork, SiteBatch


def random_batch(generator: torch.Generator, pages: list[list[list[int]]], dimension: int) -> SiteBatch:
    """Batch of firms given as pages of word numbers, with random vectors."""
    n_words = max((w for firm in pages for page in firm for w in page), default=0) + 1
    words, counts, lengths = [], [], []
    for page in (page for firm in pages for page in firm):
        distinct, repeats = torch.tensor(page, dtype=torch.int64).unique(return_counts=True)
        words.append(distinct)
        counts.append(repeats.double())
        lengths.append(len(distinct))
    return SiteBatch(
        vectors=torch.randn(n_words, dimension, dtype=torch.float64, generator=generator),
        words=torch.cat(words),
        counts=torch.cat(counts),
        page_offsets=torch.tensor([0, *lengths]).cumsum(0),
        n_pages=torch.tensor([len(firm) for firm in pages]),
        labels=torch.randint(0, 2, (len(pages),), generator=generator).double(),
    )


def padded_logits(network: DualAttentionNetwork, vectors: Tensor, pages: list[list[list[int]]]) -> Tensor:
    """Logits by masked softmax over all tokens and masked sparsemax (or softmax) over all pages."""
    n_pages = max(len(firm) for firm in pages)
    n_tokens = max(len(page) for firm in pages for page in firm)
    tokens = torch.zeros(len(pages), n_pages, n_tokens, dtype=torch.int64)
    is_token = torch.zeros(len(pages), n_pages, n_tokens, dtype=torch.bool)
    for f, firm in enumerate(pages):
        for p, page in enumerate(firm):
            tokens[f, p, : len(page)] = torch.tensor(page, dtype=torch.int64)
            is_token[f, p, : len(page)] = True
    embedded = vectors[tokens]
    is_page = is_token.any(dim=2)
    scores = (embedded @ network.word_query / network.score_scale).masked_fill(~is_token, -1e30)
    alpha = torch.softmax(scores, dim=2) * is_token
    page_vectors = network.page_norm((alpha[..., None] * embedded).sum(dim=2))
    page_scores = (page_vectors @ network.page_query / network.score_scale).masked_fill(~is_page, -1e9)
    weigh = sparsemax if network.method == "sparsemax" else torch.softmax
    beta = weigh(page_scores, dim=1) * is_page
    firm_vectors = network.firm_norm((beta[..., None] * page_vectors).sum(dim=1))
    return network.output(firm_vectors).squeeze(1)
