"""All diagnostics of a trained model: figures of its sites alone, never of a planted truth."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.config import compose_settings
from ipml.corpus import Corpus
from ipml.dual_attention.bundle import Bundle, Member, SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.diagnostics.agreement import (
    Pairs,
    keyword_agreement,
    page_overlap,
    pairs_between_folds,
    pairs_between_seeds,
    product_angle,
)
from ipml.dual_attention.diagnostics.kept_pages import first_pages, page_contrast, product_page_share
from ipml.dual_attention.diagnostics.label_gain import label_gain
from ipml.dual_attention.diagnostics.member_keywords import FirmWords, member_keywords
from ipml.dual_attention.keywords.contrast import contrast_of_entries
from ipml.dual_attention.keywords.selection import select
from ipml.dual_attention.settings import KeywordsSettings
from ipml.settings import Selection

CONTRAST_STEP = 0.25
Figures = dict[str, float]


@dataclass(frozen=True)
class Looked:
    """What a model's networks looked at on the sites of F firms with G pages and E words on pages.

    Attributes
    ----------
    scores
        Of each firm by the networks that have not seen it.
    members
        Fold and seed of each of M networks.
    page_weights
        Attention of each network on each page, (M, G).
    fold
        Of each firm, (F,).
    contrast
        Of each entry (`keywords.contrast`), (E,); None where all pages have attention.
    """

    scores: SiteScores
    members: list[Member]
    page_weights: npt.NDArray[np.float32]
    fold: npt.NDArray[np.int64]
    contrast: npt.NDArray[np.float64] | None

    @classmethod
    def of(cls, bundle: Bundle, sites: Sites, scores: SiteScores) -> "Looked":
        """Let all networks of a model look at all sites; ``scores`` are what it says of them."""
        weights, fold = bundle.page_weights_by_member(sites), bundle.fold_numbers(sites)
        contrast = contrast_of_entries(weights, bundle.members, fold, sites)
        return cls(scores, bundle.members, weights, fold, contrast)


def diagnose(
    looked: Looked,
    sites: Sites,
    labels: npt.NDArray[np.floating],
    names: dict[str, set[str]],
    selection: Selection,
    seed: int,
    kinds: npt.NDArray[np.object_] | None = None,
) -> Figures:
    """Compute the diagnostics of a model on the sites that it was trained on.

    Parameters
    ----------
    labels
        Which firms hold patents, (F,).
    names
        ``firm_id`` to the words of the firm's own names.
    selection
        The rule for keywords.
    seed
        Of what is drawn.
    kinds
        Kind of each page as its source names it, (G,); None: not known.

    Returns
    -------
    Figures by name, without a prefix; what cannot be known is absent. Empty where no firm has more than one page: there
    is nothing to choose from.
    """
    if sites.n_pages.max() < 2:
        return {}
    scores, contrast = looked.scores, looked.contrast
    kept = scores.page_weights > 0
    firm_words = FirmWords.of(sites)
    selected = select(sites, scores, contrast, names, selection)
    keywords = firm_words.any(selected.taken)
    with_keywords = len(np.unique(firm_words.firm[keywords]))
    figures: Figures = {
        "keywords_per_firm": float(keywords.sum() / len(sites)),
        "firms_without_keywords": 1 - with_keywords / len(sites),
        "keyword_share": float(keywords.mean()),
        "kept_pages": float(kept.mean()),
        "page_contrast": page_contrast(sites.counts, kept, seed),
    }
    on_first = first_pages(sites, scores.page_weights)[sites.page_of_entry]
    halves = [firm_words.any(selected.taken & part) for part in (on_first, ~on_first)]
    both = np.array([firm_words.mean_vector(half, sites.vectors, len(sites)) for half in halves])
    if (angle := product_angle(both, [(0, 1)])) is not None:
        figures["lesser_page_angle"] = angle
    if contrast is not None and selection.min_contrast is not None:
        fewer, more = (
            selection.model_copy(update={"min_contrast": selection.min_contrast + step})
            for step in (CONTRAST_STEP, -CONTRAST_STEP)
        )
        left, most = (
            int(firm_words.any(select(sites, scores, contrast, names, rule).taken).sum())
            for rule in (fewer, more)
        )
        figures["keyword_steadiness"] = left / most if most else 0.0
    gain = label_gain(sites, labels, kept, looked.fold, seed)
    if gain is not None:
        figures["label_gain"] = gain
    n_keywords = np.bincount(sites.page_of_entry[selected.taken], minlength=len(kept))
    share = product_page_share(sites.urls, kinds, n_keywords)
    if share is not None:
        figures["product_page_share"] = share
    taken = member_keywords(sites, firm_words, scores, looked.page_weights, names, selection)
    means = np.array([firm_words.mean_vector(of_member, sites.vectors, len(sites)) for of_member in taken])
    return figures | _between_members(looked, taken, means, len(sites))


@functools.cache
def default_selection() -> Selection:
    """Rule for keywords of ``ipml keywords``, by which a model is judged whatever rule is used in the end."""
    rule = compose_settings("keywords")
    assert isinstance(rule, KeywordsSettings)  # noqa: S101
    return rule.selection


def page_kinds(corpus: Corpus, sites: Sites, language: str) -> npt.NDArray[np.object_]:
    """Look up the kind of each page of the sites by firm and address, (G,); None for a page without an address."""
    table = corpus.pages(sites.firm_ids.tolist(), language).select(["firm_id", "url", "kind"]).to_pydict()
    kinds = dict(zip(zip(table["firm_id"], table["url"], strict=True), table["kind"], strict=True))
    firm_ids = sites.firm_ids[sites.firm_of_page]
    found = [
        None if url is None else kinds[firm_id, url]
        for firm_id, url in zip(firm_ids, sites.urls, strict=True)
    ]
    return np.array(found, dtype=object)


def control_gains(metrics: Mapping[str, float]) -> Figures:
    """Compute the gain in AUC over the controls of a training (``model.controls``); empty without them."""
    controls = {"attention_off": "gain_over_no_attention", "shuffled_labels": "gain_over_shuffled_labels"}
    return {
        name: metrics["test/auc"] - metrics[f"control/{control}_auc"]
        for control, name in controls.items()
        if f"control/{control}_auc" in metrics and "test/auc" in metrics
    }


def _between_members(
    looked: Looked,
    taken: npt.NDArray[np.bool_],
    means: npt.NDArray[np.float64],
    n_firms: int,
) -> Figures:
    """Figures of pairs of networks: of different folds, and of different seeds of one fold where there are such."""
    figures: Figures = {}
    pairs: dict[str, Pairs] = {
        "": pairs_between_folds(looked.members),
        "_of_seeds": pairs_between_seeds(looked.members),
    }
    for ending, chosen in pairs.items():
        if not chosen:
            continue
        figures[f"page_overlap{ending}"] = page_overlap(looked.page_weights, n_firms, chosen)
        figures[f"keyword_agreement{ending}"] = keyword_agreement(taken, chosen)
        angle = product_angle(means, chosen)
        if angle is not None:
            figures[f"product_angle{ending}"] = angle
    return figures
