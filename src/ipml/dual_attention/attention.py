"""Two levels of attention over ragged sites, exact and without padding of words.

The score of a word, ``v . e_w``, does not depend on the page it stands on. So each distinct word of a batch
is scored once; a page's softmax runs over its distinct words with their counts as weights, which is the same
sum as over all its tokens; and a page vector is one weighted row sum. Only the few page scores of a firm
are padded. Source of the model: Motohashi & Zhu, Technological Forecasting and Social Change 2023.

Shapes: W distinct words of the batch, d dimensions, E entries (a distinct word on a page), G pages, F firms.
"""

import torch
from entmax import sparsemax
from torch import Tensor
from torch.nn.functional import embedding_bag

PAGE_ATTENTIONS = ("sparsemax", "softmax")
_MASKED = -1e9  # far below any score, yet finite: sparsemax subtracts scores from each other


def owners(lengths: Tensor) -> Tensor:
    """Number of the segment each item belongs to: lengths (n,) to numbers (sum of lengths,).

    Examples
    --------
    >>> owners(torch.tensor([2, 0, 1])).tolist()
    [0, 0, 2]
    """
    return torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)


def word_attention(scores: Tensor, words: Tensor, counts: Tensor, page_offsets: Tensor) -> Tensor:
    """Softmax over the tokens of each page, summed over the repeats of a word.

    Parameters
    ----------
    scores
        Score of each distinct word, (W,).
    words, counts
        Which word an entry is and how often it stands on its page, (E,).
    page_offsets
        Page g holds the entries ``page_offsets[g]`` to ``page_offsets[g + 1]``, (G + 1,).

    Returns
    -------
    Weight of each entry, (E,); sums to one on each page that has words.
    """
    page = owners(page_offsets.diff())
    n_pages = len(page_offsets) - 1
    entry_scores = scores[words]
    maximum = torch.full((n_pages,), -torch.inf, dtype=scores.dtype, device=scores.device)
    maximum = maximum.scatter_reduce(0, page, entry_scores.detach(), "amax")
    exponentials = counts * torch.exp(entry_scores - maximum[page])
    totals = torch.zeros_like(maximum).index_add(0, page, exponentials)
    return exponentials / totals[page]


def pool_words(vectors: Tensor, words: Tensor, weights: Tensor, page_offsets: Tensor) -> Tensor:
    """Weighted sum of word vectors on each page: (W, d) to (G, d); a page without words gives zeros."""
    return embedding_bag(
        words, vectors, page_offsets, mode="sum", per_sample_weights=weights, include_last_offset=True
    )


def page_attention(scores: Tensor, has_words: Tensor, n_pages: Tensor, method: str) -> Tensor:
    """Sparsemax or softmax over the pages of each firm that have words.

    Parameters
    ----------
    scores
        Score of each page, (G,).
    has_words
        False for pages to leave out, (G,).
    n_pages
        Number of pages of each firm, in order, (F,); at least one firm.
    method
        ``sparsemax`` (most weights are exactly 0) or ``softmax``.

    Returns
    -------
    Weight of each page, (G,): 0 on pages left out, sums to one on each firm with any other page.
    """
    firm = owners(n_pages)
    column = torch.arange(len(scores), device=scores.device) - (n_pages.cumsum(0) - n_pages)[firm]
    padded = torch.full((len(n_pages), int(n_pages.max())), _MASKED, dtype=scores.dtype, device=scores.device)
    padded = padded.index_put((firm, column), torch.where(has_words, scores, _MASKED))
    weights = sparsemax(padded, dim=1) if method == "sparsemax" else torch.softmax(padded, dim=1)
    return weights[firm, column] * has_words


def pool_pages(pages: Tensor, weights: Tensor, n_pages: Tensor) -> Tensor:
    """Weighted sum of page vectors of each firm: (G, d) to (F, d); without pages, zeros."""
    pooled = torch.zeros(len(n_pages), pages.shape[1], dtype=pages.dtype, device=pages.device)
    return pooled.index_add(0, owners(n_pages), weights[:, None] * pages)


def relative_entropy(weights: Tensor, counts: Tensor, page_offsets: Tensor) -> Tensor:
    """Entropy of each page's attention over its tokens, divided by the log of its length: (G,).

    1 means uniform attention, as without a model, and 0 all attention on one token. NaN on pages of fewer
    than two tokens, where it has no meaning.
    """
    page = owners(page_offsets.diff())
    zeros = torch.zeros(len(page_offsets) - 1, dtype=weights.dtype, device=weights.device)
    entropy = zeros.index_add(0, page, -torch.xlogy(weights, weights / counts))
    lengths = zeros.index_add(0, page, counts.to(weights.dtype))
    return torch.where(lengths > 1, entropy / lengths.log(), torch.nan)
