"""Sites written out word by word, and a network whose queries and output layer are known."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from scipy import sparse

from ipml.dual_attention.bundle import Bundle, FoldModel
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.module import DualAttentionNetwork


def sites_of(firms: Sequence[Sequence[str]], vectors: Mapping[str, Sequence[float]]) -> Sites:
    """Sites of firms given as the texts of their pages."""
    words = list(vectors)
    pages = [page.split() for firm in firms for page in firm]
    counts = np.array([[page.count(word) for word in words] for page in pages], dtype=np.float32)
    return Sites(
        firm_ids=np.array([f"firm {n}" for n in range(len(firms))], dtype=object),
        page_offsets=np.cumsum([0, *(len(firm) for firm in firms)]),
        urls=np.full(len(pages), None, dtype=object),
        counts=sparse.csr_matrix(counts.reshape(len(pages), len(words))),
        words=words,
        vectors=np.array(list(vectors.values()), dtype=np.float32),
        known_share=1.0,
    )


def bundle_of(
    word_query: Sequence[float], output: Sequence[float], page_query: Sequence[float] | None = None
) -> Bundle:
    """One network with these parameters; without a page query, all pages of a firm weigh the same."""
    network = DualAttentionNetwork(len(output), score_scale=1.0).eval()
    with torch.no_grad():
        network.word_scores.query.copy_(torch.tensor(word_query))
        network.page_query.copy_(torch.tensor(page_query or [0.0] * len(output)))
        network.output.weight.copy_(torch.tensor([output]))
    return alone(network)


def alone(network: DualAttentionNetwork) -> Bundle:
    """Return a model of one network that was trained on none of the firms."""
    return Bundle([FoldModel(network)], {}, [], np.zeros(0, dtype=np.int64))


def sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
