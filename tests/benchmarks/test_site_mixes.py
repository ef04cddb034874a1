import gzip
import json

import numpy as np
import pytest

from benchmarks.page_kinds import PRODUCT
from benchmarks.site_mixes import (
    above_median,
    mix,
    other_pages,
    phrases,
    product_sentences,
    read_labelled,
    whole_sites,
    without_name,
)
from benchmarks.site_pages import (
    DEVELOPMENT,
    LEFT_OUT,
    SitePage,
    corrected_kind,
    deal_sites,
    read_whole_sites,
    without_repeats,
)
from ipml.errors import InputError

KINDS = ("product", "news", "recruit", "other")


def page(firm_id: str, number: int, kind: str, corrected: str | None = None) -> SitePage:
    text = f"menu\n{firm_id} {kind} {number}\n" + "\n".join(f"{firm_id} line {number} {i}" for i in "abcdef")
    return SitePage(firm_id, "maker", f"{number}.html", text, kind, corrected or kind)


def site(firm_id: str, n_products: int = 1) -> list[SitePage]:
    kinds = ["product"] * n_products + [*KINDS[1:]] * 2
    return [page(firm_id, number, kind) for number, kind in enumerate(kinds)]


SITES = {f"SITE-{letter}": site(f"SITE-{letter}", 1 + place % 5) for place, letter in enumerate("abcdefghij")}
PRODUCTS = {f"JP-{number}": [f"own {number} {i}" for i in range(5 + number)] for number in range(8)}


