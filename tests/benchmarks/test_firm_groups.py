import pandas as pd
import pytest

from benchmarks.firm_groups import bare_name, bare_text, firm_groups, host, in_development
from ipml.corpus import labels, write_corpus


@pytest.fixture
def corpus(tmp_path):
    names = ["Alpha Corporation", "Beta Co., Ltd.", "Gamma Inc.", "Delta Ltd.", "Epsilon Corp.", "Zeta"]
    firms = [
        {"firm_id": f"JP-{n}", "country": "JP", "has_patent": n % 2 == 0, "name": name}
        for n, name in enumerate(names)
    ]
    texts = [
        ("ja", 0, "銀行業。", "https://www.alpha.example/jp"),
        ("ja", 1, "銀行 業", None),
        ("en", 2, "Gamma is a subsidiary of Delta Ltd. and sells pumps.", None),
        ("en", 4, "It operates as a subsidiary of Omega Holdings, Inc.", None),
        ("en", 5, "Zeta is a subsidiary of Omega Holdings Inc.", "http://zeta.example"),
        ("en", 3, "Delta makes pumps.", "zeta2.example"),
        *(("ja", n, f"{n}", "https://encyclopedia.example/") for n in range(6, 18)),
    ]
    firms += [{"firm_id": f"JP-{n}", "country": "JP", "has_patent": True, "name": None} for n in range(6, 18)]
    pages = [
        {"firm_id": f"JP-{n}", "language": language, "kind": "profile", "text": text, "url": url}
        for language, n, text, url in texts
    ]
    return write_corpus(tmp_path, {"firms": firms, "pages": pages, "patents": []}, source="made up")


def test_firms_of_one_text_or_group_are_together(corpus):
    firms, _ = labels.labelled_firms(corpus, "JP")
    groups = firm_groups(corpus, firms)
    assert groups["JP-0"] == groups["JP-1"] == "JP-0"  # the same but for punctuation and blanks
    assert groups["JP-2"] == groups["JP-3"] == "JP-2"  # a subsidiary of the other
    assert groups["JP-4"] == groups["JP-5"] == "JP-4"  # both of a third, which is no firm here
    assert groups.nunique() == 3 + 12  # those of one encyclopedia are strangers


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://www.a.example/b", "a.example"), ("www2.a.example", "a.example"), ("", ""), ("http://[", "")],
)
def test_hosts(url, expected):
    assert host(url) == expected


def test_bare_names_and_texts():
    assert bare_name("The Alpha Co., Ltd.") == bare_name("ALPHA Corporation") == "alpha"
    assert bare_text("Ｏｉｌ、 pumps.") == bare_text("oil pumps")


def test_the_development_part_has_its_share_and_whole_groups():
    groups = pd.Series([f"JP-{n // 2}" for n in range(4000)])
    chosen = in_development(groups, 1 / 3)
    assert abs(chosen.mean() - 1 / 3) < 0.03
    assert (chosen[::2] == chosen[1::2]).all()
    assert (in_development(groups[::-1], 1 / 3) == chosen[::-1]).all()
