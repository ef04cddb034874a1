"""Several classifiers of a firm's text as one: the mean of their logits, each brought to one scale.

The scale comes from cross-fitted logits, as in Wolpert, "Stacked generalization", Neural Networks 1992. All classifiers
count alike: weights learned from some hundred firms did no better on real ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from ipml.corpus import stratified_folds
from ipml.dual_attention.stack.n_grams import NGramRegression
from ipml.dual_attention.stack.vectors import VectorRegression

Array = npt.NDArray[np.float64]
Classifier = NGramRegression | VectorRegression
# Features of F firms: n-grams they use (F, D), or vectors (F, d).
Block: TypeAlias = "sparse.csr_matrix | npt.NDArray[np.float32]"
WORDS, CHARACTERS, ENCODER = BLOCKS = ("words", "characters", "encoder")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_INNER_FOLDS = 5


@dataclass(frozen=True)
class Stack:
    """The classifiers of B blocks of features, by the name of the block.

    Attributes
    ----------
    classifiers
        One a block.
    centres, scales
        Mean and standard deviation of the cross-fitted logits of each, (B,).
    slope, bias
        From the mean of the standardised logits to a logit, (1,) each.
    share
        Share of a firm's logit that comes from here, the rest from the attention, (1,).
    """

    classifiers: Mapping[str, Classifier]
    centres: Array
    scales: Array
    slope: Array
    bias: Array
    share: Array

    def logits(self, blocks: Mapping[str, Block], firms: npt.NDArray[np.int64]) -> Array:
        """Compute the logit of some of the F firms of the blocks, (len(firms),)."""
        own = [classifier.logits(blocks[name][firms]) for name, classifier in self.classifiers.items()]
        return self._together(np.stack(own))

    def only(self, block: str) -> "Stack":
        """Return the stack of one classifier alone, with all of the logit, on the scale it has by itself."""
        one = np.ones(1)
        classifiers = {block: self.classifiers[block]}
        return Stack(classifiers, np.zeros(1), one, one, np.zeros(1), one)

    def mix(self, others: npt.NDArray[np.floating], own: Array) -> Array:
        """Compute the logit from that of the attention and the one from here, (n,) each."""
        return (1 - self.share) * others + self.share * own

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for saving."""
        named = {name: getattr(self, name) for name in ("centres", "scales", "slope", "bias", "share")}
        for block, classifier in self.classifiers.items():
            named |= {f"{block}.{name}": value for name, value in classifier.tensors().items()}
        return named

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> "Stack":
        """Make one of what `tensors` gave."""
        classifiers: dict[str, Classifier] = {}
        for block in [name for name in BLOCKS if f"{name}.weights" in tensors]:
            own = {
                name.removeprefix(f"{block}."): value
                for name, value in tensors.items()
                if name.startswith(f"{block}.")
            }
            classifiers[block] = (NGramRegression if "ratios" in own else VectorRegression).of(own)
        return cls(classifiers, *(tensors[name] for name in ("centres", "scales", "slope", "bias", "share")))

    def _together(self, logits: Array) -> Array:
        standardised = (logits - self.centres[:, None]) / self.scales[:, None]
        return np.asarray(self.slope * standardised.mean(axis=0) + self.bias)


def fit_stack(
    blocks: Mapping[str, Block],
    labels: npt.NDArray[np.floating],
    seen: npt.NDArray[np.int64],
    groups: npt.NDArray[np.object_],
    class_weight: str | None,
    seed: int,
    landmarks: int = 0,
) -> tuple[Stack, Array]:
    """Fit on the firms a fold may see; the share is 1.

    Parameters
    ----------
    blocks
        Features of all F firms, by name.
    labels
        1 holds patents, 0 holds none, (F,).
    seen
        Rows of the firms to fit on.
    groups
        Firms of one name are in one inner fold, (F,).
    class_weight
        ``balanced`` or None.
    seed
        Of the inner folds.
    landmarks
        Of the kernel on an encoder's vectors; 0: linear.

    Returns
    -------
    The stack, and the logits of the firms of `seen`, each by classifiers that have not seen it, (len(seen),).
    """
    truth = labels[seen].astype(bool)
    fold = stratified_folds(groups[seen], truth, _INNER_FOLDS, seed, groups[seen])
    classifiers: dict[str, Classifier] = {}
    crossed = np.zeros((len(blocks), len(seen)))
    for number, (name, block) in enumerate(blocks.items()):
        features = block[seen]
        for held in range(_INNER_FOLDS):
            inner = _fit(features[fold != held], truth[fold != held], class_weight, landmarks)
            crossed[number, fold == held] = inner.logits(features[fold == held])
        classifiers[name] = _fit(features, truth, class_weight, landmarks)
    centres, scales = crossed.mean(axis=1), crossed.std(axis=1)
    one = np.ones(1)
    stack = Stack(classifiers, centres, np.where(scales > 0, scales, 1.0), one, np.zeros(1), one)
    together = stack._together(crossed)
    calibrated = LogisticRegression(C=np.inf, class_weight=class_weight).fit(together[:, None], truth)
    stack = replace(stack, slope=calibrated.coef_[0], bias=calibrated.intercept_)
    return stack, stack._together(crossed)


def _fit(
    features: Block, truth: npt.NDArray[np.bool_], class_weight: str | None, landmarks: int
) -> Classifier:
    if isinstance(features, np.ndarray):
        return VectorRegression.fit(features, truth, class_weight, landmarks)
    return NGramRegression.fit(features, truth, class_weight)


def choose_share(
    stack: Stack,
    attention: npt.NDArray[np.floating],
    own: Array,
    labels: npt.NDArray[np.floating],
    class_weight: str | None,
) -> Stack:
    """Give the stack the share at which the loss of the validation firms is lowest.

    Parameters
    ----------
    attention, own
        Logits of the validation firms by models that have not seen them, (n,) each.
    labels
        1 holds patents, 0 holds none, (n,).
    class_weight
        ``balanced`` or None: of the loss.
    """
    truth = labels.astype(bool)
    weights = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean())) if class_weight else None
    best: tuple[float, Stack] | None = None
    for share in SHARES:
        mixed = replace(stack, share=np.array([share]))
        probabilities = expit(mixed.mix(attention, own))
        loss = log_loss(truth, probabilities, sample_weight=weights, labels=[False, True])
        if best is None or loss < best[0]:
            best = loss, mixed
    assert best is not None  # noqa: S101
    return best[1]
