"""How much more weight product pages have than their share of a site's pages: a ratio with its intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.page_figures import PageTruth
from ipml.statistics.intervals import Bootstrap, Estimate, bootstrap_figure

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Shares of each of F firms, (F,) each.

    Attributes
    ----------
    weight
        Of the page weight of a firm that lies on its product pages.
    pages
        Of its pages that are product pages.
    """

    weight: Floats
    pages: Floats

    @property
    def ratio(self) -> float:
        """Mean share of the weight by mean share of the pages: firms count equally; 1 for uniform weights."""
        return float(self.weight.mean() / self.pages.mean())

    @property
    def highest(self) -> float:
        """Ratio if all weight were on product pages."""
        return float(1 / self.pages.mean())

    def interval(self, bootstrap: Bootstrap, clusters: Sequence[str] | None = None) -> Estimate:
        """Ratio with its percentile interval over firms, or over clusters of firms that are drawn whole.

        Parameters
        ----------
        clusters
            Cluster of each firm; None: each firm is its own.

        Returns
        -------
        An interval of NaN with fewer than five firms or clusters.
        """
        both = np.stack([self.weight, self.pages], axis=1)
        if clusters is not None:
            _, number = np.unique(np.array(clusters, dtype=object).astype(str), return_inverse=True)
            both = np.stack([np.bincount(number, weights=column) for column in both.T], axis=1)
        return bootstrap_figure(both, lambda means: means[:, 0] / means[:, 1], bootstrap)


def page_shares(
    truth: PageTruth, weights: npt.NDArray[np.floating], sizes: npt.NDArray[np.floating]
) -> Shares:
    """Shares of the firms that have a product page and another one.

    Parameters
    ----------
    weights
        Of each page, at least 0, (G,); a firm without any has a share of 0.
    sizes
        What a page counts in the share of the pages, (G,): ones, or its number of words.
    """
    n_firms, product = len(truth.page_offsets) - 1, truth.is_product

    def share(values: npt.NDArray[np.floating]) -> Floats:
        total = np.bincount(truth.firm, weights=values, minlength=n_firms)
        of_product = np.bincount(truth.firm, weights=values * product, minlength=n_firms)
        found: Floats = of_product / np.where(total > 0, total, 1)
        return found[truth.has_both]

    return Shares(share(weights), share(sizes))
