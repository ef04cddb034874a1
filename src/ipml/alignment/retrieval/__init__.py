"""Search for the translations of words among all words of the other language: exact, in bounded memory."""

from ipml.alignment.retrieval.exact import chunks
from ipml.alignment.retrieval.methods import (
    METHODS,
    check_device,
    mean_similarity,
    neighbours,
    unit_rows,
)

__all__ = ["METHODS", "check_device", "chunks", "mean_similarity", "neighbours", "unit_rows"]
