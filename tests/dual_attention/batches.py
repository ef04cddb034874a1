"""Batches of made-up firms, as lists of pages of word numbers."""

import torch

from ipml.dual_attention.data.batches import SiteBatch


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
        vocabulary=torch.arange(n_words),
        words=torch.cat(words),
        counts=torch.cat(counts),
        page_offsets=torch.tensor([0, *lengths]).cumsum(0),
        n_pages=torch.tensor([len(firm) for firm in pages]),
        labels=torch.randint(0, 2, (len(pages),), generator=generator).double(),
    )
