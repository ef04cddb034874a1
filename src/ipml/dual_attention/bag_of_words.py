"""What a firm's words say beyond their vectors and pages: a logistic regression on TF-IDF beside the attention.

Trained jointly with the network it takes the signal away from the attention. So it is fitted on its own, and the
validation firms decide how strong it is and how much of the logit is its. Its terms are single words, and pairs of
words that stand side by side on a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from ipml.dual_attention.data.sites import Sites
from ipml.errors import InputError

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
# first * (V + 1) + second + 1, with the numbers of its words in a vocabulary of V; a single word has second = -1.
STRENGTHS = (0.3, 1.0, 3.0)  # inverse of the regularisation, scikit-learn's C
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class BagOfWords:
    """Linear in the TF-IDF of a firm's N terms: ``(1 + log count) * idf``, brought to length 1 for each firm.

    Attributes
    ----------
    inverse_frequency
        ``log((1 + n) / (1 + df)) + 1`` for df of n training firms that use the term; 0 if none does, (N,).
    weights, bias
        Of the linear function, (N,) and (1,).
    share
        Share of a firm's logit that comes from here, the rest from the attention, (1,).
    """

    inverse_frequency: Array
    weights: Array
    bias: Array
    share: Array

    def logits(self, counts: sparse.csr_matrix) -> Array:
        """Compute the logit of each firm from its counts of terms, CSR (F, N) to (F,)."""
        return np.asarray(tf_idf(counts, self.inverse_frequency) @ self.weights + self.bias)

    def mix(self, attention: npt.NDArray[np.floating], counts: sparse.csr_matrix) -> Array:
        """Compute the logit of each firm from attention and bag of words, (F,)."""
        return (1 - self.share) * attention + self.share * self.logits(counts)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for saving."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def fit_bag_of_words(
    counts: sparse.csr_matrix,
    labels: npt.NDArray[np.floating],
    training: npt.NDArray[np.int64],
    validation: npt.NDArray[np.int64],
    attention: npt.NDArray[np.floating],
    class_weight: str | None,
) -> BagOfWords:
    """Fit on the training firms; strength and share are those of the lowest loss on the validation firms.

    Parameters
    ----------
    counts
        Counts of terms of all firms, CSR (F, N).
    labels
        1 holds patents, 0 holds none, (F,).
    training, validation
        Rows of the firms of each part.
    attention
        Logits of the validation firms by the network, (len(validation),).
    class_weight
        ``balanced`` or None: of the fit and of the validation loss.
    """
    frequency = np.bincount(counts[training].indices, minlength=counts.shape[1])
    idf = np.where(frequency > 0, np.log((1 + len(training)) / (1 + frequency)) + 1, 0.0)
    features = tf_idf(counts, idf)
    truth = labels[validation].astype(bool)
    weights = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean())) if class_weight else None
    best: tuple[float, BagOfWords] | None = None
    for strength in STRENGTHS:
        fitted = LogisticRegression(C=strength, class_weight=class_weight, max_iter=1000)
        fitted.fit(features[training], labels[training])
        bag = BagOfWords(idf, fitted.coef_[0], fitted.intercept_, np.zeros(1))
        own = bag.logits(counts[validation])
        for share in SHARES:
            probabilities = expit((1 - share) * attention + share * own)
            loss = log_loss(truth, probabilities, sample_weight=weights, labels=[False, True])
            if best is None or loss < best[0]:
                best = loss, BagOfWords(idf, bag.weights, bag.bias, np.array([share]))
    assert best is not None  # noqa: S101
    return best[1]


def tf_idf(counts: sparse.csr_matrix, inverse_frequency: Array) -> sparse.csr_matrix:
    """Compute TF-IDF rows of length 1 (0 for a firm without a known term), CSR (F, N)."""
    values = counts.astype(np.float64)
    values.data = (1 + np.log(values.data)) * inverse_frequency[values.indices]
    firm = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    lengths = np.sqrt(np.bincount(firm, weights=values.data**2, minlength=values.shape[0]))
    values.data /= np.where(lengths > 0, lengths, 1)[firm]
    return values


def frequent_terms(sites: Sites, n_words: int, ngrams: int) -> Codes:
    """Return the codes of the terms that more than one firm uses, ascending.

    Parameters
    ----------
    sites
        Firms whose words are numbered in a vocabulary.
    n_words
        Size V of the vocabulary.
    ngrams
        1: single words; 2: pairs too; 0: none.
    """
    if ngrams == 0:
        return np.zeros(0, dtype=np.int64)
    pairs = [
        np.unique(np.stack([codes, firm]), axis=1) for firm, codes, _ in _occurrences(sites, n_words, ngrams)
    ]
    codes, n_firms = np.unique(np.concatenate([pair[0] for pair in pairs]), return_counts=True)
    return codes[n_firms > 1]


def term_counts(sites: Sites, n_words: int, codes: Codes) -> sparse.csr_matrix:
    """Count the uses of each of N terms by each firm, CSR (F, N); other terms do not count."""
    ngrams = 2 if (codes % (n_words + 1) > 0).any() else 1
    rows, columns, values = [], [], []
    for firm, found, counts in _occurrences(sites, n_words, ngrams):
        place = np.searchsorted(codes, found).clip(max=max(len(codes) - 1, 0))
        known = np.flatnonzero(codes[place] == found) if len(codes) else np.zeros(0, np.int64)
        rows.append(firm[known])
        columns.append(place[known])
        values.append(counts[known])
    data = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return sparse.coo_matrix(data, shape=(len(sites), len(codes))).tocsr()


def _occurrences(
    sites: Sites, n_words: int, ngrams: int
) -> Iterator[tuple[npt.NDArray[np.int64], Codes, npt.NDArray[np.floating]]]:
    """Yield firm, code and count of the single words, then of the pairs; words outside the vocabulary are skipped."""
    firm_of_page = sites.firm_of_page
    number = sites.vocabulary[sites.counts.indices]
    known = np.flatnonzero(number < n_words)
    page = sites.page_of_entry[known]
    yield firm_of_page[page], number[known] * (n_words + 1), sites.counts.data[known]
    if ngrams == 1:
        return
    if sites.reading_order is None:
        raise InputError("model.bag_of_words=2: these pages were read without the order of their words")
    page = np.repeat(np.arange(len(firm_of_page)), np.diff(sites.reading_order.offsets))
    number = sites.vocabulary[sites.reading_order.words]
    pair = np.flatnonzero((page[1:] == page[:-1]) & (number[1:] < n_words) & (number[:-1] < n_words))
    codes = number[pair] * (n_words + 1) + number[pair + 1] + 1
    yield firm_of_page[page[pair]], codes, np.ones(len(pair), dtype=np.float32)
