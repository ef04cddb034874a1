"""All splits under both protocols: extract, make the sets, train the classifiers and predict."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ipml.console import console, in_words, track
from ipml.corpus import stratified_part
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.keywords.contrast import fold_contrast, page_contrast
from ipml.dual_attention.keywords.selection import Selected, select
from ipml.dual_attention.settings import DualAttentionModel
from ipml.dual_attention.training.cross_fitting import NO_CHECKPOINTS, cross_fit
from ipml.dual_attention.training.fold_checkpoints import Arrays, FoldCheckpoints
from ipml.errors import InputError
from ipml.keyword_comparison.classifiers import CLASSIFIERS, firm_features, make_classifier, predict
from ipml.keyword_comparison.keyword_sets import SETS, FirmWords, Mask, keyword_sets, word_weights
from ipml.keyword_comparison.scores import LEAK_FREE, LEAKING, PARTS, WITHOUT_WORDS, WORDS, Row, Variant
from ipml.keyword_comparison.settings import CompareKeywordsSettings
from ipml.settings import Selection, Trainer

_PURPOSE = "compare_keywords"
_PREDICTION, _WORDS = "prediction", "words"
PROTOCOLS = (LEAK_FREE, LEAKING)


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
    checkpoints: FoldCheckpoints = NO_CHECKPOINTS,
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
    checkpoints
        Where finished folds are kept.

    Returns
    -------
    A training firm is read by the model of its fold, which has not seen it, a test firm by the mean of all.
    """
    seen = np.where(training, labels, np.nan).astype(np.float32)
    bundle = cross_fit(sites, seen, model, trainer, seed, description=description, checkpoints=checkpoints)
    return Attention(bundle.score(sites), fold_contrast(bundle, sites))


def leaking_attention(
    sites: Sites,
    labels: npt.NDArray[np.float32],
    model: DualAttentionModel,
    trainer: Trainer,
    seed: int,
    description: str,
    checkpoints: FoldCheckpoints = NO_CHECKPOINTS,
) -> Attention:
    """Train on the labels of all firms, those of every test part too, and read each by the models that saw it."""
    bundle = cross_fit(sites, labels, model, trainer, seed, description=description, checkpoints=checkpoints)
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

    def add(self, training: Mask, found: Arrays) -> None:
        """Add what `one_split` has found; of what was kept the order is another."""
        self.training.append(training)
        for protocol, name in product(PROTOCOLS, SETS):
            self.sizes.setdefault((protocol, name), []).append(found[f"{_WORDS}/{protocol}/{name}"])
            for classifier in CLASSIFIERS:
                predicted = found[f"{_PREDICTION}/{protocol}/{name}/{classifier}"]
                self.predictions.setdefault(Variant(protocol, name, classifier), []).append(predicted)


def work_line(settings: CompareKeywordsSettings, description: str) -> str:
    """Say what a comparison will take."""
    n, folds = settings.seeds, settings.model.n_folds
    classifiers = len(SETS) * len(PROTOCOLS) * len(CLASSIFIERS) * n
    return (
        f"{description}: {folds} networks on all labels, then for each of {n} splits {folds} networks and "
        f"{classifiers // n} classifiers ({len(SETS)} keyword sets x {len(PROTOCOLS)} protocols x {len(CLASSIFIERS)} "
        f"classifiers): {folds * (n + 1)} networks and {classifiers} classifiers; how long that takes is said after "
        "the first split. What is finished is kept: killed, the same command goes on"
    )


def run_splits(
    firms: Firms,
    settings: CompareKeywordsSettings,
    description: str,
    checkpoints: FoldCheckpoints = NO_CHECKPOINTS,
) -> Outcome:
    """Predict who holds patents from every keyword set, in ``settings.seeds`` stratified splits.

    Parameters
    ----------
    checkpoints
        Where finished networks and splits are kept, and found again.

    Raises
    ------
    InputError
        If the rule of selection leaves no keyword.
    """
    sites, labels, seed = firms.sites, firms.labels, settings.seed

    begun = time.monotonic()

    @cache
    def leaking() -> Selected:
        """Keywords of models that have seen all labels: the same for every split."""
        nonlocal begun
        now = time.monotonic()
        line, part = f"{description}, {LEAKING}", checkpoints.part("leaking")
        attention = leaking_attention(sites, labels, settings.model, settings.trainer, seed, line, part)
        begun += time.monotonic() - now  # which no further split takes
        return firms.select(attention, settings.selection)

    outcome = Outcome()
    made: list[int] = []

    def make(split: int, training: Mask, line: str) -> Arrays:
        made.append(split)
        part = checkpoints.part(f"networks_{split}")
        attention = leak_free_attention(
            sites, labels, training, settings.model, settings.trainer, split, line, part
        )
        selected = {LEAK_FREE: firms.select(attention, settings.selection), LEAKING: leaking()}
        return one_split(firms, settings, training, split, selected)

    for split in track(range(seed, seed + settings.seeds), f"{description}: splits"):
        training = ~stratified_part(sites.firm_ids, labels, settings.test_share, split, _PURPOSE)
        number = split - seed + 1
        line = f"{description}, split {number}"
        outcome.add(training, checkpoints.arrays(f"split_{split}", partial(make, split, training, line)))
        checkpoints.part(f"networks_{split}").remove()
        if split not in made:
            console.print(f"{line}: kept from a run that was stopped", highlight=False)
        elif len(made) == 1 and number < settings.seeds:
            seconds = time.monotonic() - begun
            left = in_words(seconds * (settings.seeds - number))
            said = f"{line} of {settings.seeds}: {in_words(seconds)}, about {left} for the others"
            console.print(said, highlight=False)
    return outcome


def one_split(
    firms: Firms,
    settings: CompareKeywordsSettings,
    training: Mask,
    split: int,
    selected: Mapping[str, Selected],
) -> Arrays:
    """Make the keyword sets of one split, train the classifiers, and predict all firms.

    Parameters
    ----------
    training
        Training firms of the split, (F,).
    selected
        Keywords of dual attention, by protocol.

    Returns
    -------
    Predictions, (F,), by ``prediction/PROTOCOL/SET/CLASSIFIER``, and numbers of words, (F,), by ``words/PROTOCOL/SET``.

    Raises
    ------
    InputError
        If the rule of selection leaves no keyword.
    """
    labels = firms.labels > 0
    found: Arrays = {}
    for protocol in PROTOCOLS:
        chosen = selected[protocol]
        if not chosen.taken.any():
            raise InputError(
                f"selection.max_firm_share={settings.selection.max_firm_share}: no keyword is left; needed: more, "
                f"or less than selection.min_contrast={settings.selection.min_contrast}"
            )
        sets = keyword_sets(
            firms.pairs, firms.allowed(chosen), firms.cosines, chosen.taken, settings.both_share, split
        )
        for name, weights in word_weights(firms.pairs, sets).items():
            found[f"{_WORDS}/{protocol}/{name}"] = firms.pairs.per_firm(sets[name])
            features = firm_features(firms.pairs.matrix(weights), firms.sites.vectors, settings.features)
            for classifier in CLASSIFIERS:
                untrained = make_classifier(classifier, settings.features, settings.forest, split)
                found[f"{_PREDICTION}/{protocol}/{name}/{classifier}"] = predict(
                    untrained, features, labels, training
                )
    return found


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
