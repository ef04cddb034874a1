"""Whether the pages that a model keeps are the ones that tell the label."""

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ipml.dual_attention.bag_of_words import tf_idf
from ipml.dual_attention.data.sites import Sites


def label_gain(
    sites: Sites,
    labels: npt.NDArray[np.floating],
    kept: npt.NDArray[np.bool_],
    fold: npt.NDArray[np.integer],
    seed: int,
) -> float | None:
    """Compute how much better the words of kept pages tell the label than as many words of the others.

    Of each firm as many words are drawn from its kept pages as from its others, and a logistic regression on the TF-IDF
    of each is cross-fitted. Attention that keeps any pages alike gains 0.

    Parameters
    ----------
    labels
        1 or 0 for each firm, (F,).
    kept
        Pages with attention, (G,).
    fold
        Of each firm, (F,): it is scored by a regression on the firms of the other folds.
    seed
        Of the words drawn.

    Returns
    -------
    Difference of the two areas under the ROC curve; None where too few firms have both kinds of page.
    """
    counts = [_counts_of_firms(sites, pages) for pages in (kept, ~kept)]
    n_words = np.minimum(*(np.asarray(of.sum(axis=1)).ravel() for of in counts))
    both = np.flatnonzero(n_words > 0)
    truth = labels[both] > 0
    trained = [truth[fold[both] != number] for number in np.unique(fold[both])]
    if len(trained) < 2 or any(part.all() or not part.any() for part in [truth, *trained]):
        return None
    rng = np.random.default_rng(seed)
    on_kept, on_others = (
        _cross_fitted_auc(_thinned(of[both], n_words[both], rng), truth, fold[both]) for of in counts
    )
    return on_kept - on_others


def _counts_of_firms(sites: Sites, pages: npt.NDArray[np.bool_]) -> sparse.csr_matrix:
    """Count each word on some pages of each firm, CSR (F, V)."""
    chosen = np.flatnonzero(pages)
    of_firm = sparse.csr_matrix(
        (np.ones(len(chosen)), (sites.firm_of_page[chosen], chosen)), shape=(len(sites), len(pages))
    )
    return (of_firm @ sites.counts).tocsr()


def _thinned(
    counts: sparse.csr_matrix, n_words: npt.NDArray[np.floating], rng: np.random.Generator
) -> sparse.csr_matrix:
    """Draw about ``n_words`` words of each row, (n,), each word with the same chance."""
    share = n_words / np.asarray(counts.sum(axis=1)).ravel()
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    drawn = counts.copy()
    drawn.data = rng.binomial(np.rint(counts.data).astype(np.int64), share[row].clip(0, 1)).astype(float)
    drawn.eliminate_zeros()
    return drawn


def _cross_fitted_auc(
    counts: sparse.csr_matrix, truth: npt.NDArray[np.bool_], fold: npt.NDArray[np.integer]
) -> float:
    scores = np.zeros(len(truth))
    for number in np.unique(fold):
        training, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        frequency = np.bincount(counts[training].indices, minlength=counts.shape[1])
        # As in the bag of words beside the attention; a word of one firm tells nothing of another.
        idf = np.where(frequency > 1, np.log((1 + len(training)) / (1 + frequency)) + 1, 0.0)
        features = tf_idf(counts, idf)
        fitted = LogisticRegression(max_iter=1000).fit(features[training], truth[training])
        scores[test] = fitted.decision_function(features[test])
    return float(roc_auc_score(truth, scores))
