"""The peer of `benchmarks.real_jp`: logistic regression on TF-IDF, as scikit-learn has it."""

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def tfidf_probabilities(
    texts: npt.NDArray[np.object_],
    labels: npt.NDArray[np.bool_],
    training: npt.NDArray[np.int64],
    test: npt.NDArray[np.int64],
    language: str,
) -> npt.NDArray[np.float64]:
    """Probabilities of the test firms by logistic regression on characters (ja) or words (en)."""
    characters = {"analyzer": "char", "ngram_range": (2, 3)}
    model = make_pipeline(
        TfidfVectorizer(**(characters if language == "ja" else {})),
        LogisticRegression(class_weight="balanced", max_iter=1000),
    )
    probabilities: npt.NDArray[np.float64] = model.fit(texts[training], labels[training]).predict_proba(
        texts[test]
    )
    return probabilities[:, 1]
