import numpy as np
import pytest
from scipy import sparse
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression

from ipml.dual_attention.stack.n_grams import NGramRegression
from ipml.dual_attention.stack.vectors import VectorRegression

LABELS = np.array([True, True, True, False, False])
USED = sparse.csr_matrix(
    [[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1]], dtype=np.float64
)


@pytest.fixture(scope="module")
def planted():
    """N-grams 0 to 9 are of firms with patents, 10 to 19 of those without, the other 80 of both."""
    generator = np.random.default_rng(0)
    labels = np.arange(300) % 2 == 0
    rates = np.full((300, 100), 0.2)
    rates[labels, :10] = 0.35
    rates[~labels, 10:20] = 0.35
    return sparse.csr_matrix((generator.random((300, 100)) < rates).astype(np.float64)), labels


def test_ratios_are_those_of_the_paper():
    """Class counts with one added: (4, 2, 3) and (1, 2, 3) for the n-grams that two firms use."""
    fitted = NGramRegression.fit(USED, LABELS, None)
    assert fitted.columns.tolist() == [0, 1, 2]
    expected = np.log([4 / 9, 2 / 9, 3 / 9]) - np.log([1 / 6, 2 / 6, 3 / 6])
    np.testing.assert_allclose(fitted.ratios, expected)


def test_the_regression_is_that_of_scikit_learn_on_rows_of_length_one(planted):
    used, labels = planted
    fitted = NGramRegression.fit(used, labels, "balanced")
    rows = used.toarray() * fitted.ratios
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    peer = LogisticRegression(class_weight="balanced", solver="liblinear", max_iter=5000, tol=1e-8).fit(
        rows, labels
    )
    np.testing.assert_allclose(fitted.logits(used), peer.decision_function(rows), atol=0.02)


def test_a_firm_without_a_known_n_gram_has_the_bias(planted):
    fitted = NGramRegression.fit(*planted, None)
    np.testing.assert_allclose(fitted.logits(sparse.csr_matrix((1, 100))), fitted.bias)


def test_weights_of_planted_n_grams_are_the_largest(planted):
    used, labels = planted
    fitted = NGramRegression.fit(used, labels, None)
    effect = fitted.ratios * fitted.weights  # the weight's own sign is the ratio's
    assert np.abs(effect[:20]).mean() > 3 * np.abs(effect[20:]).mean()
    assert (fitted.ratios[:10] > 0).all()
    assert (fitted.ratios[10:20] < 0).all()


def test_a_kernel_expansion_is_that_of_scikit_learn():
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(60, 5)).astype(np.float32)
    labels = generator.random(60) < 0.5
    fitted = VectorRegression.fit(vectors, labels, "balanced", landmarks=20)
    kernel = Nystroem(gamma=1.0, n_components=20, random_state=0)
    features = kernel.fit_transform(vectors.astype(np.float64))
    peer = LogisticRegression(class_weight="balanced", max_iter=5000).fit(features, labels)
    expected = peer.decision_function(kernel.transform(vectors.astype(np.float64)))
    assert fitted.landmarks.shape == (20, 5)
    np.testing.assert_allclose(fitted.logits(vectors), expected, atol=1e-5)


def test_a_kernel_finds_what_no_line_parts():
    generator = np.random.default_rng(2)
    vectors = generator.uniform(-1, 1, size=(300, 2)).astype(np.float32)
    labels = vectors[:, 0] * vectors[:, 1] > 0
    right = {}
    for landmarks in (0, 100):
        fitted = VectorRegression.fit(vectors[:200], labels[:200], None, landmarks)
        right[landmarks] = ((fitted.logits(vectors[200:]) > 0) == labels[200:]).mean()
    assert right[0] < 0.7
    assert right[100] > 0.9
