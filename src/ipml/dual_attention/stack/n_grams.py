"""Logistic regression on n-grams weighted by how much more often one class uses them.

Wang & Manning, "Baselines and bigrams: simple, good sentiment and topic classification", ACL 2012, section 2: each
n-gram that a firm uses counts with the logarithm of a ratio, that of its share in the n-grams of either class. On short
texts this does better than TF-IDF, which knows rare n-grams but not those that tell classes apart. The rows are brought
to length 1 here, so that one strength of regularisation fits short texts and long ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

Array = npt.NDArray[np.float64]
_SMOOTHING = 1.0  # added to the count of each n-gram in each class
_MIN_FIRMS = 2  # that use an n-gram; what one firm alone uses says nothing of others


@dataclass(frozen=True)
class NGramRegression:
    """Linear in the log-count ratios of the n-grams that a firm uses.

    Attributes
    ----------
    columns
        The K n-grams that count, ascending columns of the features, (K,).
    ratios
        Log-count ratio of each, (K,).
    weights, bias
        Of the linear function, (K,) and (1,).
    """

    columns: npt.NDArray[np.int64]
    ratios: Array
    weights: Array
    bias: Array

    @classmethod
    def fit(
        cls, features: sparse.csr_matrix, labels: npt.NDArray[np.bool_], class_weight: str | None
    ) -> "NGramRegression":
        """Fit on n firms: which n-grams each uses, CSR (n, D), and which firms hold patents, (n,)."""
        n_firms = np.bincount(features.indices, minlength=features.shape[1])
        columns = np.flatnonzero(n_firms >= _MIN_FIRMS)
        used = features[:, columns]
        with_patents, without = (
            _SMOOTHING + np.bincount(used[of_class].indices, minlength=len(columns))
            for of_class in (labels, ~labels)
        )
        ratios = np.log(with_patents / with_patents.sum()) - np.log(without / without.sum())
        fitted = LogisticRegression(class_weight=class_weight, solver="liblinear", dual=True, max_iter=5000)
        fitted.fit(_rows(used, ratios), labels)
        return cls(columns, ratios, fitted.coef_[0], fitted.intercept_)

    def logits(self, features: sparse.csr_matrix) -> Array:
        """Compute the logit of each of n firms, CSR (n, D) to (n,)."""
        return np.asarray(_rows(features[:, self.columns], self.ratios) @ self.weights + self.bias)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for saving."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> "NGramRegression":
        """Make one of what `tensors` gave."""
        return cls(**tensors)


def _rows(used: sparse.csr_matrix, ratios: Array) -> sparse.csr_matrix:
    """Ratios of the n-grams that each firm uses, of length 1; zeros where it uses none with a ratio."""
    values = used.astype(np.float64)
    values.data = ratios[values.indices]
    lengths = np.sqrt(np.asarray(values.power(2).sum(axis=1)).ravel())
    return sparse.diags(1 / np.where(lengths > 0, lengths, 1)) @ values
