import numpy as np
import pandas as pd

from ipml.dual_attention.keywords.selection import name_words, own_words
from ipml.text.tokenizers import make_tokenizer
from tests.dual_attention.test_bag_of_words import made_up


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
