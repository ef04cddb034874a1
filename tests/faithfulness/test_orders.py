import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.faithfulness.orders import attention_order, keybert_order
from ipml.keyword_comparison.sentence_encoders import MeanWordVectors
from ipml.text import open_language
from tests.faithfulness.planted import alone, bundle_of, sites_of

VECTORS = {"a": (1.0, 0.0), "b": (0.0, 2.0), "o": (0.0, 0.0)}


def test_attention_is_the_weight_of_page_times_token():
    sites = sites_of([["a b b", "b"]], VECTORS)
    query = [np.log(2.0), 0.0]  # a weighs as much as both b
    scores = bundle_of(query, [1.0, 0.0]).score(sites)
    np.testing.assert_allclose(attention_order(sites, scores), [0.25, 0.125, 0.5], rtol=1e-5)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=6), st.floats(0.01, 1))
@example([1, 35, 50], 0.9148451581469224)
def test_tokens_of_equal_attention_tie_whatever_their_counts(counts, page_weight):
    words = [f"w{n}" for n in range(len(counts))]
    page = " ".join(" ".join([word] * count) for word, count in zip(words, counts, strict=True))
    sites = sites_of([[page]], dict.fromkeys(words, (1.0, 0.0)))
    off = DualAttentionNetwork(2, attention=False).eval()
    weights = alone(off).score(sites).word_weights
    scores = SiteScores(np.zeros(1, np.float32), weights, np.array([page_weight], np.float32))
    assert len(np.unique(attention_order(sites, scores))) == 1


def test_keyberts_order_is_the_cosine_with_the_page_whatever_the_model(world):
    language = open_language(world.train_settings().embeddings, "ja")
    reading = {"page_kinds": None, "max_pages": 32}
    sites = read_sites(world.corpus, ["JP-001", "JP-002"], language, None, 32, 864)
    order = keybert_order(world.corpus, sites, language, reading, MeanWordVectors(language))
    pages = sites.counts @ sites.vectors
    pages /= np.linalg.norm(pages, axis=1, keepdims=True)
    words = sites.vectors / np.linalg.norm(sites.vectors, axis=1, keepdims=True)
    expected = (pages[sites.page_of_entry] * words[sites.counts.indices]).sum(axis=1)
    untrained = alone(DualAttentionNetwork(sites.vectors.shape[1]).eval()).score(sites)
    np.testing.assert_allclose(order(sites, untrained), expected, atol=6e-5)  # KeyBERT gives four decimals
