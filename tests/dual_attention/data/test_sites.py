import numpy as np
import pytest

from ipml.corpus import write_corpus
from ipml.dual_attention.data.batches import site_batch
from ipml.dual_attention.data.sites import read_sites, sites_of_pages
from ipml.text import open_language
from tests.dual_attention.planted import firm, row


@pytest.fixture
def language(world):
    return open_language(world.train_settings().embeddings, "ja")


@pytest.fixture
def corpus(tmp_path):
    pages = [  # the pages of a firm need not stand together
        row("B", 0, "general1 general1 unknown"),
        row("A", 0, ""),
        row("B", 1, "circuit2"),
        row("A", 1, "fashion3 general1"),
        row("B", 2, "general5"),
        row("D", 0, "unknown"),
        {**row("B", 9, "circuit9"), "language": "en"},
    ]
    firms = [firm(name, "JP", True, name) for name in "ABCD"]
    return write_corpus(tmp_path / "c", {"firms": firms, "pages": pages, "patents": []}, source="planted")


def words_on(sites, page):
    entries = sites.counts[page]
    return {sites.words[w]: int(n) for w, n in zip(entries.indices, entries.data, strict=True)}


def test_pages_stand_in_their_order_firm_after_firm(corpus, language):
    sites = read_sites(corpus, list("DCBA"), language, None, max_pages=2, max_tokens=99)
    assert sites.firm_ids.tolist() == ["B", "A"]
    assert sites.n_pages.tolist() == [2, 2]
    assert [words_on(sites, page) for page in range(4)] == [
        {"general1": 2},
        {"circuit2": 1},
        {},
        {"fashion3": 1, "general1": 1},
    ]
    assert [url[-1] for url in sites.urls] == ["0", "1", "0", "1"]
    assert sites.exclusions == {"no page in ja": ["C"], "no known word": ["D"]}


def test_a_batch_holds_the_words_of_its_firms_only(corpus, language):
    sites = read_sites(corpus, list("AB"), language, None, max_pages=9, max_tokens=1)
    labels = np.array([1.0, 0.0])
    batch = site_batch(sites, np.array([1]), labels)
    assert batch.labels.tolist() == [0]
    assert batch.n_pages.tolist() == [3]
    assert batch.page_offsets.tolist() == [0, 1, 2, 3]
    assert batch.counts.tolist() == [1, 1, 1]  # max_tokens cuts the repeat
    known, vectors = language.vectors.select(["general1", "circuit2", "general5"])
    assert known.all()
    np.testing.assert_array_equal(batch.vectors[batch.words], vectors)
    both = site_batch(sites, np.array([1, 0]))
    assert both.labels.isnan().all()
    assert both.page_offsets.tolist() == [0, 1, 2, 3, 3, 4]
    assert len(both.vectors) == 4


def test_pages_from_nowhere_are_grouped_by_firm_and_firms_without_a_known_word_passed_over(language):
    firms = ["b", "none", "a", "b", "b"]
    texts = ["unknown", "", "general1 general2", "general3", "general4"]
    sites = sites_of_pages(firms, texts, language, max_pages=2, max_tokens=99)
    assert sites.firm_ids.tolist() == ["b", "a"]
    assert sites.n_pages.tolist() == [2, 1]
    assert sites.counts.sum(axis=1).ravel().tolist() == [[0, 1, 2]]
    assert sites.exclusions["no known word"] == ["none"]
    assert len(sites_of_pages(["a"], ["unknown"], language, 2, 99)) == 0
    assert len(sites_of_pages([], [], language, 2, 99)) == 0