def write(folder, **tables):
    folder.mkdir(exist_ok=True)
    for table, rows in tables.items():
        with gzip.open(folder / f"{table}.jsonl.gz", "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows)
    return folder


def test_phrases_end_at_marks_lines_and_gaps():
    text = "• 岗亭、移动厕所\n首页  产品中心\n2019\n本システムは、束を運ぶ。\nA"
    assert phrases(text) == ["岗亭", "移动厕所", "首页", "产品中心", "本システムは", "束を運ぶ"]


def test_mixes_hold_no_page_of_a_judged_site():
    judged = ["SITE-a", "SITE-c"]
    others = other_pages(SITES, judged, "phrases", phrases, repeats=True)
    assert set(others) == {"news", "recruit"}  # neither product pages nor what is of no kind
    mixed = mix(PRODUCTS, others, mention=0.2, seed=0)
    words = {word for own in mixed.pages for word in own}
    assert not any(word.startswith(firm_id) for word in words for firm_id in judged)
    assert any(word.startswith("SITE-b") for word in words)


def test_the_corrected_kind_decides_what_is_mixed():
    sites = {
        "SITE-x": [page("SITE-x", 0, "company", corrected="product"), page("SITE-x", 1, "other", "news")]
    }
    assert set(other_pages(sites, [], "phrases", phrases, repeats=True)) == {"news"}


@pytest.mark.parametrize("mention", [0.0, 0.3])
def test_mixed_sites_have_one_product_page_and_others_that_mention_it(mention):
    others = other_pages(SITES, [], "phrases", phrases, repeats=True)
    mixed = mix(PRODUCTS, others, mention, seed=0)
    for firm_id, own in PRODUCTS.items():
        rows = [
            (kind, words)
            for firm, kind, words in zip(mixed.firm_ids, mixed.kinds, mixed.pages, strict=True)
            if firm == firm_id
        ]
        assert rows[0] == (PRODUCT, own)
        assert 5 <= len(rows) - 1 <= 9
        for kind, words in rows[1:]:
            assert kind in others
            assert sum(word in own for word in words) == round(mention * len(words))


def test_seed_and_firm_decide_on_a_mix():
    others = other_pages(SITES, [], "phrases", phrases, repeats=True)
    first, again, other = (mix(PRODUCTS, others, 0.2, seed).pages for seed in (0, 0, 1))
    assert first == again != other
    alone = mix({"JP-7": PRODUCTS["JP-7"]}, others, 0.2, 0)
    assert len(alone.pages) == sum(firm == "JP-7" for firm in mix(PRODUCTS, others, 0.2, 0).firm_ids)


def test_sites_are_dealt_whole_and_evenly():
    dealt = deal_sites({**SITES, "SITE-only": [page("SITE-only", 0, "product")]}, seed=0)
    assert sorted(dealt[DEVELOPMENT] + dealt[LEFT_OUT]) == sorted(
        SITES
    )  # one kind of page alone: in neither part
    assert abs(len(dealt[DEVELOPMENT]) - len(dealt[LEFT_OUT])) <= 2
    assert deal_sites(dict(reversed(SITES.items())), seed=0) == deal_sites(SITES, seed=0)


def test_whole_sites_keep_every_page_in_order():
    whole, pages = whole_sites(SITES, ["SITE-b", "SITE-a"], phrases, repeats=True)
    assert whole.firm_ids == ["SITE-b"] * len(SITES["SITE-b"]) + ["SITE-a"] * len(SITES["SITE-a"])
    assert pages == [*SITES["SITE-b"], *SITES["SITE-a"]]
    assert all("menu" in words for words in whole.pages)


def test_lines_of_many_pages_are_left_out():
    texts = [f"menu\nown {number}\ntwice {number // 2}" for number in range(10)]
    assert without_repeats(texts)[3] == "own 3\ntwice 1"
    whole, _ = whole_sites(SITES, ["SITE-a"], phrases, repeats=False)
    assert not any("menu" in words for words in whole.pages)


@pytest.mark.parametrize(
    ("firm_id", "url", "text", "kind", "corrected"),
    [
        ("SITE-neotec", "sp/ELS_sp.html", "", "company", "product"),
        ("SITE-neotec", "company_sp.html", "", "company", "company"),
        ("SITE-lmrl", "22.html", "当前位置：\n主页 > 产品中心 > 换热器", "other", "product"),
        (
            "SITE-lmrl",
            "22.html",
            "主页 > 产品中心",
            "news",
            "news",
        ),  # the breadcrumb mends company and other alone
        ("SITE-lmrl", "index.html", "产品中心", "other", "other"),
    ],
)
def test_kinds_are_corrected_by_path_and_breadcrumb(firm_id, url, text, kind, corrected):
    assert corrected_kind(firm_id, url, text, kind) == corrected


def test_texts_lose_the_firms_name_and_what_is_not_on_products():
    lead = "株式会社東亜（とうあ）は、東京都に本社を置く会社。ポンプを作る。1950年に設立された。"
    assert product_sentences(lead).strip() == "ポンプを作る。"
    assert without_name("東亜はポンプを作る", "株式会社東亜").strip() == "はポンプを作る"
    assert without_name("ポンプ", None) == "ポンプ"


def test_labels_are_patents_in_japan_and_counts_above_the_median_in_china(tmp_path):
    firm = {"name_local": "株式会社東亜", "country": "JP"}
    firms = [
        {**firm, "firm_id": "JP-1", "has_patent": True},
        {**firm, "firm_id": "JP-2", "has_patent": None},
        {**firm, "firm_id": "JP-3", "has_patent": False},
        {**firm, "firm_id": "CN-1", "country": "CN", "has_patent": True},
    ]
    pages = [{"firm_id": row["firm_id"], "kind": "business_summary", "text": "東亜 ポンプ"} for row in firms]
    japan = write(tmp_path / "firms", firms=firms, pages=pages)
    wikipedia = write(tmp_path / "wikipedia", pages=[{"firm_id": "JP-1", "text": "弁を作る。"}])
    chinese = [{"firm_id": f"CN-{n}", "name_local": None, "n_patents_here": n} for n in range(5)]
    texts = [{"firm_id": f"CN-{n}", "kind": "main_products", "text": "泵"} for n in range(5)]
    china = write(tmp_path / "china", firms=chinese, pages=texts)
    roots = {"firms": japan, "wikipedia": wikipedia, "cn_patents": china}
    found = read_labelled("ja", roots, left_out=[])
    assert {firm_id: own.label for firm_id, own in found.items()} == {"JP-1": True, "JP-3": False}
    assert phrases(found["JP-1"].text) == ["ポンプ", "弁を作る"]
    assert list(read_labelled("ja", roots, left_out=["JP-1"])) == ["JP-3"]
    counted = read_labelled("zh", roots, left_out=[])
    assert [own.label for own in counted.values()] == [False, False, False, True, True]
    assert np.mean(list(above_median({str(n): n for n in range(100)}).values())) == 0.5


def test_whole_sites_are_read_by_language(tmp_path):
    rows = [
        {"firm_id": "SITE-a", "url": f"{n}.html", "lang": lang, "page_kind": "news", "text": "x"}
        for n, lang in enumerate(["ja", "zh", "ja"])
    ]
    folder = write(tmp_path / "sites", firms=[{"firm_id": "SITE-a", "source": "maker/site"}], pages=rows)
    found = read_whole_sites(folder, "ja")
    assert [(own.url, own.designer) for own in found["SITE-a"]] == [("0.html", "maker"), ("2.html", "maker")]
    with pytest.raises(InputError, match="no page in language en"):
        read_whole_sites(folder, "en")
    with pytest.raises(InputError, match="no such file"):
        read_whole_sites(tmp_path, "ja")
