"""Patents yes or no from a firm's keyword set: features, and the two classifiers of the published table."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ipml.keyword_comparison.settings import Forest

CLASSIFIERS = ("LR", "RF")  # logistic regression, random forest
MEAN_VECTOR, TFIDF = "mean_vector", "tfidf"  # features; which the published table uses is not stated

Features: TypeAlias = npt.NDArray[np.float64] | sparse.csr_matrix


def firm_features(counts: sparse.csr_matrix, vectors: npt.NDArray[np.float32], kind: str) -> Features:
    """Make the features of F firms.

    Parameters
    ----------
    counts
        How much each word counts in each firm's set, CSR (F, V).
    vectors
        Word vectors, (V, d).
    kind
        ``mean_vector``: mean word vector, (F, d), NaN for a firm without words. ``tfidf``: the counts themselves,
        which the classifier weighs by how many training firms have a word.
    """
    if kind == TFIDF:
        return counts
    totals = np.asarray(counts.sum(axis=1), dtype=np.float64).reshape(-1, 1)
    return np.asarray(counts @ vectors.astype(np.float64)) / np.where(totals > 0, totals, np.nan)


def make_classifier(name: str, features: str, forest: Forest, seed: int) -> Any:
    """Make an untrained classifier of scikit-learn; both weigh the classes to the same total.

    Parameters
    ----------
    name
        ``LR`` or ``RF``.
    features
        ``mean_vector``: firms without words get the mean of the training firms, and LR standardised features.
    forest
        ``trees`` and ``depth`` of the random forest.
    seed
        Of the random forest.
    """
    if name == "LR":
        model = LogisticRegression(class_weight="balanced", max_iter=2000)
        before = [TfidfTransformer()] if features == TFIDF else [SimpleImputer(), StandardScaler()]
        return make_pipeline(*before, model)
    model = RandomForestClassifier(
        forest.trees, max_depth=forest.depth, class_weight="balanced", random_state=seed
    )
    return make_pipeline(TfidfTransformer() if features == TFIDF else SimpleImputer(), model)


def predict(
    classifier: Any,
    features: Features,
    labels: npt.NDArray[np.bool_],
    training: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Train on the training firms and predict all F: (F,)."""
    classifier.fit(features[training], labels[training])
    return np.asarray(classifier.predict(features), dtype=bool)
