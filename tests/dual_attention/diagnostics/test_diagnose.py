"""Diagnostics of planted looks at planted sites: networks that find the product page, and networks that do not."""

import numpy as np
import pytest

from ipml.corpus.labels import labelled_firms
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites, read_sites
from ipml.dual_attention.diagnostics.diagnose import Looked, default_selection, diagnose, page_kinds
from ipml.dual_attention.diagnostics.verdict import judge
from ipml.dual_attention.keywords.contrast import contrast_of_entries
from ipml.text import open_language

MEMBERS = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]


@pytest.fixture(scope="module")
def planted(world):
    """Sites whose product page is the second of four, and which firms hold patents."""
    settings = world.train_settings()
    firms, _ = labelled_firms(world.corpus, "JP")
    language = open_language(settings.embeddings, settings.language)
    sites = read_sites(world.corpus, firms.index.tolist(), language, None, 32, 864)
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(np.float32)
    return sites, labels


def looked(sites: Sites, pages: np.ndarray) -> Looked:
    """Networks that each give all attention to one page of a firm: which, (M, F)."""
    weights = np.zeros((len(MEMBERS), sites.counts.shape[0]), dtype=np.float32)
    for of_member, page in zip(weights, pages, strict=True):
        of_member[sites.page_offsets[:-1] + page] = 1
    fold = np.arange(len(sites)) % 3
    own = np.array([[number == of for number, _ in MEMBERS] for of in fold])
    mean = (own / own.sum(axis=1, keepdims=True))[sites.firm_of_page]
    length = np.maximum(np.asarray(sites.counts.sum(axis=1)).ravel(), 1)[sites.page_of_entry]
    scores = SiteScores(
        np.zeros(len(sites), np.float32),
        (sites.counts.data / length).astype(np.float32),
        (mean.T * weights).sum(axis=0).astype(np.float32),
    )
    return Looked(scores, MEMBERS, weights, fold, contrast_of_entries(weights, MEMBERS, fold, sites))


def figures(planted, pages):
    sites, labels = planted
    return diagnose(looked(sites, pages), sites, labels, {}, default_selection(), 0)


def test_networks_that_find_the_product_page_pass(planted):
    sites, _ = planted
    found = figures(planted, np.ones((6, len(sites)), dtype=int))
    assert found["page_overlap"] == found["page_overlap_of_seeds"] == 1
    assert found["keyword_agreement"] == found["keyword_agreement_of_seeds"] == 1
    assert found["product_angle"] == pytest.approx(0, abs=1e-3)
    assert found["keyword_steadiness"] == 1  # no product word stands elsewhere
    assert found["firms_without_keywords"] == 0
    assert found["kept_pages"] == 0.25
    assert -0.5 < found["label_gain"] < 0.5  # five words of nine tell it: hardly
    assert found["page_contrast"] > 0.5
    assert "product_page_share" not in found
    assert judge(found).failed == ()


def test_networks_that_look_anywhere_are_caught(planted):
    sites, _ = planted
    found = figures(planted, np.random.default_rng(0).integers(4, size=(6, len(sites))))
    assert found["page_overlap"] == pytest.approx(0.25, abs=0.05)
    assert found["keyword_agreement"] < 0.5
    assert "keyword_agreement" in judge(found).failed


def test_networks_that_look_everywhere_are_caught(planted):
    sites, labels = planted
    everywhere = looked(sites, np.ones((6, len(sites)), dtype=int))
    alike = np.full_like(everywhere.page_weights, 0.25)
    scores = SiteScores(everywhere.scores.probabilities, everywhere.scores.word_weights, alike[0])
    found = diagnose(
        Looked(scores, MEMBERS, alike, everywhere.fold, None), sites, labels, {}, default_selection(), 0
    )
    assert found["page_contrast"] == 0
    assert "keyword_steadiness" not in found
    assert "page_contrast" in judge(found).failed


def test_one_page_a_firm_leaves_nothing_to_judge(planted):
    sites, labels = planted
    first = sites.page_offsets[:-1]
    single = Sites(
        sites.firm_ids,
        np.arange(len(sites) + 1),
        sites.urls[first],
        sites.counts[first + 1],
        sites.words,
        sites.vectors,
        1.0,
    )
    of_one = Looked(
        SiteScores(
            np.zeros(len(sites), np.float32),
            np.ones(single.counts.nnz, np.float32),
            np.ones(len(sites), np.float32),
        ),
        MEMBERS,
        np.ones((6, len(sites)), np.float32),
        np.arange(len(sites)) % 3,
        None,
    )
    assert diagnose(of_one, single, labels, {}, default_selection(), 0) == {}


def test_kinds_are_those_of_the_source(world, planted):
    sites, _ = planted
    kinds = page_kinds(world.corpus, sites, "ja")
    assert kinds.shape == sites.urls.shape
    assert set(kinds) == {"web_page"}
