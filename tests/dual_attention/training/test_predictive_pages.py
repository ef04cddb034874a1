"""A page query set before training finds the pages that tell who holds patents, where one that is learned strays."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from torch.nn.functional import binary_cross_entropy_with_logits

from ipml.config import compose_settings
from ipml.dual_attention.bundle import network_page_weights
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.network.standardisation import Standardisation, fit_standardisation
from ipml.dual_attention.training import predictive_pages
from ipml.dual_attention.training.cross_fitting import train_network
from ipml.dual_attention.training.predictive_pages import SPREAD, first_query, halves, predictive_query
from ipml.errors import InputError

PRODUCTS, OTHERS, PAGES = 12, 24, 5
PLAIN = Standardisation(*(np.full(8, value, np.float32) for value in (0, 1, 0, 1)))


def sites_of(n_firms, leakage, rng):
    """Firms whose page 2 is on products, with words of these products on the other pages, each of its own kind."""
    n_words, rows, labels = PRODUCTS + OTHERS, [], rng.integers(0, 2, n_firms)
    kind = np.arange(OTHERS) % PAGES == np.arange(PAGES)[:, None]  # whose words the other words are
    labels[:2] = 0, 1
    for label in labels:
        own = rng.dirichlet(np.where((np.arange(PRODUCTS) < PRODUCTS // 2) == bool(label), 0.6, 0.2))
        theme = rng.dirichlet(np.full(OTHERS, 1.0), size=PAGES) * kind
        theme /= theme.sum(axis=1, keepdims=True)
        for page in range(PAGES):
            share = 0.6 if page == 2 else leakage
            rows.append(rng.multinomial(200, np.concatenate([share * own, (1 - share) * theme[page]])))
    vectors = rng.normal(size=(n_words, 8))
    vectors[:PRODUCTS] += 1.5 * rng.normal(size=8)
    vectors[:PRODUCTS] += np.where(np.arange(PRODUCTS) < PRODUCTS // 2, 1, -1)[:, None] * rng.normal(size=8)
    vectors[PRODUCTS:] += (1.5 * rng.normal(size=(PAGES, 8)))[np.arange(OTHERS) % PAGES]
    counts = sparse.csr_matrix(np.array(rows, dtype=np.float32))
    return Sites(
        firm_ids=np.array([f"F{n}" for n in range(n_firms)], dtype=object),
        page_offsets=PAGES * np.arange(n_firms + 1),
        urls=np.array([f"u{n}" for n in range(n_firms * PAGES)], dtype=object),
        counts=counts,
        words=[f"w{n}" for n in range(n_words)],
        vectors=vectors.astype(np.float32),
        known_share=1.0,
    ), labels.astype(np.float32)


def top_pages(weights):
    return weights.reshape(-1, PAGES).argmax(axis=1)


def test_the_first_query_is_the_gradient_of_the_loss_at_equal_weights(monkeypatch):
    """As PyTorch differentiates it, with a reader of the same firms."""
    rng = np.random.default_rng(0)
    truth = np.array([0.0, 1, 1, 0, 1])
    vectors = rng.normal(size=(5, 3, 4))
    firm = np.repeat(np.arange(5), 3)
    means = vectors.mean(axis=1)
    within = (vectors - means[:, None]).reshape(-1, 4)
    every = np.arange(5)
    monkeypatch.setattr(predictive_pages, "halves", lambda *_: [(every, every)])
    found = first_query(means, within, firm, truth, 0)
    reader = predictive_pages._fitted(means, truth)
    weights, bias = torch.from_numpy(reader.coef_[0]), float(reader.intercept_[0])
    query = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    pages = torch.from_numpy(vectors)
    attention = torch.softmax(pages @ query, dim=1)
    logits = torch.einsum("fp,fpd,d->f", attention, pages, weights) + bias
    binary_cross_entropy_with_logits(logits, torch.from_numpy(truth), reduction="sum").backward()
    np.testing.assert_allclose(found, -query.grad.numpy() / float(weights.norm()), rtol=1e-9)


@given(st.lists(st.booleans(), min_size=4, max_size=40), st.integers(0, 2**31))
def test_halves_share_no_firm_and_have_both_classes(truth, seed):
    truth = np.array([0, 0, 1, 1, *truth], dtype=float)
    pairs = halves(truth, seed)
    for reading, read in pairs:
        assert sorted([*reading, *read]) == list(range(len(truth)))
        assert set(truth[reading]) == set(truth[read]) == {0, 1}
    np.testing.assert_array_equal(pairs[0][0], pairs[1][1])
    (alone,) = halves(np.array([0.0, 1, 1]), seed)
    assert all(half.tolist() == [0, 1, 2] for half in alone)


@pytest.mark.parametrize("leakage", [0.02, 0.2])
def test_product_pages_are_found_from_labels_alone_and_not_from_shuffled_ones(leakage):
    rng = np.random.default_rng(3)
    sites, labels = sites_of(240, leakage, rng)
    training = np.arange(160)
    found = {}
    shuffled = [rng.permutation(labels) for _ in range(5)]
    for name, used in (("own", labels), *enumerate(shuffled)):
        query = predictive_query(sites, used, training, PLAIN, 0)
        scores = predictive_pages.page_vectors(sites, np.arange(len(sites.urls)), PLAIN) @ query
        found[name] = np.mean(top_pages(scores)[160:] == 2)
        within = scores.reshape(-1, PAGES) - scores.reshape(-1, PAGES).mean(axis=1, keepdims=True)
        assert within[training].std() == pytest.approx(SPREAD, rel=1e-3)
    assert found["own"] > 0.9
    assert np.mean([found[number] for number in range(5)]) < 0.6


def test_firms_outside_training_and_the_unit_of_the_vectors_change_nothing():
    sites, labels = sites_of(80, 0.1, np.random.default_rng(1))
    training = np.arange(60)
    query = predictive_query(sites, labels, training, PLAIN, 4)
    unknown = np.where(np.arange(80) < 60, labels, np.nan)
    np.testing.assert_array_equal(predictive_query(sites, unknown, training, PLAIN, 4), query)
    halved = PLAIN._replace(word_scale=np.full(8, 2.0, np.float32))
    np.testing.assert_allclose(predictive_query(sites, labels, training, halved, 4), 2 * query, rtol=1e-4)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_the_network_keeps_the_query_and_scores_pages_by_the_mean_of_their_words(layer_norm):
    sites, labels = sites_of(40, 0.1, np.random.default_rng(2))
    network_options = [f"model.network.layer_norm={str(layer_norm).lower()}", "model.network.score_scale=4"]
    options = [
        "model=dual_attn",
        "model.network.page_query=predictive",
        "model.max_epochs=2",
        *network_options,
    ]
    settings = compose_settings("train", [*options, "country=JP"])
    every = np.arange(40)
    data = SiteData(sites, labels, every, every, every[:0], batch_size=8, seed=0)
    network = train_network(data, settings.model, settings.trainer, 5, "test")
    moments = fit_standardisation(sites.counts, np.arange(len(sites.urls)), sites.vectors)
    query = predictive_query(sites, labels, every, moments, 5)
    np.testing.assert_allclose(network.page_query.numpy(), 4 * query, rtol=1e-5)
    assert network.word_scores.query.abs().max() > 0  # words are learned all the same
    vectors = predictive_pages.page_vectors(sites, np.arange(len(sites.urls)), moments)
    scores = torch.from_numpy(vectors @ query).reshape(-1, PAGES)
    expected = torch.stack([torch.from_numpy(sparsemax_by_hand(row.numpy())) for row in scores])
    np.testing.assert_allclose(network_page_weights(network, sites), expected.flatten(), atol=1e-4)


def sparsemax_by_hand(scores):
    """Martins & Astudillo 2016, algorithm 1."""
    ordered = np.sort(scores)[::-1]
    sums = np.cumsum(ordered)
    size = np.flatnonzero(1 + np.arange(1, len(scores) + 1) * ordered > sums)[-1]
    return np.maximum(scores - (sums[size] - 1) / (size + 1), 0)


def test_without_it_all_is_learned_and_with_an_encoder_it_is_refused():
    assert DualAttentionNetwork(4).page_query.requires_grad
    assert not DualAttentionNetwork(4, page_query="predictive").page_query.requires_grad
    options = ["model=dual_attn_contextual", "model.encoder.path=x", "model.network.page_query=predictive"]
    with pytest.raises(InputError, match=r"model\.network\.page_query=predictive: not with model\.encoder"):
        compose_settings("train", options)
