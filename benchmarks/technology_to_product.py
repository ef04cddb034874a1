"""How much of what real firms make their patents tell: the link between technology and product, by representation.

Chinese listed firms (``../shared/data/cn_patents``) and Japanese ones (``../shared/data/firms``: Japanese summaries or
English profiles, and the titles of Japanese patents), own names removed. 120 firms are held out, in several splits;
everything is fitted on the others. ``texts, chosen`` is the recipe (which product text, which part of a patent, which
distance) with the best figures of two folds of the training firms, so that no choice has seen the firms that it is
reported on. ``words`` takes all words of the product texts; keywords, which need labels, are fewer. Options:
``data.root=DIR`` (of one country; default: the folders beside the checkout), ``countries=CN,JP``,
``languages=zh,ja,en`` (of the product texts), ``splits=N`` (default: 5), ``test=N`` (default: 120),
``paths.root=DIR`` for what is encoded. Takes about a quarter of an hour on a core.
"""

from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.firm_representations import Representations
from benchmarks.firm_texts import read_firm_texts
from benchmarks.link_methods import METRICS, Outcome, outcomes_of_split
from benchmarks.options import count, refuse_others
from benchmarks.result import report
from ipml.cli.dispatch import open_corpus
from ipml.config import compose_settings
from ipml.console import console, track
from ipml.errors import InputError, choice_error
from ipml.statistics.intervals import percentile_interval, resampling_weights
from ipml.text import open_language
from ipml.text.encoders.kept import KeptTexts
from ipml.text.encoders.universal import open_universal
from ipml.vectors.settings import VectorsSettings

NAME = "technology_to_product"
KINDS = {  # of pages by country and language, the shortest lists of products first
    "CN": {"zh": ["main_products", "main_business", "business_scope"]},
    "JP": {"ja": ["business_summary"], "en": ["profile_en"]},
}
PATENT_LANGUAGES = {"CN": "zh", "JP": "ja"}
FOLDERS = {"CN": "cn_patents", "JP": "firms"}
CHOSEN, PEER = "texts, chosen", "words, ridge"
TARGET = 0.5
N_RESAMPLES = 1000


def run(options: dict[str, str]) -> Measured:
    """Compare the representations; the figure is the smallest share of firms whose own product comes first."""
    countries = options.pop("countries", "CN,JP").split(",")
    languages = options.pop("languages", "zh,ja,en").split(",")
    root = options.pop("data.root", None)
    n_splits, n_test = count(options, "splits", 5), count(options, "test", 120)
    paths = [f"{key}={options.pop(key)}" for key in ["paths.root"] if key in options]
    refuse_others(options, ["data.root", "countries", "languages", "splits", "test", "paths.root"])
    for country in countries:
        if country not in KINDS:
            raise choice_error("countries", country, KINDS)
    if root is not None and len(countries) > 1:
        raise InputError(f"data.root={root}: of one country; give it, as countries=CN")
    figures: list[Figure] = []
    values: dict[str, dict[str, float]] = {}
    hashes, n_firms = [], 0
    for country in countries:
        beside = Path(__file__).resolve().parents[2] / "shared" / "data" / FOLDERS[country]
        overrides = [f"country={country}", "data=corpus", f"data.root={root or beside}", "embeddings=encoder"]
        settings = compose_settings("vectors", [*paths, *overrides, "vectors=texts"])
        assert isinstance(settings, VectorsSettings)
        assert settings.vectors.kind == "texts"
        corpus = open_corpus(settings.data)
        hashes.append(corpus.info.hash)
        encoder = KeptTexts(open_universal(NAME), settings.vectors.cache)
        for language in (code for code in KINDS[country] if code in languages):
            codes = language, PATENT_LANGUAGES[country]
            opened = {code: open_language(settings.embeddings, code) for code in set(codes)}
            texts = read_firm_texts(corpus, country, KINDS[country][language], opened, codes)
            if len(texts) < 2 * n_test:
                raise InputError(
                    f"test={n_test}: {texts.name} has {len(texts)} firms; at most half are allowed"
                )
            read = Representations(texts, encoder, opened)
            outcomes: dict[str, list[Outcome]] = {}
            for seed in track(range(n_splits), f"splits ({texts.name})"):
                order = np.random.default_rng(seed).permutation(len(texts))
                split = np.sort(order[n_test:]), np.sort(order[:n_test])
                for name, outcome in outcomes_of_split(read, *split, seed).items():
                    outcomes.setdefault(name, []).append(outcome)
            table, of_texts, means = summarise(outcomes, len(texts), texts.name, n_test)
            console.print(table)
            for line in dict.fromkeys(one.choice for one in outcomes[CHOSEN]):
                console.print(f"chosen ({texts.name}): {line}", highlight=False)
            figures += of_texts
            values[texts.name] = means
            n_firms += len(texts)
    worst = min(values, key=lambda name: values[name][CHOSEN])
    report(
        NAME,
        value=round(values[worst][CHOSEN], 4),
        unit=f"share of held-out firms whose own product comes first of {n_test}, {worst} (peer: {PEER})",
        target=TARGET,
        peer=round(values[worst][PEER], 4),
        n=n_firms,
        seed=f"splits 0 to {n_splits - 1}",
    )
    return Measured(NAME, figures, f"splits 0 to {n_splits - 1}", ", ".join(hashes))


def summarise(
    outcomes: dict[str, list[Outcome]], n: int, name: str, n_test: int
) -> tuple[Table, list[Figure], dict[str, float]]:
    """Table of means over splits with 95 % intervals over firms, its figures, and the shares of first places.

    A resample draws firms once for all splits and methods: one that is held out in several is drawn in all of them.
    """
    weights = np.vstack([np.ones((1, n)), resampling_weights(n, N_RESAMPLES, seed=0)])
    table = Table(
        "method", *METRICS, title=f"Real {name}: {n} firms, {n_test} held out, {len(outcomes[CHOSEN])} splits"
    )
    figures, first = [], {}
    for method, splits in outcomes.items():
        cells = [method]
        for metric in METRICS:
            if not all(metric in split.metrics for split in splits):
                cells.append("")
                continue
            found = np.mean([split.figure(metric, weights) for split in splits], axis=0)
            low, high = percentile_interval(found[1:])
            cells.append(f"{found[0]:.3f} [{low:.3f}, {high:.3f}]")
            figures.append(Figure(f"{name}/{method}/{metric}", float(found[0]), low, high, n))
            if metric == "first":
                first[method] = float(found[0])
        table.add_row(*cells)
    return table, figures, first
