"""How well page weights tell product pages from other pages, with bootstrap intervals over firms."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.statistics.classification import classification_metrics
from ipml.statistics.intervals import percentile_interval, resampling_weights

AUC, POOLED, KEPT, TOP = "AUC within firm", "AUC pooled", "pages kept", "top page is a product page"
FIGURES = (AUC, POOLED, KEPT, TOP)
_CHUNK = 100  # resamples at a time, of all pages


@dataclass(frozen=True)
class PageTruth:
    """Which pages of F firms are product pages.

    Attributes
    ----------
    page_offsets
        Firm f has the pages ``page_offsets[f]`` to ``page_offsets[f + 1]``, (F + 1,).
    is_product
        Of each page, (G,).
    """

    page_offsets: npt.NDArray[np.int64]
    is_product: npt.NDArray[np.bool_]

    @property
    def firm(self) -> npt.NDArray[np.int64]:
        """Row number of the firm of each page, (G,)."""
        return np.repeat(np.arange(len(self.page_offsets) - 1), np.diff(self.page_offsets))

    @property
    def has_both(self) -> npt.NDArray[np.bool_]:
        """Firms that have a product page and another one, (F,)."""
        n_pages = np.diff(self.page_offsets)
        n_product = np.bincount(self.firm, weights=self.is_product, minlength=len(n_pages))
        return (n_product > 0) & (n_product < n_pages)

    def only(self, keep: npt.NDArray[np.bool_]) -> "PageTruth":
        """Truth of the pages for which ``keep``, (G,), is true; firms without one stay, empty."""
        before = np.concatenate([[0], np.cumsum(keep)])
        return PageTruth(before[self.page_offsets], self.is_product[keep])


def within_firm_auc(truth: PageTruth, weights: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Share of the pairs of a product page and another page of the firm that are in the right order, ties half.

    Parameters
    ----------
    weights
        Of each page, (G,).

    Returns
    -------
    array of shape (F,), NaN for firms without such a pair
    """
    areas = np.full(len(truth.page_offsets) - 1, np.nan)
    for firm in np.flatnonzero(truth.has_both):
        pages = slice(*truth.page_offsets[firm : firm + 2])
        product, weight = truth.is_product[pages], weights[pages]
        difference = weight[product][:, None] - weight[~product]
        areas[firm] = ((difference > 0) + 0.5 * (difference == 0)).mean()
    return areas


def auc_by_kind(
    truth: PageTruth, kinds: npt.NDArray[np.object_], weights: npt.NDArray[np.floating]
) -> dict[str, tuple[float, int]]:
    """AUC within firm of product pages against the pages of one other kind, and the number of these.

    Parameters
    ----------
    kinds, weights
        Of each page, (G,).
    """
    found = {}
    for kind in sorted(set(kinds[~truth.is_product])):
        of_kind = ~truth.is_product & (kinds == kind)
        keep = truth.is_product | of_kind
        areas = within_firm_auc(truth.only(keep), weights[keep])
        found[str(kind)] = (float(np.nanmean(areas)), int(of_kind.sum()))
    return found


def page_figures(truth: PageTruth, weights: npt.NDArray[np.floating]) -> dict[str, float]:
    """Each of `FIGURES`: AUC within firm and top page as means over firms, share of pages with any weight."""
    whole = np.ones((1, len(truth.page_offsets) - 1))
    return {name: float(values[0]) for name, values in _weighted_figures(truth, weights, whole).items()}


def page_intervals(
    truth: PageTruth, weights: npt.NDArray[np.floating], n_resamples: int, seed: int
) -> dict[str, tuple[float, float]]:
    """95 % interval of each of `FIGURES`, by resampling firms with all their pages."""
    drawn = resampling_weights(len(truth.page_offsets) - 1, n_resamples, seed)
    parts = [
        _weighted_figures(truth, weights, drawn[start : start + _CHUNK])
        for start in range(0, n_resamples, _CHUNK)
    ]
    return {name: percentile_interval(np.concatenate([part[name] for part in parts])) for name in FIGURES}


def _weighted_figures(
    truth: PageTruth, weights: npt.NDArray[np.floating], times: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Figures of resamples in which each firm counts ``times``, (resamples, F): each (resamples,)."""
    firm, both = truth.firm, truth.has_both
    areas = within_firm_auc(truth, weights)
    top = _top_share(truth, weights)
    page_times = times[:, firm]
    return {
        AUC: times[:, both] @ areas[both] / times[:, both].sum(axis=1),
        POOLED: classification_metrics(truth.is_product, weights, page_times)["auc"],
        KEPT: page_times @ (weights > 0) / page_times.sum(axis=1),
        TOP: times[:, both] @ top[both] / times[:, both].sum(axis=1),
    }


def _top_share(truth: PageTruth, weights: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Share of product pages among the pages with a firm's highest weight, (F,): several where weights tie."""
    starts = truth.page_offsets[:-1]
    is_top = weights == np.maximum.reduceat(weights, starts)[truth.firm]
    found: npt.NDArray[np.float64] = np.add.reduceat(is_top & truth.is_product, starts, dtype=np.float64)
    return found / np.add.reduceat(is_top, starts, dtype=np.float64)
