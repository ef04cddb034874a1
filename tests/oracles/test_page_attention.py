"""Attention over pages against entmax's reference by bisection and against a bisection of our own."""

import entmax
import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from ipml.dual_attention.network.attention import page_attention

ALPHA = {"sparsemax": 2.0, "entmax15": 1.5}
PAGES = st.lists(st.tuples(st.floats(-30, 30, width=32), st.booleans()), min_size=1, max_size=8)
FIRMS = st.lists(PAGES, min_size=1, max_size=5)


def bisected(scores: np.ndarray, alpha: float) -> np.ndarray:
    """Weights max((α − 1) z − τ, 0)^(1 / (α − 1)), τ such that they sum to one: Peters et al. 2019, eq. 8."""
    z = (alpha - 1) * scores.astype(np.float64)
    low, high = z.max() - 1, z.max()  # their sums: at least 1, and 0
    for _ in range(200):
        middle = (low + high) / 2
        if (np.maximum(z - middle, 0) ** (1 / (alpha - 1))).sum() >= 1:
            low = middle
        else:
            high = middle
    return np.maximum(z - low, 0) ** (1 / (alpha - 1))


def weights_of(firms: list[list[tuple[float, bool]]], method: str) -> list[torch.Tensor]:
    scores = torch.tensor([score for pages in firms for score, _ in pages], dtype=torch.float64)
    has_words = torch.tensor([has for pages in firms for _, has in pages])
    lengths = torch.tensor([len(pages) for pages in firms])
    return list(page_attention(scores, has_words, lengths, method).split(lengths.tolist()))


@pytest.mark.parametrize("method", list(ALPHA))
@given(firms=FIRMS)
@example(firms=[[(1.0, False)], [(2.0, True)]])  # a firm without words, a firm of one page
@example(firms=[[(0.5, True)] * 6, [(3.0, True), (3.0, True), (-3.0, True), (9.0, False)]])  # ties
@example(firms=[[(30.0, True), (-30.0, True)]])
def test_weights_are_those_of_the_bisection_and_of_entmax(
    method: str, firms: list[list[tuple[float, bool]]]
) -> None:
    for pages, weights in zip(firms, weights_of(firms, method), strict=True):
        kept = np.array([has for _, has in pages])
        assert (weights.numpy()[~kept] == 0).all()
        if not kept.any():
            continue
        scores = np.array([score for score, _ in pages])[kept]
        ours = weights.numpy()[kept]
        np.testing.assert_allclose(ours, bisected(scores, ALPHA[method]), atol=1e-6)
        theirs = entmax.entmax_bisect(torch.tensor(scores), alpha=ALPHA[method], n_iter=60)
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-6)


@pytest.mark.parametrize("method", list(ALPHA))
def test_gradients_are_those_of_the_bisection(method: str) -> None:
    scores = np.array([0.9, 0.4, 1.1, -2.0, 0.7])  # the fourth page is outside the support
    direction = np.array([0.3, -1.0, 0.5, 2.0, 0.1])
    leaf = torch.tensor(scores, requires_grad=True)
    weights = page_attention(leaf, torch.ones(5, dtype=torch.bool), torch.tensor([5]), method)
    (weights @ torch.tensor(direction)).backward()
    step = 1e-5
    expected = [
        direction
        @ (bisected(scores + move, ALPHA[method]) - bisected(scores - move, ALPHA[method]))
        / (2 * step)
        for move in step * np.eye(5)
    ]
    assert leaf.grad is not None
    np.testing.assert_allclose(leaf.grad.numpy(), expected, atol=1e-6)
    assert leaf.grad[3] == 0


@pytest.mark.parametrize("method", list(ALPHA))
def test_more_evenly_than_sparsemax_and_more_sparsely_than_softmax(method: str) -> None:
    """What the two are chosen for, at scores where the closed forms can be written down."""
    weights = weights_of([[(1.0, True), (0.0, True)]], method)[0]
    # Sparsemax of scores one apart: (1, 0). Entmax15: (1/2 − τ)² + τ² = 1 with τ below 0.
    threshold = (1 - np.sqrt(7)) / 4
    expected = {"sparsemax": [1.0, 0.0], "entmax15": [(0.5 - threshold) ** 2, threshold**2]}
    np.testing.assert_allclose(weights.numpy(), expected[method], atol=1e-12)
