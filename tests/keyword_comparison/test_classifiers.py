"""Features and classifiers on data whose answer is known."""

from typing import get_args

import numpy as np
import pytest
from scipy import sparse

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.keyword_comparison.classifiers import CLASSIFIERS, firm_features, make_classifier, predict
from ipml.keyword_comparison.settings import CompareKeywordsSettings, Forest

FEATURES = get_args(CompareKeywordsSettings.model_fields["features"].annotation)
FOREST = Forest(trees=30, depth=3)


@pytest.fixture(scope="module")
def separable():
    """200 firms, a third with patents, each with words of its kind and words that say nothing."""
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 3 == 0
    counts = rng.poisson(0.3, size=(200, 30))
    counts[labels, :5] += rng.poisson(3, size=(labels.sum(), 5))
    counts[~labels, 5:10] += rng.poisson(3, size=((~labels).sum(), 5))
    vectors = rng.normal(size=(30, 8)).astype(np.float32)
    return sparse.csr_matrix(counts.astype(float)), vectors, labels


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_what_is_separable_is_separated_and_shuffled_labels_are_not(separable, features, classifier):
    counts, vectors, labels = separable
    training = np.random.default_rng(1).permutation(200) < 140
    X = firm_features(counts, vectors, features)
    made = make_classifier(classifier, features, FOREST, 0)
    assert (predict(made, X, labels, training) == labels)[~training].mean() > 0.9
    shuffled = np.random.default_rng(2).permutation(labels)
    assert (predict(made, X, shuffled, training) == shuffled)[~training].mean() < 0.75


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_labels_of_test_firms_are_not_looked_at(separable, classifier):
    counts, vectors, labels = separable
    training = np.arange(200) < 140
    turned = np.where(training, labels, ~labels)
    X = firm_features(counts, vectors, "mean_vector")
    one, other = (
        predict(make_classifier(classifier, "mean_vector", FOREST, 5), X, these, training)
        for these in (labels, turned)
    )
    np.testing.assert_array_equal(one, other)


def test_a_mean_vector_counts_repeats(separable):
    counts, vectors, _ = separable
    expected = counts[3].toarray()[0] @ vectors / counts[3].sum()
    np.testing.assert_allclose(firm_features(counts, vectors, "mean_vector")[3], expected, rtol=1e-6)


@pytest.mark.parametrize("features", FEATURES)
@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_firm_without_words_gets_a_prediction_all_the_same(separable, features, classifier):
    counts, vectors, labels = separable
    emptied = counts.tolil()
    emptied[[0, 199]] = 0
    X = firm_features(emptied.tocsr(), vectors, features)
    if features == "mean_vector":
        assert np.isnan(X[[0, 199]]).all()
        assert not np.isnan(X[1:199]).any()
    made = make_classifier(classifier, features, FOREST, 0)
    assert predict(made, X, labels, np.arange(200) < 140).shape == (200,)


def test_unknown_features_are_refused():
    with pytest.raises(InputError, match="features=bag: not a choice; allowed: mean_vector, tfidf"):
        compose_settings("compare_keywords", ["features=bag"])
