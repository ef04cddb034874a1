"""Logistic regression on a firm's text vector, linear or with a radial kernel.

The kernel is approximated on a draw of firms, the landmarks (Williams & Seeger, "Using the Nyström method to speed up
kernel machines", NIPS 2000). Vectors of encoders have length 1, so that distances lie between 0 and 2 and one width of
the kernel serves all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel

Array = npt.NDArray[np.float64]
_GAMMA = 1.0  # of exp(-gamma |x - y|^2)


@dataclass(frozen=True)
class VectorRegression:
    """Linear in the d numbers of a firm's vector, or in its kernel with L landmarks.

    Attributes
    ----------
    landmarks
        Vectors that a firm's is compared with, (L, d); (0, d): none, linear in the vector itself.
    weights, bias
        Of the linear function, (L,) or (d,), and (1,).
    """

    landmarks: npt.NDArray[np.float32]
    weights: Array
    bias: Array

    @classmethod
    def fit(
        cls,
        features: npt.NDArray[np.float32],
        labels: npt.NDArray[np.bool_],
        class_weight: str | None,
        landmarks: int = 0,
    ) -> "VectorRegression":
        """Fit on the vectors of n firms, (n, d), and which of them hold patents, (n,); at most n are landmarks."""
        regression = LogisticRegression(class_weight=class_weight, max_iter=5000)
        if not landmarks:
            fitted = regression.fit(features, labels)
            return cls(features[:0], fitted.coef_[0].astype(np.float64), fitted.intercept_.astype(np.float64))
        kernel = Nystroem(gamma=_GAMMA, n_components=min(landmarks, len(features)), random_state=0)
        fitted = regression.fit(kernel.fit_transform(features.astype(np.float64)), labels)
        weights = kernel.normalization_.T @ fitted.coef_[0]
        return cls(kernel.components_.astype(np.float32), weights, fitted.intercept_)

    def logits(self, features: npt.NDArray[np.float32]) -> Array:
        """Compute the logit of each of n firms, (n, d) to (n,)."""
        if len(self.landmarks):
            doubles = (array.astype(np.float64) for array in (features, self.landmarks))
            features = rbf_kernel(*doubles, gamma=_GAMMA)
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for saving."""
        return {"landmarks": self.landmarks, "weights": self.weights, "bias": self.bias}

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> "VectorRegression":
        """Make one of what `tensors` gave."""
        return cls(**tensors)
