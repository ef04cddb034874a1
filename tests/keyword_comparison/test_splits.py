"""Who has seen whose label: the firms that each network is trained on are written down, and what reads a firm."""

from dataclasses import fields

import numpy as np
import pytest

from ipml.dual_attention.bundle import Bundle, FoldModel, SiteScores
from ipml.dual_attention.keywords.contrast import page_contrast
from ipml.dual_attention.training import cross_fitting as training_module
from ipml.keyword_comparison.splits import leak_free_attention, leaking_attention


@pytest.fixture(scope="module")
def training(sites):
    return np.arange(len(sites)) % 10 < 7


@pytest.fixture
def networks(monkeypatch):
    """Trained networks, each with the firms whose labels it has seen (early stopping sees those held back)."""
    seen = []
    train = training_module.train_network

    def spied(data, *arguments, **options):
        network = train(data, *arguments, **options)
        seen.append((network, {*data.parts["training"], *data.parts["validation"]}))
        return network

    monkeypatch.setattr(training_module, "train_network", spied)
    return seen


def read_alone(network, sites):
    """Scores and contrast of each entry by one network."""
    scores = Bundle([FoldModel(network)], {}, [], np.zeros(0, np.int64)).score(sites)
    return scores, page_contrast(sites.counts, scores.page_weights)[sites.counts.indices]


def expect_means(attention, sites, alone, readers):
    """Each firm's scores are the means over its readers, of which ``readers`` has the numbers by firm."""
    for firm in range(len(sites)):
        pages = sites.pages_of(np.array([firm]))
        entries = sites.entries_of(pages)
        places = {"probabilities": firm, "page_weights": pages, "word_weights": entries}
        mine = [alone[number] for number in readers[firm]]
        assert set(places) == {field.name for field in fields(SiteScores)}
        for name, place in places.items():
            expected = np.mean([getattr(scores, name)[place] for scores, _ in mine], axis=0)
            np.testing.assert_allclose(getattr(attention.scores, name)[place], expected, atol=1e-5)


def test_without_a_leak_no_network_that_reads_a_firm_has_seen_its_label(
    sites, labels, training, settings, networks
):
    attention = leak_free_attention(sites, labels, training, settings.model, settings.trainer, 0, "")
    test = set(np.flatnonzero(~training))
    assert not any(seen & test for _, seen in networks)
    assert set.union(*(seen for _, seen in networks)) == set(np.flatnonzero(training))
    alone = [read_alone(network, sites) for network, _ in networks]
    unseen = [
        [number for number, (_, seen) in enumerate(networks) if firm not in seen]
        for firm in range(len(sites))
    ]
    assert {len(unseen[firm]) for firm in np.flatnonzero(training)} == {1}
    assert {len(unseen[firm]) for firm in test} == {len(networks)}
    expect_means(attention, sites, alone, unseen)
    for firm in range(len(sites)):
        entries = sites.entries_of(sites.pages_of(np.array([firm])))
        expected = np.mean([alone[number][1][entries] for number in unseen[firm]], axis=0)
        np.testing.assert_allclose(attention.contrast[entries], expected, atol=1e-5)


def test_the_leak_reads_every_firm_by_the_networks_that_have_seen_its_label(
    sites, labels, settings, networks
):
    attention = leaking_attention(sites, labels, settings.model, settings.trainer, 0, "")
    alone = [read_alone(network, sites) for network, _ in networks]
    saw = [
        [number for number, (_, seen) in enumerate(networks) if firm in seen] for firm in range(len(sites))
    ]
    assert {len(numbers) for numbers in saw} == {len(networks) - 1}
    expect_means(attention, sites, alone, saw)
    contrast = page_contrast(sites.counts, attention.scores.page_weights)
    np.testing.assert_array_equal(attention.contrast, contrast[sites.counts.indices])


def test_labels_of_test_firms_change_nothing_without_a_leak_and_something_with_it(
    sites, labels, training, settings
):
    turned = np.where(training, labels, 1 - labels)
    clean = [
        leak_free_attention(sites, these, training, settings.model, settings.trainer, 0, "")
        for these in (labels, turned)
    ]
    np.testing.assert_array_equal(clean[0].scores.word_weights, clean[1].scores.word_weights)
    np.testing.assert_array_equal(clean[0].contrast, clean[1].contrast)
    leaking = [
        leaking_attention(sites, these, settings.model, settings.trainer, 0, "") for these in (labels, turned)
    ]
    assert not np.array_equal(leaking[0].scores.word_weights, leaking[1].scores.word_weights)
    assert not np.array_equal(leaking[0].contrast, leaking[1].contrast)


def test_with_one_page_a_firm_there_is_no_contrast(sites, labels, settings, monkeypatch):
    monkeypatch.setattr("ipml.keyword_comparison.splits.page_contrast", lambda *_: None)
    assert leaking_attention(sites, labels, settings.model, settings.trainer, 0, "").contrast is None
