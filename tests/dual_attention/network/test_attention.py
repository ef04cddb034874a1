"""The ragged computation against the padded formula, and the closed forms of its parts."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.padded import pad, padded_logits
from ipml.config import compose_settings
from ipml.dual_attention.network.attention import (
    owners,
    page_attention,
    pool_rows,
    relative_entropy,
    segment_sum,
    word_attention,
)
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.errors import InputError
from tests.dual_attention.batches import random_batch

PAGES = st.lists(  # firms of pages of word numbers; pages may be empty, a firm has at least one word
    st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=5).filter(lambda firm: any(firm)),
    min_size=1,
    max_size=4,
)

AT_THE_CAPS = [[(7 * page + 3 * token * token) % 50 for token in range(864)] for page in range(32)]


def loss_and_gradients(network, logits, labels):
    network.zero_grad()
    loss = binary_cross_entropy_with_logits(logits, labels)
    loss.backward()
    return loss.item(), {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}


def assert_equal_to_padded(pages, **options):
    torch.manual_seed(0)
    batch = random_batch(torch.Generator().manual_seed(1), pages, 6)
    network = DualAttentionNetwork(6, len(batch.vectors), dropout=0.0, **options).double()
    with torch.no_grad():  # scores of several units, so that sparsemax drops pages
        network.word_scores.query *= 5
        network.page_query *= 5
        if network.word_bias is not None:
            network.word_bias.weight[:-1].normal_()
        if network.standardise:
            for level in ("word", "page"):
                getattr(network, f"{level}_mean").normal_()
                getattr(network, f"{level}_scale").uniform_(0.5, 2)
    loss, gradients = loss_and_gradients(network, network(batch).logits, batch.labels)
    padded = padded_logits(network, batch.vectors, *pad(pages))
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
        pytest.param([AT_THE_CAPS, [[1]]], id="a firm at the caps"),
    ],
)
@pytest.mark.parametrize("method", ["sparsemax", "entmax15", "softmax"])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_loss_and_gradients_are_those_of_the_padded_formula(pages, method, layer_norm):
    assert_equal_to_padded(pages, page_attention=method, score_scale=1.0, layer_norm=layer_norm)


@pytest.mark.parametrize("word_scores", ["dot", "additive"])
@pytest.mark.parametrize("word_bias", [False, True])
@pytest.mark.parametrize("standardise", [False, True])
def test_every_word_score_has_the_padded_loss_and_gradients(word_scores, word_bias, standardise):
    assert_equal_to_padded(
        [[[0, 1], [2, 3, 3], [5]], [[1, 1, 2], []], [[6, 0], [2]]],
        word_scores=word_scores,
        hidden=4,
        word_bias=word_bias,
        standardise=standardise,
        score_scale=1.0,
    )


@settings(max_examples=60, deadline=None)
@given(PAGES)
def test_any_sites_give_the_padded_loss_and_gradients(pages):
    assert_equal_to_padded(pages, score_scale=2.0)


def projection_on_the_simplex(scores):
    """The nearest weights that are at least 0 and sum to 1, by a sort (Duchi and others, ICML 2008, figure 1)."""
    ordered = sorted(scores, reverse=True)
    kept = max(k for k in range(1, len(ordered) + 1) if ordered[k - 1] > (sum(ordered[:k]) - 1) / k)
    threshold = (sum(ordered[:kept]) - 1) / kept
    return [max(score - threshold, 0.0) for score in scores]


FIRMS_OF_SCORES = st.lists(st.lists(st.floats(-20, 20), min_size=1, max_size=6), min_size=1, max_size=4)


def attention_on(firms, method):
    """Weights on pages with the given scores, as one tensor."""
    scores = torch.tensor([score for firm in firms for score in firm], dtype=torch.float64)
    lengths = torch.tensor([len(firm) for firm in firms])
    return page_attention(scores, torch.ones(len(scores), dtype=torch.bool), lengths, method)


@settings(max_examples=60, deadline=None)
@given(FIRMS_OF_SCORES)
def test_sparsemax_is_the_projection_of_each_firms_scores_on_the_simplex(firms):
    expected = torch.tensor([weight for firm in firms for weight in projection_on_the_simplex(firm)])
    torch.testing.assert_close(attention_on(firms, "sparsemax"), expected.double(), atol=1e-6, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(FIRMS_OF_SCORES, st.floats(-50, 50), st.sampled_from(["sparsemax", "entmax15", "softmax"]))
def test_the_same_number_added_to_all_pages_of_a_firm_changes_no_weight(firms, constant, method):
    moved = [[score + constant for score in firms[0]], *firms[1:]]
    expected = attention_on(firms, method)
    torch.testing.assert_close(attention_on(moved, method), expected, atol=1e-6, rtol=1e-6)
    for weights in expected.split([len(firm) for firm in firms]):
        assert weights.min() >= 0
        assert weights.sum().item() == pytest.approx(1, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(PAGES, st.sampled_from(["sparsemax", "entmax15", "softmax"]))
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


def test_dropped_words_are_left_out_with_all_their_repeats():
    pages = [[[0, 0, 0, 1, 2], [3, 4, 4]], [[5], [6, 6]]]
    batch = random_batch(torch.Generator().manual_seed(5), pages, 5)
    network = DualAttentionNetwork(5, dropout=0.0, word_dropout=0.5).double()
    for seed in range(8):
        torch.manual_seed(seed)
        kept = torch.rand_like(batch.counts) >= 0.5
        torch.manual_seed(seed)
        output = network.train()(batch)
        assert (output.word_weights[~kept] == 0).all()
        fewer = network.eval()(batch._replace(counts=batch.counts * kept))
        torch.testing.assert_close(output.logits, fewer.logits)
        assert output.logits.isfinite().all()
    whole = network.eval()(batch)
    assert (whole.word_weights > 0).all()


def test_words_outside_the_vocabulary_have_no_score_of_their_own():
    batch = random_batch(torch.Generator().manual_seed(6), [[[0, 1], [1, 2]]], 5)
    network = DualAttentionNetwork(5, n_words=2, word_bias=True).double().eval()
    plain = network(batch._replace(vocabulary=torch.tensor([2, 2, 2])))
    with torch.no_grad():
        network.word_bias.weight[:2] += 3
    torch.testing.assert_close(network(batch._replace(vocabulary=torch.tensor([2, 2, 2]))), plain)
    moved = network(batch._replace(vocabulary=torch.tensor([0, 2, 2])))
    assert moved.word_weights[0] > plain.word_weights[0]


@pytest.mark.parametrize("option", ["page_attention", "word_scores"])
def test_an_unknown_option_is_refused(option):
    with pytest.raises(InputError, match=rf"{option}=best: not a choice; allowed: \w+"):
        compose_settings("train", ["model=dual_attn", f"model.network.{option}=best"])


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
        torch.tensor([0, 0, 1, 1]),
        2,
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


def test_groups_without_rows_pool_to_zeros():
    none = torch.zeros(0, dtype=torch.int64)
    assert pool_rows(torch.ones(1, 3), none, torch.zeros(0), none, 2).tolist() == [[0.0] * 3] * 2
    pooled = pool_rows(
        torch.ones(2, 3), torch.tensor([0, 1]), torch.tensor([0.5, 0.25]), torch.tensor([1, 1]), 3
    )
    assert pooled.tolist() == [[0.0] * 3, [0.75] * 3, [0.0] * 3]
    assert segment_sum(torch.tensor([1.0, 2.0]), torch.tensor([2, 2]), 3).tolist() == [0, 0, 3]


def test_relative_entropy_is_one_when_uniform_and_zero_on_one_token():
    counts = torch.tensor([1.0, 3.0, 1.0, 1.0, 1.0])
    weights = torch.tensor([0.25, 0.75, 1.0, 0.0, 1.0])
    entropy = relative_entropy(weights, counts, torch.tensor([0, 2, 4, 5, 5]))
    torch.testing.assert_close(entropy[:2], torch.tensor([1.0, 0.0]))
    assert entropy[2:].isnan().all()  # pages of one token and of none
