"""Two levels of attention over ragged sites, exact and without padding of words.

With frozen word vectors the score of a word does not depend on the page it stands on. So each distinct word of a
batch is scored once; a page's softmax runs over its distinct words with their counts as weights, which is the
same sum as over all its tokens; and a page or a firm is one weighted sum of rows. Only the few page scores of a
firm are padded. Source of the model: Motohashi & Zhu, Technological Forecasting and Social Change 2023.

Shapes: W distinct words of the batch, d dimensions, E entries (a distinct word on a page), G pages, F firms.
"""

from collections.abc import Callable

import torch
from entmax import entmax15, sparsemax
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

PAGE_ATTENTIONS: dict[str, Callable[..., Tensor]] = {
    "sparsemax": sparsemax,  # Martins & Astudillo, ICML 2016: most weights are exactly 0
    "entmax15": entmax15,  # Peters, Niculae & Martins, ACL 2019: between the two others
    "softmax": torch.softmax,
}
_MASKED = -1e9  # far below any score, yet finite: sparsemax subtracts scores from each other


def owners(lengths: Tensor) -> Tensor:
    """Number the segment each item belongs to: lengths (n,) to numbers (sum of lengths,).

    Examples
    --------
    >>> owners(torch.tensor([2, 0, 1])).tolist()
    [0, 0, 2]
    """
    return torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)


def segment_sum(values: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """Sum the values of each group: values and group numbers (n,) to sums (n_groups,)."""
    return torch.zeros(n_groups, dtype=values.dtype, device=values.device).index_add(0, group, values)


def standardised_dot(vectors: Tensor, query: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Compute ``query . (v - mean) / scale`` of each vector, (n, d) to (n,), without a standardised copy."""
    query = query / scale
    return vectors @ query - mean @ query


def word_attention(scores: Tensor, words: Tensor, counts: Tensor, page: Tensor, n_pages: int) -> Tensor:
    """Take the softmax over the tokens of each page, summed over the repeats of a word.

    Parameters
    ----------
    scores
        Score of each distinct word, (W,).
    words, counts
        Which word an entry is and how often it stands on its page, (E,); a count of 0 leaves it out.
    page
        Page of each entry, ascending, (E,).
    n_pages
        Number of pages G.

    Returns
    -------
    Weight of each entry, (E,); sums to one on each page that has words.
    """
    entry_scores = scores.index_select(0, words)  # its gradient is much faster than that of scores[words]
    maximum = torch.full((n_pages,), -torch.inf, dtype=scores.dtype, device=scores.device)
    maximum = maximum.scatter_reduce(0, page, entry_scores.detach(), "amax")
    exponentials = counts * torch.exp(entry_scores - maximum.index_select(0, page))
    totals = segment_sum(exponentials, page, n_pages)
    return exponentials / torch.where(totals > 0, totals, 1).index_select(0, page)


def mean_of_words(values: Tensor, counts: Tensor, page: Tensor, n_pages: int) -> Tensor:
    """Average values of entries over the tokens of each page: (E,) to (G,); 0 on a page without words."""
    totals = segment_sum(counts, page, n_pages)
    return segment_sum(counts * values, page, n_pages) / torch.where(totals > 0, totals, 1)


def page_attention(scores: Tensor, has_words: Tensor, n_pages: Tensor, method: str) -> Tensor:
    """Take the sparsemax, entmax or softmax over the pages of each firm that have words.

    Parameters
    ----------
    scores
        Score of each page, (G,).
    has_words
        False for pages to leave out, (G,).
    n_pages
        Number of pages of each firm, in order, (F,); at least one firm.
    method
        One of `PAGE_ATTENTIONS`.

    Returns
    -------
    Weight of each page, (G,): 0 on pages left out, sums to one on each firm with any other page.
    """
    firm = owners(n_pages)
    column = torch.arange(len(scores), device=scores.device) - (n_pages.cumsum(0) - n_pages)[firm]
    padded = torch.full((len(n_pages), int(n_pages.max())), _MASKED, dtype=scores.dtype, device=scores.device)
    padded = padded.index_put((firm, column), torch.where(has_words, scores, _MASKED))
    return PAGE_ATTENTIONS[method](padded, dim=1)[firm, column] * has_words


def pool_rows(rows: Tensor, numbers: Tensor, weights: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """Sum weighted rows of each group: rows (n, d) to (n_groups, d); an empty group gives zeros.

    Parameters
    ----------
    rows
        For example word vectors, (n, d).
    numbers, weights
        Row and weight of each item, (m,).
    group
        Group of each item, ascending, (m,).
    """
    offsets = torch.zeros(n_groups + 1, dtype=torch.int64, device=rows.device)
    offsets[1:] = torch.bincount(group, minlength=n_groups).cumsum(0)
    return embedding_bag(
        numbers, rows, offsets, mode="sum", per_sample_weights=weights, include_last_offset=True
    )


def relative_entropy(weights: Tensor, counts: Tensor, page_offsets: Tensor) -> Tensor:
    """Compute the entropy of each page's attention over its tokens, divided by the log of its length, (G,).

    1 means uniform attention, as without a model, and 0 all attention on one token. NaN on pages of fewer
    than two tokens, where it has no meaning.
    """
    page = owners(page_offsets.diff())
    n_pages = len(page_offsets) - 1
    entropy = segment_sum(-torch.xlogy(weights, weights / counts), page, n_pages)
    lengths = segment_sum(counts.to(weights.dtype), page, n_pages)
    return torch.where(lengths > 1, entropy / lengths.log(), torch.nan)


class DotScores(nn.Module):
    """``q . (e - mean) / scale`` for word vectors e (Motohashi & Zhu 2023).

    Parameters
    ----------
    dimension
        Length d of a word vector.
    """

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.query = random_query(dimension)

    def forward(self, vectors: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
        """Score vectors: (W, d) to (W,)."""
        return standardised_dot(vectors, self.query, mean, scale)


class AdditiveScores(nn.Module):
    """``q . tanh(H (e - mean) / scale + h)`` (Yang et al., Hierarchical Attention Networks, NAACL 2016, eq. 5 and 6).

    Parameters
    ----------
    dimension
        Length d of a word vector.
    hidden
        Length of the hidden layer.
    """

    def __init__(self, dimension: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(dimension, hidden)
        self.query = random_query(hidden)

    def forward(self, vectors: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
        """Score vectors: (W, d) to (W,)."""
        return torch.tanh(self.hidden((vectors - mean) / scale)) @ self.query


def random_query(length: int) -> nn.Parameter:
    """Make a query, uniform between plus and minus one over the root of its length."""
    bound = length**-0.5
    return nn.Parameter(torch.empty(length).uniform_(-bound, bound))
