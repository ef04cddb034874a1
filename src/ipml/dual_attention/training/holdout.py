"""Firms that no fold sees: what a sweep has chosen is scored on them, once."""

import numpy as np
import pandas as pd

from ipml.corpus import Corpus, stratified_part
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.statistics.classification import metrics_with_intervals
from ipml.statistics.intervals import with_interval
from ipml.text import Language
from ipml.tracking import HeldOut
from ipml.tracking.held_out import AUC

HOLDOUT = "kept_aside"  # beginning of the metrics, and name of the table
_PURPOSE = "kept aside"


def split_holdout(firms: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split firms into those to train on and a share of each class to hold out, by a hash of ``firm_id``.

    Parameters
    ----------
    firms
        Labelled firms by ``firm_id``.
    share
        Share to keep aside, 0 to below 1.
    """
    if not share:
        return firms, firms.iloc[:0]
    labels = firms["has_patent"].to_numpy(dtype=bool)
    aside = stratified_part(firms.index, labels, share, seed, _PURPOSE)
    return firms[~aside], firms[aside]


def score_holdout(
    bundle: Bundle,
    corpus: Corpus,
    firms: pd.DataFrame,
    language: Language,
    resamples: int,
    seed: int,
) -> tuple[dict[str, float], HeldOut]:
    """Score the firms held out by the mean of all fold models.

    Returns
    -------
    metrics under ``kept_aside/`` with the ends of their intervals, and the probability of each firm
    """
    sites = read_sites(corpus, firms.index.tolist(), language, **bundle.reading)
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype=bool)
    probabilities = bundle.score(sites).probabilities
    metrics: dict[str, float] = {f"{HOLDOUT}/n_firms": len(labels)}
    found = metrics_with_intervals(labels, probabilities, resamples, seed)
    for name, (value, low, high) in found.items():
        metrics |= with_interval(f"{HOLDOUT}/{name}", value, low, high)
    units = list(sites.firm_ids)
    return metrics, HeldOut(
        AUC, {"corpus": corpus.info.hash}, units, probabilities.astype(np.float64), labels
    )
