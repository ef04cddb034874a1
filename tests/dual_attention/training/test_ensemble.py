"""Several networks a fold: which are kept, and that a firm is scored by those alone that have not seen it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from ipml.dual_attention.bundle import Bundle, FoldModel, network_page_weights
from ipml.dual_attention.keywords.contrast import fold_contrast, page_contrast
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.dual_attention.training.ensemble import keep_members, keep_models, page_overlaps
from tests.dual_attention.planted import DIMENSION
from tests.dual_attention.training.test_warm_start import sites_of

FIRMS, PAGES = 6, 4


@st.composite
def weights_of_networks(draw):
    """Page weights of some networks, (S, FIRMS * PAGES); each firm's sum to one, some are zero."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 6))
    raw = rng.random((n, FIRMS, PAGES)) ** 4 * (rng.random((n, FIRMS, PAGES)) < 0.7) + 1e-9
    return (raw / raw.sum(axis=2, keepdims=True)).reshape(n, -1)


@given(weights_of_networks())
def test_the_overlap_is_one_minus_the_total_variation(weights):
    overlaps = page_overlaps(weights, FIRMS)
    np.testing.assert_allclose(overlaps, 1 - cdist(weights, weights, "cityblock") / (2 * FIRMS), atol=1e-9)
    assert (overlaps >= -1e-12).all()


@given(weights_of_networks(), st.floats(0, 1), st.randoms(use_true_random=False))
def test_which_are_kept_does_not_depend_on_their_order_and_falls_with_the_threshold(
    weights, smallest, random
):
    n = len(weights)
    overlaps, losses = page_overlaps(weights, FIRMS), np.arange(n) / 10
    kept = keep_members(overlaps, losses, smallest)
    assert kept.medoid in kept.numbers
    assert overlaps[kept.medoid].sum() >= overlaps.sum(axis=1).max() - 1e-9
    assert set(keep_members(overlaps, losses, smallest + 0.1).numbers) <= set(kept.numbers)
    assert keep_members(overlaps, losses, 0.0).numbers == list(range(n))
    order = np.array(random.sample(range(n), n))
    turned = keep_members(overlaps[np.ix_(order, order)], losses[order], smallest)
    assert sorted(order[turned.numbers].tolist()) == kept.numbers
    assert len(kept.numbers) + len(kept.dropped(0)) == n


def test_one_that_reads_other_pages_is_dropped_and_named():
    """Three read nearly the same pages, one others: the medoid is the middle one of the three."""
    one = np.tile([0.8, 0.2, 0, 0], FIRMS)
    middle, other = np.tile([0.7, 0.3, 0, 0], FIRMS), np.tile([0.5, 0.5, 0, 0], FIRMS)
    far = np.tile([0, 0.1, 0.9, 0], FIRMS)
    kept = keep_members(page_overlaps(np.stack([far, one, middle, other]), FIRMS), [0.1, 0.2, 0.3, 0.4], 0.6)
    assert kept.numbers == [1, 2, 3]
    assert kept.medoid == 2
    assert kept.dropped(4) == ["network 1 of fold 5: 0.10 of its page weights are those of network 3"]


def test_of_two_the_one_with_the_lower_validation_loss_is_the_medoid():
    far_apart = page_overlaps(np.eye(2), 1)
    assert keep_members(far_apart, [0.5, 0.4], 0.6).numbers == [1]
    assert keep_members(far_apart, [0.4, 0.5], 0.6).numbers == [0]


def test_the_first_network_of_each_fold_is_that_of_one_seed(world):
    sites, labels = sites_of(world)
    settings = world.train_settings("model.max_epochs=1", "model.n_folds=2")
    several = settings.model.model_copy(update={"n_seeds": 3, "min_overlap": 0.0})
    one, bundle = (
        cross_fit(sites, labels, model, settings.trainer, 0) for model in (settings.model, several)
    )
    assert one.members == [(0, 0), (1, 0)]
    assert bundle.members == [(fold, number) for fold in range(2) for number in range(3)]
    for member in one.members:
        for name, value in one.weights(member).items():
            assert (bundle.weights(member)[name] == value).all()
    assert (bundle.weights((0, 1))["output.weight"] != bundle.weights((0, 0))["output.weight"]).any()
    assert (bundle.weights((0, 2))["output.weight"] != bundle.weights((1, 0))["output.weight"]).any()


def test_what_is_kept_is_decided_without_the_labels_of_the_firms_that_it_scores(world):
    sites, labels = sites_of(world)
    torch.manual_seed(0)
    networks = [DualAttentionNetwork(DIMENSION, score_scale=0.1).eval() for _ in range(4)]
    models, validation = [FoldModel(network) for network in networks], np.arange(40, 60)
    hidden = np.where(np.arange(60) < 40, np.nan, labels)
    kept = keep_models(models, sites, hidden, validation, 0.5)
    assert kept.numbers == keep_models(models, sites, labels, validation, 0.5).numbers
    weights = np.stack([network_page_weights(network, sites) for network in networks])
    overlaps = page_overlaps(weights, len(sites))
    assert kept.medoid == overlaps.sum(axis=1).argmax()
    assert kept.numbers == [number for number in range(4) if overlaps[kept.medoid][number] >= 0.5]
    assert 1 <= len(kept.numbers) < 4


def test_a_firm_is_scored_by_the_mean_of_the_kept_networks_of_its_fold(world, tmp_path):
    sites, labels = sites_of(world)
    settings = world.train_settings(
        "model.max_epochs=4", "model.n_seeds=2", "model.min_overlap=0", "model.optimizer.lr=0.1"
    )
    made = cross_fit(sites, labels, settings.model, settings.trainer, 0)
    bundle = replace(made, folds=made.folds[1:], members=made.members[1:])  # as if the first were dropped
    assert bundle.members == [(0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert bundle.weights((0, 0)) is None
    assert bundle.n_folds == 3
    scores, single = bundle.score(sites), list(bundle.score_by_member(sites))
    fold, pages = bundle.fold_numbers(sites), bundle.page_weights_by_member(sites)
    contrasts = [page_contrast(sites.counts, weights) for weights in pages]
    contrast = fold_contrast(bundle, sites)
    for firm in range(len(sites)):
        own = [number for number, member in enumerate(bundle.members) if fold[firm] in (-1, member[0])]
        expected = np.mean([single[number].probabilities[firm] for number in own])
        assert scores.probabilities[firm] == pytest.approx(expected, rel=1e-5)
        of_firm = sites.pages_of(np.array([firm]))
        np.testing.assert_allclose(
            scores.page_weights[of_firm], pages[own][:, of_firm].mean(axis=0), atol=1e-6
        )
        if fold[firm] >= 0:
            entries = sites.entries_of(of_firm)
            mean = np.mean([contrasts[number] for number in own], axis=0)
            np.testing.assert_allclose(contrast[entries], mean[sites.counts.indices[entries]])
    bundle.settings.update(settings.model_dump(include={"model"}), lineage={})
    bundle.save(tmp_path)
    loaded = Bundle.load(tmp_path)
    assert loaded.members == bundle.members
    np.testing.assert_array_equal(loaded.score(sites).probabilities, scores.probabilities)
