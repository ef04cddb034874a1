import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.module import DualAttentionNetwork
from ipml.faithfulness.orders import attention_order, cosine_order
from tests.faithfulness.planted import alone, bundle_of, sites_of

VECTORS = {"a": (1.0, 0.0), "b": (0.0, 2.0), "o": (0.0, 0.0)}


def test_attention_is_the_weight_of_page_times_token():
    sites = sites_of([["a b b", "b"]], VECTORS)
    query = [np.log(2.0), 0.0]  # a weighs as much as both b
    scores = bundle_of(query, [1.0, 0.0]).score(sites)
    np.testing.assert_allclose(attention_order(sites, scores), [0.25, 0.125, 0.5], rtol=1e-5)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=6), st.floats(0.01, 1))
def test_tokens_of_equal_attention_tie_whatever_their_counts(counts, page_weight):
    words = [f"w{n}" for n in range(len(counts))]
    page = " ".join(" ".join([word] * count) for word, count in zip(words, counts, strict=True))
    sites = sites_of([[page]], dict.fromkeys(words, (1.0, 0.0)))
    off = DualAttentionNetwork(2, attention=False).eval()
    weights = alone(off).score(sites).word_weights
    scores = SiteScores(np.zeros(1, np.float32), weights, np.array([page_weight], np.float32))
    assert len(np.unique(attention_order(sites, scores))) == 1


def test_cosine_with_the_mean_of_the_page():
    sites = sites_of([["a b", "o"], ["a a a a b o"]], VECTORS)
    bundle = bundle_of([0.0, 0.0], [0.0, 0.0])
    found = cosine_order(sites, bundle.score(sites))
    first, second = np.sqrt(5), np.sqrt(16 + 4)  # lengths of (1, 2) and (4, 2)
    assert found.tolist() == pytest.approx([1 / first, 2 / first, 0, 4 / second, 2 / second, 0])
