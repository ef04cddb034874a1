import numpy as np
import pytest
from scipy import sparse

from ipml.corpus.firm_names import domain_name, own_entries


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


def test_own_words_of_any_texts():
    counts = sparse.csr_matrix([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 1.0]])
    own = own_entries(counts, np.array([0, 0, 1]), ["acme", "pump", "valve"], [{"acme"}, {"valve", "other"}])
    assert own.tolist() == [True, False, False, False, False, True]
