"""Networks of several seeds in one fold: how alike they weigh the pages, and which lie far from the others.

What a network reads can depend on its seed while its AUC does not. Those that read the same pages as most of their
fold are kept. Only networks of one fold are compared: all others were trained on the firms that this fold scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.dual_attention.bundle import FoldModel, network_logits, network_page_weights
from ipml.dual_attention.data.sites import Sites

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """Which of S networks of a fold are kept.

    Attributes
    ----------
    numbers
        Of the kept ones, ascending; at least the medoid.
    medoid
        The network whose page weights the others share most; of equals the one of the lowest validation loss.
    overlaps
        Overlap of each network with the medoid, (S,).
    """

    numbers: list[int]
    medoid: int
    overlaps: Array

    def dropped(self, fold: int) -> list[str]:
        """Name the networks that are not kept, with their overlap with the medoid."""
        return [
            f"network {number + 1} of fold {fold + 1}: {value:.2f} of its page weights are those of network "
            f"{self.medoid + 1}"
            for number, value in enumerate(self.overlaps)
            if number not in self.numbers
        ]


def page_overlaps(page_weights: npt.NDArray[np.floating], n_firms: int) -> Array:
    """Compute the share of the attention that each two of S networks put on the same pages, (S, S).

    Parameters
    ----------
    page_weights
        Attention of each page by each network, (S, G); sums to one in each firm with words.
    n_firms
        Firms that have pages with words.

    Returns
    -------
    The mean over firms of the sum over pages of the smaller weight: 1 on the diagonal, 0 where no page is shared. It
    is one minus the total variation distance.
    """
    return np.array([np.minimum(own, page_weights).sum(axis=1) / n_firms for own in page_weights], np.float64)


def keep_members(overlaps: Array, losses: Sequence[float], smallest: float) -> Kept:
    """Keep the medoid, and each network whose overlap with it is large enough.

    Parameters
    ----------
    overlaps
        Of `page_overlaps`, (S, S).
    losses
        Validation loss of each network, (S,).
    smallest
        Overlap with the medoid below which a network is dropped.
    """
    shared = overlaps.sum(axis=1)
    likely = np.flatnonzero(shared >= shared.max() - 1e-9)
    medoid = int(likely[np.argmin(np.asarray(losses)[likely])])
    with_medoid = overlaps[medoid]
    kept = [number for number, value in enumerate(with_medoid) if value >= smallest or number == medoid]
    return Kept(kept, medoid, with_medoid)


def keep_models(
    models: Sequence[FoldModel],
    sites: Sites,
    labels: npt.NDArray[np.floating],
    validation: npt.NDArray[np.int64],
    smallest: float,
) -> Kept:
    """Compare the models of a fold on all pages, and keep those that weigh them as most do.

    Parameters
    ----------
    models
        S models of one fold.
    labels
        1 holds patents, 0 holds none, (F,); only those of the validation firms are looked at.
    validation
        Firms that stopped the training early.
    smallest
        As for `keep_members`.
    """
    if len(models) == 1:
        return Kept([0], 0, np.ones(1))
    weights = np.stack([network_page_weights(model.network, sites) for model in models])
    truth = labels[validation]
    losses = [
        float(np.logaddexp(0, (1 - 2 * truth) * network_logits(model.network, sites, validation)).mean())
        for model in models
    ]
    return keep_members(page_overlaps(weights, round(float(weights[0].sum()))), losses, smallest)
