"""Patents yes or no of real Japanese firms: attention and classifiers of whole texts against TF-IDF.

Japanese business summaries and English profiles, one short text a firm. A third of the firms, by a hash of their
group, is the development part: what each row is made of was chosen there (``part=development`` scores it). The others
are kept aside from every choice and scored once: each by models that have not seen it, trained on four fifths of all
firms, inside of which is chosen what is left to choose (epochs, strengths, shares). Firms with the same text, web site
or corporate group are in one fold and one part. TF-IDF is trained on the same firms; differences are paired, and
intervals come from resampled groups. Options: ``data.root=DIR`` (default: the folder beside the checkout),
``embeddings=NAME`` (default: ``chive_glove``), ``seeds=N`` (cross-fits with other folds; default: 2),
``languages=ja,en``, ``kind.ja=`` and ``kind.en=`` (of the pages), ``part=development``, ``published=no`` and
``paths.root=DIR`` for converted vectors. Takes some twenty minutes on one core.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.firm_groups import firm_groups, in_development
from benchmarks.options import count, refuse_others, switch
from benchmarks.result import report
from benchmarks.tfidf_peer import tfidf_probabilities
from benchmarks.training_settings import training_settings
from ipml.cli.dispatch import open_corpus
from ipml.console import console, track
from ipml.corpus import Corpus
from ipml.corpus.labels import labelled_firms
from ipml.dual_attention.bundle import Bundle, FoldModel
from ipml.dual_attention.data.sites import Sites, read_sites
from ipml.dual_attention.network.factory import reading_of
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import choice_error
from ipml.reach import Reach, reaching
from ipml.statistics.classification import classification_metrics
from ipml.statistics.intervals import percentile_interval, resampling_weights
from ipml.text import open_language

NAME = "real_jp"
PAGE_KINDS = {"ja": "business_summary", "en": "profile_en"}
PEER, MODEL, PLACEBO = "TF-IDF + logistic regression", "stacked", "stacked, shuffled labels"
DEVELOPMENT = 1 / 3  # share of the groups
RECIPES: dict[str, list[str]] = {  # chosen on the development part
    "ja": [],
    "en": [
        "model.stack.words=3",
        "model.stack.characters=0",
        "model.stack.encoder=minilm",
        "model.stack.landmarks=0",
    ],
}
PUBLISHED = "attention, as published"
FIGURES = {"auc": "AUC", "f1": "macro F1"}
TARGET = 0.01
N_RESAMPLES = 1000
_CHUNK = 100

Floats = npt.NDArray[np.float64]


@dataclass
class Method:
    """Probabilities of the scored firms, of each cross-fit."""

    probabilities: list[Floats] = field(default_factory=list)
    shuffled: list[npt.NDArray[np.bool_]] = field(default_factory=list)

    def figures(self, labels: npt.NDArray[np.bool_], weights: Floats) -> dict[str, Floats]:
        """Mean over cross-fits of each figure, for weights (resamples, n) of all firms."""
        truths = self.shuffled or [labels] * len(self.probabilities)
        found = [
            classification_metrics(truth, p, weights)
            for truth, p in zip(truths, self.probabilities, strict=True)
        ]
        return {name: np.mean([one[name] for one in found], axis=0) for name in FIGURES}


@dataclass(frozen=True)
class Firms:
    """The firms of a language: rows of a table by ``firm_id``, texts, labels and groups, and which are scored."""

    ids: list[str]
    texts: npt.NDArray[np.object_]
    labels: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.object_]
    scored: npt.NDArray[np.bool_]


def run(options: dict[str, str]) -> Measured:
    """Compare the methods in each language; the figure is the smaller difference of AUC to TF-IDF."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "firms"
    root = Path(options.pop("data.root", beside))
    embeddings = options.pop("embeddings", "chive_glove")
    n_seeds = count(options, "seeds", 2)
    languages = options.pop("languages", "ja,en").split(",")
    kinds = {language: options.pop(f"kind.{language}", kind) for language, kind in PAGE_KINDS.items()}
    part = options.pop("part", "kept_aside")
    published = switch(options, "published", True)
    paths = [f"{key}={options.pop(key)}" for key in ["paths.root"] if key in options]
    allowed = [
        "data.root",
        "embeddings",
        "seeds",
        "languages",
        "kind.ja",
        "kind.en",
        "part",
        "published",
        "paths.root",
    ]
    refuse_others(options, allowed)
    if part not in ("kept_aside", "development"):
        raise choice_error("part", part, ["kept_aside", "development"])
    for language in languages:
        if language not in PAGE_KINDS:
            raise choice_error("languages", language, PAGE_KINDS)
    common = [*paths, "country=JP", "data=corpus", f"data.root={root}", f"embeddings={embeddings}"]
    settings = training_settings(common)
    corpus, reach = open_corpus(settings.data), Reach((Path(settings.paths.root),), Path(settings.paths.data))
    table, _ = labelled_firms(corpus, "JP")
    table = table.assign(group=firm_groups(corpus, table))
    table["development"] = in_development(table["group"], DEVELOPMENT)
    figures: list[Figure] = []
    gains: dict[str, tuple[float, int]] = {}
    for language in languages:
        chosen = table[table["development"]] if part == "development" else table
        with reaching(reach):
            firms, rows = compare(
                corpus, chosen, language, kinds[language], common, n_seeds, part == "development", published
            )
        n_scored = int(firms.scored.sum())
        title = (
            f"Real JP firms, {language} {kinds[language]}: {n_scored} scored ({part.replace('_', ' ')}) of "
            f"{len(firms.ids)}, {firms.labels[firms.scored].mean():.0%} with patents; cross-fits: {n_seeds}"
        )
        shown, of_language = summarise(rows, firms, title, language)
        console.print(shown)
        figures += of_language
        gain = next(f.value for f in of_language if f.name == f"less TF-IDF/{MODEL}/{language} AUC")
        gains[language] = float(gain or 0), n_scored
    least = min(gains, key=lambda language: gains[language][0])
    report(
        NAME,
        value=round(gains[least][0], 4),
        unit=f"test AUC less that of TF-IDF, the smaller of {' and '.join(languages)}",
        target=TARGET,
        peer=0.0,
        n=gains[least][1],
        seed=f"0 to {n_seeds - 1}",
    )
    return Measured("real_jp", figures, f"cross-fits 0 to {n_seeds - 1}", corpus.info.hash)


