"""All splits under both protocols: extract, make the sets, train the classifiers and predict."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ipml.console import track
from ipml.corpus import stratified_part
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.keywords.contrast import fold_contrast, page_contrast
from ipml.dual_attention.keywords.selection import Selected, select
from ipml.dual_attention.settings import DualAttentionModel
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import InputError
from ipml.keyword_comparison.classifiers import CLASSIFIERS, firm_features, make_classifier, predict
from ipml.keyword_comparison.keyword_sets import FirmWords, Mask, keyword_sets, word_weights
from ipml.keyword_comparison.scores import LEAK_FREE, LEAKING, PARTS, WITHOUT_WORDS, WORDS, Row, Variant
from ipml.keyword_comparison.settings import CompareKeywordsSettings
from ipml.settings import Selection, Trainer

_PURPOSE = "compare_keywords"


class Attention(NamedTuple):
    """Scores of sites, and the contrast of each of their E entries, (E,); None where all pages have attention."""

    scores: SiteScores
    contrast: npt.NDArray[np.float64] | None


def leak_free_attention(
    sites: Sites,
    labels: npt.NDArray[np.float32],
    training: npt.NDArray[np.bool_],
    model: DualAttentionModel,
    trainer: Trainer,
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
    model, trainer
        As for `cross_fit`.
    seed
        Of the models and of the folds.

    Returns
    -------
    A training firm is read by the model of its fold, which has not seen it, a test firm by the mean of all.
    """
    seen = np.where(training, labels, np.nan).astype(np.float32)
    bundle = cross_fit(sites, seen, model, trainer, seed, description=description)
    return Attention(bundle.score(sites), fold_contrast(bundle, sites))


def leaking_attention(
    sites: Sites,
    labels: npt.NDArray[np.float32],
    model: DualAttentionModel,
    trainer: Trainer,
    seed: int,
    description: str,
) -> Attention:
    """Train on the labels of all firms, those of every test part too, and read each by the models that saw it."""
    bundle = cross_fit(sites, labels, model, trainer, seed, description=description)
    scores = bundle.score_in_sample(sites)
    contrast = page_contrast(sites.counts, scores.page_weights)
    return Attention(scores, None if contrast is None else contrast[sites.counts.indices])


@dataclass(frozen=True)
class Firms:
    """What stays the same in all splits, of F firms with N pairs of firm and word and E entries.

    Attributes
    ----------
    sites, labels
        Pages, and 1 where a firm holds patents, else 0, (F,).
    names
        Words of each firm's own names.
    pairs
        Words of each firm.
    cosines
        KeyBERT's, (E,).
    """

    sites: Sites
    labels: npt.NDArray[np.float32]
    names: dict[str, set[str]]
    pairs: FirmWords
    cosines: npt.NDArray[np.float32]

    def select(self, attention: Attention, selection: Selection) -> Selected:
        """Select the keywords of dual attention, by the rule of ``ipml keywords``."""
        return select(self.sites, attention.scores, attention.contrast, self.names, selection)

    def allowed(self, selected: Selected) -> Mask:
        """Mark the pairs without the firm's own names and common words, (N,)."""
        return ~selected.common[self.pairs.words] & ~self.pairs.of_entries(selected.own)


@dataclass
class Outcome:
    """Training firms of each split, and what came out of it.

    Attributes
    ----------
    training
        (F,) a split.
    predictions
        Of all firms, (F,) a split, for each variant.
    sizes
        Words of each firm in each set, (F,) a split, by protocol and set.
    """

    training: list[Mask] = field(default_factory=list)
    predictions: dict[Variant, list[Mask]] = field(default_factory=dict)
    sizes: dict[tuple[str, str], list[npt.NDArray[np.int64]]] = field(default_factory=dict)


def run_splits(firms: Firms, settings: CompareKeywordsSettings, description: str) -> Outcome:
    """Predict who holds patents from every keyword set, in ``settings.seeds`` stratified splits.

    Raises
    ------
    InputError
        If the rule of selection leaves no keyword.
    """
    sites, labels, seed = firms.sites, firms.labels, settings.seed
    # Models that have seen all labels are the same for every split.
    attention = leaking_attention(
        sites, labels, settings.model, settings.trainer, seed, f"{description}, {LEAKING}"
    )
    leaking = firms.select(attention, settings.selection)
    outcome = Outcome()
    for split in track(range(seed, seed + settings.seeds), f"{description}: splits"):
        training = ~stratified_part(sites.firm_ids, labels, settings.test_share, split, _PURPOSE)
        outcome.training.append(training)
        line = f"{description}, split {split - seed + 1}"
        attention = leak_free_attention(
            sites, labels, training, settings.model, settings.trainer, split, line
        )
        leak_free = firms.select(attention, settings.selection)
        for protocol, selected in ((LEAK_FREE, leak_free), (LEAKING, leaking)):
            if not selected.taken.any():
                raise InputError(
                    f"selection.max_firm_share={settings.selection.max_firm_share}: no keyword is left; needed: more, "
                    f"or less than selection.min_contrast={settings.selection.min_contrast}"
                )
            sets = keyword_sets(
                firms.pairs,
                firms.allowed(selected),
                firms.cosines,
                selected.taken,
                settings.both_share,
                split,
            )
            for name, weights in word_weights(firms.pairs, sets).items():
                outcome.sizes.setdefault((protocol, name), []).append(firms.pairs.per_firm(sets[name]))
                features = firm_features(firms.pairs.matrix(weights), sites.vectors, settings.features)
                for classifier in CLASSIFIERS:
                    untrained = make_classifier(classifier, settings.features, settings.forest, split)
                    predicted = predict(untrained, features, labels > 0, training)
                    outcome.predictions.setdefault(Variant(protocol, name, classifier), []).append(predicted)
    return outcome


def size_rows(outcome: Outcome, common: Row) -> list[Row]:
    """Count the words of a firm in each set, and firms without any: means over the splits."""
    training = np.array(outcome.training)
    rows = []
    for part, members in zip(PARTS, (training, ~training), strict=True):
        n = round(float(members.sum(axis=1).mean()))
        for (protocol, name), of_splits in outcome.sizes.items():
            numbers = np.array(of_splits)[members]
            row = replace(common, set=name, protocol=protocol, part=part, n=n)
            rows.append(replace(row, what=WORDS, value=float(numbers.mean())))
            rows.append(replace(row, what=WITHOUT_WORDS, value=float((numbers == 0).sum() / len(members))))
    return rows
