import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ipml.dual_attention.names import domain_name, name_words, own_entries, own_words
from ipml.text.tokenizers import make_tokenizer
from tests.dual_attention.test_terms import made_up


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.hakuto.co.jp/products/equipment/", "hakuto"),
        ("http://www.hakuto-vacuum.jp/", "hakuto-vacuum"),
        ("http://semiconductor.example.com", "example"),
        ("https://example.com.cn:8080/a", "example"),
        ("https://a.uk", "a"),
        ("http://co.jp", "co"),
        ("localhost/page", ""),
        ("http://[broken", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
        ("", ""),
    ],
)
def test_the_registered_name_of_an_address(url, name):
    assert domain_name(url) == name


def test_names_brands_and_address_are_a_firms_own_words():
    sites = made_up()
    sites.urls[:] = ["https://pump.example.com", None, "https://www.pump.co.jp", None]
    firms = pd.DataFrame(
        {"name": ["Laser Inc", None], "brands": ["Steel; Miracle", None]}, index=["a", "b"], dtype=object
    )
    names = name_words(firms, sites, make_tokenizer({"kind": "latin"}))
    assert {"laser", "inc", "steel", "miracle", "example"} <= names["a"]
    assert names["b"] == {"pump", ""}
    own = own_words(sites, names)
    expected = {("a", "laser"), ("a", "steel"), ("b", "pump")}
    firm = np.repeat(["a", "a", "b", "b"], np.diff(sites.counts.indptr))
    found = {
        (f, sites.words[w]) for f, w, is_own in zip(firm, sites.counts.indices, own, strict=True) if is_own
    }
    assert found == expected


def test_firms_without_names_have_no_own_words():
    assert not own_words(made_up(), {}).any()


def test_own_words_of_any_texts():
    counts = sparse.csr_matrix([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 1.0]])
    own = own_entries(counts, np.array([0, 0, 1]), ["acme", "pump", "valve"], [{"acme"}, {"valve", "other"}])
    assert own.tolist() == [True, False, False, False, False, True]