def compare(
    corpus: Corpus,
    table: pd.DataFrame,
    language: str,
    kind: str,
    overrides: Sequence[str],
    n_seeds: int,
    all_scored: bool,
    published: bool,
) -> tuple[Firms, dict[str, Method]]:
    """Cross-fit all methods on the firms with a text in a language.

    Parameters
    ----------
    table
        Firms by ``firm_id`` with ``has_patent``, ``group`` and ``development``.
    all_scored
        Score the firms of the development part too.

    Returns
    -------
    The firms, and the predictions of those that are scored by each method.
    """
    stacked, sites = read(
        corpus, table, language, kind, ["model=dual_attn_stacked", *overrides, *RECIPES[language]]
    )
    chosen = table.loc[list(sites.firm_ids)]
    scored = np.ones(len(chosen), dtype=bool) if all_scored else ~chosen["development"].to_numpy(dtype=bool)
    firms = Firms(
        chosen.index.tolist(),
        texts_of(corpus, chosen.index.tolist(), language, kind),
        chosen["has_patent"].to_numpy(dtype=bool),
        chosen["group"].to_numpy(dtype=object),
        scored,
    )
    rows: dict[str, Method] = {name: Method() for name in (PEER, MODEL, *PARTS, PLACEBO)}
    if published:
        rows[PUBLISHED] = Method()
        as_published, old_sites = read(
            corpus, table, language, kind, ["model=dual_attn_published", *overrides]
        )
        place = pd.Index(old_sites.firm_ids).get_indexer(pd.Index(firms.ids))
    for seed in track(range(n_seeds), f"cross-fits ({language})"):
        bundle = _cross_fit(sites, firms.labels, firms.groups, stacked, seed, f"{MODEL}, {language}")
        rows[MODEL].probabilities.append(_scores(bundle, sites)[scored])
        for name, part_of in PARTS.items():
            folds = [part_of(fold) for fold in bundle.folds]
            rows[name].probabilities.append(_scores(replace(bundle, folds=folds), sites)[scored])
        fold = bundle.fold_numbers(sites)
        peer = np.zeros(len(firms.ids))
        for number in range(bundle.n_folds):
            seen, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
            peer[held] = tfidf_probabilities(firms.texts, firms.labels, seen, held, language)
        rows[PEER].probabilities.append(peer[scored])
        shuffled = np.random.default_rng(seed).permutation(firms.labels)
        placebo = _cross_fit(sites, shuffled, firms.groups, stacked, seed, f"{PLACEBO}, {language}")
        rows[PLACEBO].probabilities.append(_scores(placebo, sites)[scored])
        rows[PLACEBO].shuffled.append(shuffled[scored])
        if published:
            groups = chosen["group"].reindex(old_sites.firm_ids).to_numpy(dtype=object)
            labels = chosen["has_patent"].reindex(old_sites.firm_ids).to_numpy(dtype=bool)
            old = _cross_fit(old_sites, labels, groups, as_published, seed, f"{PUBLISHED}, {language}")
            rows[PUBLISHED].probabilities.append(_scores(old, old_sites)[place][scored])
    return firms, rows


