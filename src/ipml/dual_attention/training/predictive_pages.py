"""A page query that is set before training: the direction in which pages tell, out of sample, who holds patents.

Trained together with the words, a page query need not find the pages that a firm's products stand on. Where other
pages mention products too, the word attention finds these words everywhere; from then on it pays to spread the pages,
since more text is read, and the validation loss falls while the weight on product pages falls too. So the query is
found first, from mean vectors, and kept. It is the gradient of the loss at equal weights, with a linear reader that was
fitted to other firms: what the reader has learnt by heart of its own firms, as the themes of their news, gains nothing.

Then it is sharpened without labels: a logistic regression learns to tell the pages that have weight from the other
pages of their firms, and its direction is the next query (self-training: Scudder, IEEE Transactions on Information
Theory 11(3), 1965; Yarowsky, ACL 1995). The first query knows products by those that differ between the classes; pages
on other products are pages of the same kind.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.attention import page_attention
from ipml.dual_attention.network.standardisation import Standardisation

Array = npt.NDArray[np.float64]
HALVINGS = 8  # of the training firms, of which one half reads the other
STRENGTH = 0.01  # of the regressions, scikit-learn's C; with ten times as much, queries of halves disagree
ROUNDS = 4  # in which the query learns to tell the pages that it keeps from the others
SPREAD = 1.2  # standard deviation of the page scores within firms, before the attention
_TINY = 1e-12


def predictive_query(
    sites: Sites,
    labels: npt.NDArray[np.floating],
    firms: npt.NDArray[np.int64],
    standardisation: Standardisation,
    seed: int,
) -> npt.NDArray[np.float32]:
    """Find the page query from the mean vectors of the pages of the training firms.

    Parameters
    ----------
    labels
        1 holds patents, 0 holds none, (F,).
    firms
        Rows of the training firms; no others are looked at.
    standardisation
        By which a network with this query standardises; zeros and ones for one that does not.
    seed
        Of the halves.

    Returns
    -------
    The query, (d,): page scores have a standard deviation of `SPREAD` within firms. Zeros if all pages of a firm are
    alike.
    """
    pages = sites.pages_of(firms)
    pages = pages[np.diff(sites.counts.indptr)[pages] > 0]
    vectors = page_vectors(sites, pages, standardisation)
    # One scale, so that the strength of a regression means the same in any space.
    unit = max(float(np.sqrt(vectors.var(axis=0).mean())), _TINY)
    vectors /= unit
    own = np.full(len(sites), -1)
    own[firms] = np.arange(len(firms))
    firm = own[sites.firm_of_page[pages]]
    truth = labels[firms].astype(np.float64)
    n_pages = np.bincount(firm, minlength=len(firms))
    owner = sparse.csr_matrix((np.ones(len(firm)), (firm, np.arange(len(firm)))), (len(firms), len(firm)))
    means = (owner @ vectors) / np.maximum(n_pages, 1)[:, None]
    within = vectors - means[firm]
    query = _scaled(first_query(means, within, firm, truth, seed), within)
    for _ in range(ROUNDS):
        kept = kept_pages(within @ query, n_pages)
        if kept.all() or not kept.any():
            break
        query = _scaled(_fitted(within, kept).coef_[0], within)
    return (query / unit).astype(np.float32)


def first_query(means: Array, within: Array, firm: npt.NDArray[np.int64], truth: Array, seed: int) -> Array:
    """Sum the gradients of the loss with respect to the query, (d,), at equal weights, over the firms of each half.

    The weight of page p then changes with ``q . (v_p - m)``, m being its firm's mean vector, and the logit with the
    product of that and ``w . (v_p - m)``, w being the direction of a logistic regression on the firms of the other
    half.

    Parameters
    ----------
    means
        Mean page vector of each firm, (F, d).
    within, firm
        Vector of each page less the mean of its firm, (G, d), and the number of its firm, (G,).
    truth
        1 holds patents, 0 holds none, (F,).
    seed
        Of the halves.
    """
    n_pages = np.maximum(np.bincount(firm, minlength=len(means)), 1)
    gain = np.zeros(len(firm))
    for reading, read in halves(truth, seed):
        reader = _fitted(means[reading], truth[reading])
        direction = reader.coef_[0] / max(float(np.linalg.norm(reader.coef_[0])), _TINY)
        error = np.zeros(len(means))
        error[read] = (truth[read] - expit(reader.decision_function(means[read]))) / n_pages[read]
        gain += error[firm] * (within @ direction)
    return np.asarray(gain @ within)


def kept_pages(scores: Array, n_pages: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say which pages have weight by sparsemax, (G,), from their scores, firm after firm."""
    filled = torch.from_numpy(n_pages[n_pages > 0])
    weights = page_attention(
        torch.from_numpy(scores), torch.ones(len(scores), dtype=torch.bool), filled, "sparsemax"
    )
    return (weights > 0).numpy()


def _fitted(features: Array, truth: npt.NDArray[Any]) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=1000).fit(features, truth)


def _scaled(query: Array, within: Array) -> Array:
    """Bring a query to the length at which page scores have a standard deviation of `SPREAD` within firms."""
    spread = float(np.sqrt(np.square(within @ query).mean())) if len(within) else 0.0
    return query * (SPREAD / spread) if spread > 0 else query


def halves(
    truth: npt.NDArray[np.floating], seed: int
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Halve n firms at random `HALVINGS` times, alike in their classes; each half reads the other once.

    A class of one firm cannot be halved: then all firms read all.
    """
    classes = [np.flatnonzero(truth == value) for value in (0, 1)]
    if min(map(len, classes)) < 2:
        every = np.arange(len(truth))
        return [(every, every)]
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(HALVINGS):
        orders = [rng.permutation(members) for members in classes]
        one = np.concatenate([order[: len(order) // 2] for order in orders])
        two = np.concatenate([order[len(order) // 2 :] for order in orders])
        pairs += [(one, two), (two, one)]
    return pairs


def page_vectors(sites: Sites, pages: npt.NDArray[np.int64], standardisation: Standardisation) -> Array:
    """Compute the standardised mean vector of each page, (pages, d); one without words has that of no words."""
    counts = sites.counts[pages]
    lengths = np.maximum(np.asarray(counts.sum(axis=1), dtype=np.float64).reshape(-1, 1), 1)
    means = (counts @ sites.vectors) / lengths
    words = (means - standardisation.word_mean) / standardisation.word_scale
    return np.asarray((words - standardisation.page_mean) / standardisation.page_scale, dtype=np.float64)
