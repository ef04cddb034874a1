"""The ragged computation against the padded formula, and the closed forms of its parts."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from ipml.dual_attention.attention import (
    owners,
    page_attention,
    pool_pages,
    pool_words,
    relative_entropy,
    word_attention,
)
from ipml.dual_attention.module import DualAttentionNetwork
from tests.dual_attention.padded import padded_logits, random_batch

PAGES = st.lists(  # firms of pages of word numbers; pages may be empty, a firm has at least one word
    st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=5).filter(lambda firm: any(firm)),
    min_size=1,
    max_size=4,
)


def loss_and_gradients(network, logits, labels):
    network.zero_grad()
    loss = binary_cross_entropy_with_logits(logits, labels)
    loss.backward()
    return loss.item(), {name: p.grad.clone() for name, p in network.named_parameters()}


def assert_equal_to_padded(pages, **options):
    torch.manual_seed(0)
    network = DualAttentionNetwork(6, dropout=0.0, **options).double()
    with torch.no_grad():  # scores of several units, so that sparsemax drops pages
        network.word_query *= 5
        network.page_query *= 5
    batch = random_batch(torch.Generator().manual_seed(1), pages, 6)
    loss, gradients = loss_and_gradients(network, network(batch).logits, batch.labels)
    padded = padded_logits(network, batch.vectors, pages)
    expected_loss, expected = loss_and_gradients(network, padded, batch.labels)
    assert loss == pytest.approx(expected_loss, abs=1e-10)
    for name, gradient in expected.items():
        torch.testing.assert_close(gradients[name], gradient, atol=1e-10, rtol=0)


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([[[3]]], id="one page of one word"),
        pytest.param([[[0, 1, 2, 2]]], id="one page"),
        pytest.param([[[4, 4, 4, 4]], [[4, 1]]], id="a page of repeats"),
        pytest.param([[[], [1, 2], []], [[0]]], id="empty pages"),
        pytest.param([[[0, 1], [2, 3, 3], [5]], [[1, 1, 2]], [[6, 0], [2]]], id="firms of several pages"),
    ],
)
@pytest.mark.parametrize("method", ["sparsemax", "softmax"])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_loss_and_gradients_are_those_of_the_padded_formula(pages, method, layer_norm):
    assert_equal_to_padded(pages, page_attention=method, score_scale=1.0, layer_norm=layer_norm)


@settings(max_examples=60, deadline=None)
@given(PAGES)
def test_any_sites_give_the_padded_loss_and_gradients(pages):
    assert_equal_to_padded(pages, score_scale=2.0)


@settings(max_examples=60, deadline=None)
@given(PAGES, st.sampled_from(["sparsemax", "softmax"]))
def test_weights_sum_to_one_where_there_are_words(pages, method):
    batch = random_batch(torch.Generator().manual_seed(2), pages, 5)
    network = DualAttentionNetwork(5, page_attention=method, score_scale=0.1).double().eval()
    output = network(batch)
    filled = batch.page_offsets.diff() > 0
    page = owners(batch.page_offsets.diff())
    words = torch.zeros(len(filled), dtype=torch.float64).index_add(0, page, output.word_weights)
    torch.testing.assert_close(words, filled.double())
    firms = torch.zeros(len(pages), dtype=torch.float64).index_add(
        0, owners(batch.n_pages), output.page_weights
    )
    torch.testing.assert_close(firms, torch.ones(len(pages), dtype=torch.float64))
    assert (output.page_weights[~filled] == 0).all()
    assert (output.word_weights >= 0).all()
    assert (output.page_weights >= 0).all()


def test_a_firm_without_any_word_gets_a_zero_vector_and_disturbs_nobody():
    pages = [[[0, 1], [2]], [[], []], [[3]]]
    batch = random_batch(torch.Generator().manual_seed(3), pages, 5)
    network = DualAttentionNetwork(5, dropout=0.0).double()
    output = network(batch)
    assert output.logits[1] == 0
    assert (output.page_weights[2:4] == 0).all()
    others = random_batch(torch.Generator().manual_seed(3), [pages[0], pages[2]], 5)
    torch.testing.assert_close(output.logits[[0, 2]], network(others).logits)
    output.logits.sum().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())


def test_without_attention_the_firm_vector_is_the_mean_of_page_means():
    batch = random_batch(torch.Generator().manual_seed(4), [[[0, 1, 1], [], [2]]], 5)
    network = DualAttentionNetwork(5, attention=False).double().eval()
    v = batch.vectors
    expected = ((v[0] + 2 * v[1]) / 3 + v[2]) / 2
    torch.testing.assert_close(network(batch).logits[0], network.output(expected)[0])


def test_word_attention_is_stable_for_huge_scores():
    weights = word_attention(
        torch.tensor([1000.0, -1000.0, 0.0]),
        torch.tensor([0, 1, 1, 2]),
        torch.tensor([1.0, 1.0, 1.0, 3.0]),
        torch.tensor([0, 2, 4]),
    )
    torch.testing.assert_close(weights, torch.tensor([1.0, 0.0, 0.0, 1.0]))


def test_page_attention_closed_forms():
    scores = torch.tensor([0.6, 0.0, 5.0, 9.0, 2.0])
    kept = torch.tensor([True, True, True, False, True])
    n_pages = torch.tensor([2, 3])
    sparse = page_attention(scores, kept, n_pages, "sparsemax")
    torch.testing.assert_close(sparse, torch.tensor([0.8, 0.2, 1.0, 0.0, 0.0]))
    soft = page_attention(scores, kept, n_pages, "softmax")
    first = 1 / (1 + math.exp(-0.6))
    second = 1 / (1 + math.exp(-3))
    torch.testing.assert_close(soft, torch.tensor([first, 1 - first, second, 0.0, 1 - second]))


def test_pages_without_words_and_firms_without_pages_pool_to_zeros():
    none = torch.zeros(0, dtype=torch.int64)
    offsets = torch.zeros(3, dtype=torch.int64)
    assert pool_words(torch.ones(1, 3), none, torch.zeros(0), offsets).tolist() == [[0.0] * 3] * 2
    pages = pool_pages(torch.ones(2, 3), torch.tensor([0.5, 0.25]), torch.tensor([0, 2]))
    assert pages.tolist() == [[0.0] * 3, [0.75] * 3]


def test_relative_entropy_is_one_when_uniform_and_zero_on_one_token():
    counts = torch.tensor([1.0, 3.0, 1.0, 1.0, 1.0])
    weights = torch.tensor([0.25, 0.75, 1.0, 0.0, 1.0])
    entropy = relative_entropy(weights, counts, torch.tensor([0, 2, 4, 5, 5]))
    torch.testing.assert_close(entropy[:2], torch.tensor([1.0, 0.0]))
    assert entropy[2:].isnan().all()  # pages of one token and of none
