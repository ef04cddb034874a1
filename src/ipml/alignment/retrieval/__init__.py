"""Search for the translations of words among all words of the other language: exact, in bounded memory."""

from ipml.alignment.retrieval.methods import (
    METHODS,
    Neighbours,
    check_retrieval,
    mean_similarity,
    neighbours,
    scored_neighbours,
)

__all__ = ["METHODS", "Neighbours", "check_retrieval", "mean_similarity", "neighbours", "scored_neighbours"]
