"""Scores of words, before the softmax over a page: ``dot`` as published, or ``additive``."""

import torch
from torch import Tensor, nn

from ipml.dual_attention.attention import standardised_dot


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
        """Scores (W,) of vectors (W, d)."""
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
        """Scores (W,) of vectors (W, d)."""
        return torch.tanh(self.hidden((vectors - mean) / scale)) @ self.query


WORD_SCORES = ("dot", "additive")


def random_query(length: int) -> nn.Parameter:
    """Query that starts uniform between plus and minus one over the root of its length."""
    bound = length**-0.5
    return nn.Parameter(torch.empty(length).uniform_(-bound, bound))
