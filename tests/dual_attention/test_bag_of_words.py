import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from ipml.dual_attention.bag_of_words import SHARES, fit_bag_of_words, frequent_terms, term_counts, tf_idf
from ipml.dual_attention.data.sites import ReadingOrder, Sites
from ipml.errors import InputError

WORDS = ["laser", "pump", "steel"]
PAGES = [[0, 1, 0, 1], [2], [0, 1], [2, 2]]  # two firms of two pages
TRAINING, VALIDATION = np.arange(160), np.arange(160, 240)


@pytest.fixture
def planted():
    """Words 0 to 4 tell who holds patents, the other 20 tell nothing."""
    generator = np.random.default_rng(0)
    labels = np.arange(240) % 3 == 0
    rates = np.full((240, 25), 0.4)
    rates[labels, :5] = 1.5
    counts = sparse.csr_matrix(generator.poisson(rates).astype(np.float32))
    return counts, labels.astype(np.float32)


def test_tf_idf_is_that_of_scikit_learn(planted):
    counts, _ = planted
    peer = TfidfTransformer(sublinear_tf=True).fit(counts[TRAINING])
    np.testing.assert_allclose(
        tf_idf(counts, peer.idf_).toarray(), peer.transform(counts).toarray(), rtol=1e-6
    )


def test_an_unseen_term_counts_for_nothing_and_an_empty_firm_has_the_bias(planted):
    counts, labels = planted
    counts = sparse.hstack([counts, np.r_[np.zeros(160), np.ones(80)][:, None]]).tocsr()
    bag = fit_bag_of_words(counts, labels, TRAINING, VALIDATION, np.zeros(80), None)
    assert bag.inverse_frequency[-1] == 0
    assert bag.weights[-1] == 0
    assert bag.logits(sparse.csr_matrix((1, 26), dtype=np.float32))[0] == pytest.approx(bag.bias[0])


def test_a_logistic_regression_of_scikit_learn_gives_the_same_logits(planted):
    counts, labels = planted
    bag = fit_bag_of_words(counts, labels, TRAINING, VALIDATION, np.zeros(80), "balanced")
    features = tf_idf(counts, bag.inverse_frequency)
    peers = [
        LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)
        .fit(features[TRAINING], labels[TRAINING])
        .decision_function(features[VALIDATION])
        for strength in (0.3, 1.0, 3.0)
    ]
    found = bag.logits(counts[VALIDATION])
    assert min(np.abs(found - peer).max() for peer in peers) < 1e-6


def test_the_better_part_gets_the_larger_share(planted):
    counts, labels = planted
    generator = np.random.default_rng(1)
    useless = generator.normal(size=80)
    perfect = np.where(labels[VALIDATION] > 0, 5.0, -5.0)
    share = {}
    for name, attention in (("useless", useless), ("perfect", perfect)):
        share[name] = fit_bag_of_words(counts, labels, TRAINING, VALIDATION, attention, None).share[0]
        assert share[name] in SHARES
    assert share["perfect"] == 0
    assert share["useless"] >= 0.75


def test_mixing_is_linear_in_the_logits(planted):
    counts, labels = planted
    bag = fit_bag_of_words(counts, labels, TRAINING, VALIDATION, np.zeros(80), None)
    attention = np.linspace(-2, 2, 80)
    mixed = bag.mix(attention, counts[VALIDATION])
    expected = (1 - bag.share) * attention + bag.share * bag.logits(counts[VALIDATION])
    np.testing.assert_allclose(expit(mixed), expit(expected))


def made_up(pages=PAGES, in_order=True):
    counts = sparse.csr_matrix(np.array([np.bincount(page, minlength=3) for page in pages], dtype=np.float32))
    offsets = np.cumsum([0, *map(len, pages)])
    words = np.array([word for page in pages for word in page], dtype=np.int32)
    return Sites(
        firm_ids=np.array(["a", "b"], dtype=object),
        page_offsets=np.array([0, 2, 4]),
        urls=np.full(4, None, dtype=object),
        counts=counts,
        words=WORDS,
        vectors=np.eye(3, dtype=np.float32),
        known_share=1.0,
        reading_order=ReadingOrder(words, offsets) if in_order else None,
    )


def code(*words):
    first, second = [*words, None][:2]
    return WORDS.index(first) * 4 + (0 if second is None else WORDS.index(second) + 1)


def test_terms_of_more_than_one_firm_are_kept_and_none_crosses_a_page():
    terms = frequent_terms(made_up(), 3, 2)
    assert terms.tolist() == [code("laser"), code("laser", "pump"), code("pump"), code("steel")]
    assert frequent_terms(made_up(), 3, 1).tolist() == [code("laser"), code("pump"), code("steel")]
    assert frequent_terms(made_up(), 3, 0).tolist() == []


def test_terms_are_counted_over_all_pages_of_a_firm():
    terms = frequent_terms(made_up(), 3, 2)
    counts = term_counts(made_up(), 3, terms).toarray()
    assert counts.tolist() == [[2, 2, 2, 1], [1, 1, 1, 2]]


def test_words_outside_the_vocabulary_do_not_count():
    terms = frequent_terms(made_up(), 3, 2)
    fewer = made_up().numbered_by(["laser", "other", "steel"])  # pump has left
    assert term_counts(fewer, 3, terms).toarray().tolist() == [[2, 0, 0, 1], [1, 0, 0, 2]]


def test_pairs_need_the_order_of_words():
    with pytest.raises(InputError, match="read without the order of their words"):
        frequent_terms(made_up(in_order=False), 3, 2)
