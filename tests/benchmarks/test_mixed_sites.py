from itertools import pairwise

import numpy as np
import pytest

from benchmarks.mixed_sites import (
    MIN_WORDS,
    N_PAGES,
    Mixed,
    firm_pages,
    mix_sites,
    overlap,
    read_boilerplate,
)
from benchmarks.page_kinds import HISTORY, PRODUCT, URL_KINDS
from ipml.corpus import write_corpus
from ipml.errors import InputError
from tests.dual_attention.planted import firm, row


def words(stem: str, n: int) -> list[str]:
    """Distinct words of letters alone; the tokenizer parts letters from digits."""
    return [f"{stem}{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(n)]


FIRMS = [f"JP-{number}" for number in range(12)]
NAMES = dict(zip(FIRMS, words("name", 12), strict=True))
STEMS = words("stem", 12)
BOILERPLATE = {kind: [words(kind, 200), words(kind, 3)] for kind in URL_KINDS}


def profile(number: int) -> str:
    products = " ".join(words(STEMS[number], 10 + number))
    return (
        f"{NAMES[FIRMS[number]]} manufactures {products}. The company was founded in 1950 in Osaka. "
        "It provides maintenance."
    )


PROFILES = {firm_id: profile(number) for number, firm_id in enumerate(FIRMS)}


def pages_of(mixed: Mixed, firm_id: str) -> list[tuple[str, list[str]]]:
    rows = zip(mixed.firm_ids, mixed.kinds, mixed.pages, strict=True)
    return [(kind, page) for own, kind, page in rows if own == firm_id]


def test_product_pages_hold_no_history_and_no_name():
    pages, history = firm_pages(profile(3), NAMES["JP-3"])
    assert pages == [["manufactures", *words(STEMS[3], 13), "provides", "maintenance"]]
    assert "osaka" in history
    assert not any(NAMES["JP-3"] in page for page in [*pages, history])


def test_many_product_sentences_make_two_pages():
    sentences = [f"It sells {' '.join(words(stem, 8))}." for stem in STEMS[:6]]
    pages, _ = firm_pages(" ".join(sentences), "")
    assert [len(page) for page in pages] == [27, 27]


def test_sites_have_the_asked_number_of_pages_as_long_as_product_pages():
    mixed = mix_sites(PROFILES, NAMES, BOILERPLATE, 0.2, seed=0)
    lengths = {len(page) for kind, page in zip(mixed.kinds, mixed.pages, strict=True) if kind == PRODUCT}
    assert {len(page) for page in mixed.pages} <= lengths
    for firm_id in FIRMS:
        assert N_PAGES[0] <= len(pages_of(mixed, firm_id)) <= N_PAGES[1]
    assert mixed.firm_ids == sorted(mixed.firm_ids, key=FIRMS.index)  # firm after firm


@pytest.mark.parametrize("mention", [0.0, 0.2, 0.5])
def test_other_pages_hold_a_passage_of_the_firms_product_page(mention):
    mixed = mix_sites(PROFILES, NAMES, BOILERPLATE, mention, seed=0)
    for firm_id in FIRMS:
        (_, product), *others = pages_of(mixed, firm_id)
        following = set(pairwise(product))
        for _, page in others:
            n_own = round(mention * len(page))
            assert sum(word in product for word in page) == n_own
            assert set(pairwise(page[len(page) - n_own :])) <= following


def test_seed_and_firm_decide_and_nothing_else():
    mixed = mix_sites(PROFILES, NAMES, BOILERPLATE, 0.2, seed=0)
    turned = mix_sites(dict(reversed(PROFILES.items())), NAMES, BOILERPLATE, 0.2, seed=0)
    for firm_id in FIRMS:
        assert pages_of(mixed, firm_id) == pages_of(turned, firm_id)
    assert mix_sites(PROFILES, NAMES, BOILERPLATE, 0.2, seed=1).pages != mixed.pages


def test_history_is_a_page_of_its_own():
    mixed = mix_sites(PROFILES, NAMES, BOILERPLATE, 0.0, seed=0)
    assert all(HISTORY in [kind for kind, _ in pages_of(mixed, firm_id)] for firm_id in FIRMS)


def test_firms_with_too_short_a_profile_are_named():
    short = {"JP-short": "It sells valves.", **PROFILES}
    mixed = mix_sites(short, {"JP-short": "", **NAMES}, BOILERPLATE, 0.2, seed=0)
    assert mixed.left_out == ["JP-short"]
    assert "JP-short" not in mixed.firm_ids


def test_overlap_of_a_small_example():
    mixed = Mixed()
    mixed.add("A", PRODUCT, ["valve", "pump"])
    mixed.add("A", "news", ["valve", "today", "valve", "here"])
    mixed.add("B", PRODUCT, ["tea"])
    mixed.add("B", "news", ["here", "today"])
    assert overlap(mixed) == (0.25, 0.25)


def corpus_of(folder, addresses):
    text = " ".join(words("word", MIN_WORDS))
    pages = [
        {**row("US-1", i, f"{text} {STEMS[i]}"), "language": "en", "kind": "web_page", "url": url}
        for i, url in enumerate(addresses)
    ]
    tables = {"firms": [firm("US-1", "US", True, "Acme")], "pages": pages, "patents": []}
    return write_corpus(folder, tables, source="planted")


def test_boilerplate_is_dealt_by_address(tmp_path):
    addresses = [
        f"https://e.com/{end}" for end in ("terms", "careers", "investors", "news", "contact", "valves")
    ]
    found = read_boilerplate(corpus_of(tmp_path / "c", addresses))
    assert {kind: [page[-1] for page in pages] for kind, pages in found.items()} == {
        "legal": [STEMS[0]],
        "careers": [STEMS[1]],
        "investors": [STEMS[2]],
        "news": [STEMS[3]],
        "contact": [STEMS[4]],
    }


def test_a_corpus_without_a_kind_of_page_is_refused(tmp_path):
    with pytest.raises(InputError, match="no English web page of kind careers"):
        read_boilerplate(corpus_of(tmp_path / "c", ["https://e.com/terms"]))


def test_product_pages_do_not_depend_on_the_seed():
    first, second = (mix_sites(PROFILES, NAMES, BOILERPLATE, 0.2, seed) for seed in (0, 1))
    for firm_id in FIRMS:
        assert pages_of(first, firm_id)[0] == pages_of(second, firm_id)[0]
    assert np.unique(first.kinds).size > 3