def _network_alone(fold: FoldModel) -> FoldModel:
    return replace(fold, bag=None, stack=None)


def _without_stack(fold: FoldModel) -> FoldModel:
    return replace(fold, stack=None)


def _stack_alone(fold: FoldModel) -> FoldModel:
    assert fold.stack is not None
    return replace(fold, bag=None, stack=replace(fold.stack, share=np.ones(1)))


def _encoder_alone(fold: FoldModel) -> FoldModel:
    assert fold.stack is not None
    return replace(fold, bag=None, stack=fold.stack.only("encoder"))


PARTS: dict[str, Callable[[FoldModel], FoldModel]] = {
    "attention": _network_alone,
    "attention, pairs of words": _without_stack,
    "encoder alone": _encoder_alone,
    "classifiers of whole texts": _stack_alone,
}


def _cross_fit(
    sites: Sites,
    labels: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.object_],
    settings: DualAttentionTraining,
    seed: int,
    description: str,
) -> Bundle:
    truth = labels.astype(np.float32)
    line = f"{description}, {seed + 1}"
    return cross_fit(sites, truth, settings.model, settings.trainer, seed, description=line, groups=groups)


def _scores(bundle: Bundle, sites: Sites) -> Floats:
    """Probability of each firm by the models that have not seen it, (F,)."""
    return bundle.score(sites).probabilities.astype(np.float64)


def summarise(rows: dict[str, Method], firms: Firms, title: str, language: str) -> tuple[Table, list[Figure]]:
    """Table of means over cross-fits, differences to the peer, and 95 % intervals from resampled groups of firms.

    A resample draws groups once for all cross-fits and methods, so that differences are paired.
    """
    labels = firms.labels[firms.scored]
    _, group = np.unique(firms.groups[firms.scored].astype(str), return_inverse=True)
    weights = resampling_weights(int(group.max()) + 1, N_RESAMPLES, seed=0)[:, group]
    whole = np.ones((1, len(labels)))
    values, resampled = {}, {}
    for name, method in rows.items():
        values[name] = {figure: float(found[0]) for figure, found in method.figures(labels, whole).items()}
        parts = [method.figures(labels, weights[i : i + _CHUNK]) for i in range(0, N_RESAMPLES, _CHUNK)]
        resampled[name] = {figure: np.concatenate([part[figure] for part in parts]) for figure in FIGURES}
    table = Table("method", "AUC", "macro F1", f"AUC - {PEER}", f"F1 - {PEER}", title=title)
    figures = []
    for name in rows:
        cells = [name]
        for figure, words in FIGURES.items():
            low, high = percentile_interval(resampled[name][figure])
            cells.append(_cell(values[name][figure], low, high))
            shown = Figure(
                f"kept aside/{name}/{language} {words}", values[name][figure], low, high, len(labels)
            )
            figures.append(shown)
        for figure, words in FIGURES.items():
            difference = values[name][figure] - values[PEER][figure]
            low, high = percentile_interval(resampled[name][figure] - resampled[PEER][figure])
            if name in (PEER, PLACEBO):
                cells.append("")
                continue
            cells.append(_cell(difference, low, high, sign="+"))
            where = f"less TF-IDF/{name}/{language} {words}"
            figures.append(Figure(where, difference, low, high, len(labels)))
        table.add_row(*cells)
    return table, figures


def read(
    corpus: Corpus, table: pd.DataFrame, language: str, kind: str, overrides: Sequence[str]
) -> tuple[DualAttentionTraining, Sites]:
    """Settings of a row of the table, and the sites as it reads them."""
    settings = training_settings([*overrides, f"language={language}"])
    opened = open_language(settings.embeddings, language)
    reading = reading_of(settings.model.model_dump())
    return settings, read_sites(corpus, table.index.tolist(), opened, [kind], **reading)


def texts_of(corpus: Corpus, firm_ids: Sequence[str], language: str, kind: str) -> npt.NDArray[np.object_]:
    """All text of each firm."""
    pages = corpus.pages(firm_ids, language, [kind]).select(["firm_id", "text"]).to_pandas()
    joined = pages.groupby("firm_id")["text"].agg(" ".join)
    return joined.loc[list(firm_ids)].to_numpy(dtype=object)


def _cell(value: float, low: float, high: float, sign: str = "") -> str:
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"
