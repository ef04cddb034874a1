"""Attention of models that have not seen a firm's label, and of models that have."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig, OmegaConf

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.contrast import fold_contrast, page_contrast
from ipml.dual_attention.sites import Sites
from ipml.dual_attention.training import cross_fit

LEAK_FREE, LEAKING = "leak-free", "leaking"


class Attention(NamedTuple):
    """Scores of sites, and the contrast of each of their E entries, (E,); None where all pages have attention."""

    scores: SiteScores
    contrast: npt.NDArray[np.float64] | None


def leak_free_attention(
    sites: Sites,
    labels: npt.NDArray[np.float32],
    training: npt.NDArray[np.bool_],
    config: DictConfig,
    seed: int,
    description: str,
) -> Attention:
    """Cross-fit on the training firms of a split and look at all firms without their own labels.

    Parameters
    ----------
    sites, labels
        Of F firms; the labels of the others than the training firms are not looked at.
    training
        Training firms of the split, (F,).
    config
        ``model`` and ``trainer``.
    seed
        Of the models and of the folds.

    Returns
    -------
    A training firm is read by the model of its fold, which has not seen it, a test firm by the mean of all.
    """
    seen = np.where(training, labels, np.nan).astype(np.float32)
    bundle = cross_fit(sites, seen, _with_seed(config, seed), description=description)
    return Attention(bundle.score(sites), fold_contrast(bundle, sites))


def leaking_attention(
    sites: Sites, labels: npt.NDArray[np.float32], config: DictConfig, seed: int, description: str
) -> Attention:
    """Train on the labels of all firms, those of every test part too, and read each by the models that saw it."""
    bundle = cross_fit(sites, labels, _with_seed(config, seed), description=description)
    scores = bundle.score_in_sample(sites)
    contrast = page_contrast(sites.counts, scores.page_weights)
    return Attention(scores, None if contrast is None else contrast[sites.counts.indices])


def _with_seed(config: DictConfig, seed: int) -> DictConfig:
    return OmegaConf.merge(config, {"seed": seed})  # type: ignore[return-value]
