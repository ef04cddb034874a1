"""Is the hard simulated world as hard as real firms are? Moments of both and of the default world, side by side.

Each moment of ``data=simulated_hard`` (mean over countries, or pairs of languages) is held to those of the real
sources: between the smallest and the largest, or within 20 % beyond. The value is the number of moments that are not.
Options: ``data.root=DIR`` (the folder ``firms`` of the real data; default: beside the checkout), ``seed=N``,
``paths.root=DIR`` and settings of both worlds as ``data.world.min_group=60``.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.keyword_recovery import recall_at_precision
from benchmarks.moment_sources import RealData
from benchmarks.moments import (
    MOMENTS,
    PURITY,
    Alignment,
    Source,
    Vectors,
    accuracy_by_frequency,
    moments_of,
)
from benchmarks.result import report
from benchmarks.training_settings import training_settings
from ipml.cli.dispatch import open_corpus
from ipml.codes import read_codes
from ipml.console import console, track
from ipml.corpus import Corpus
from ipml.settings.groups import Data
from ipml.simulation import Truth, load_truth
from ipml.simulation.concepts import PRODUCT_PAGE

NAME, EXPERIMENT = "hard_moments", "hard_world"
WORLDS = {"default": "simulated", "hard": "simulated_hard"}
MARGIN = 0.2
MOST = {PURITY: 0.9}  # wherever the real ones lie
LOW, HIGH = "smallest", "largest"
Found = dict[str, float]


def run(options: dict[str, str]) -> Measured:
    """Print the moments of the worlds and of the real sources."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "firms"
    root, seed = Path(options.pop("data.root", str(beside))), int(options.pop("seed", "0"))
    overrides = [f"{key}={value}" for key, value in options.items()]
    real = real_moments(RealData(root.absolute()), seed)
    worlds, ceilings = {}, {}
    for name, data in track(WORLDS.items(), "worlds"):
        settings = training_settings(["model=dual_attn", f"data={data}", *overrides]).data
        corpus = open_corpus(settings)
        worlds[name] = mean_moments(simulated_moments(settings, corpus, seed))
        ceilings[name] = word_ceilings(settings, corpus)
    ranges = real_ranges(real.values())
    outside = moments_outside(worlds["hard"], ranges)
    console.print(_table(worlds, ranges, real, outside))
    print(f"outside: {', '.join(outside) or 'none'}")
    for name, of in ceilings.items():
        shown = ", ".join(f"{country} {recall:.3f}" for country, recall in of.items())
        print(f"planted words found by who knows the kinds of pages, {name}: {shown}")
    figures = [
        *(Figure(f"moments/{m}/{name}", of[m]) for name, of in worlds.items() for m in MOMENTS),
        *(Figure(f"moments/{m}/{end}", ranges[m][k]) for m in MOMENTS for k, end in enumerate((LOW, HIGH))),
        *(Figure(f"ceiling/{name}/{c}", value) for name, of in ceilings.items() for c, value in of.items()),
        *(Figure(f"sources/{name}/{m}", value) for name, of in real.items() for m, value in of.items()),
    ]
    report(
        NAME,
        value=len(outside),
        unit=f"moments of the hard world outside of those of the real sources by more than {MARGIN:.0%}",
        target=0,
        n=len(MOMENTS),
        seed=seed,
    )
    return Measured(EXPERIMENT, figures, str(seed), corpus.info.hash)


def real_moments(data: RealData, seed: int) -> dict[str, Found]:
    """Moments of each real source, by its name."""
    found = {source.name: moments_of(source, seed) for source in data.sources()}
    return found | {of.name: accuracy_by_frequency(of) for of in data.alignments()}


def real_ranges(sources: Collection[Found]) -> dict[str, tuple[float, float]]:
    """Smallest and largest value of each moment over the sources that have it."""
    values = {name: [of[name] for of in sources if name in of] for name in MOMENTS}
    return {name: (min(of), max(of)) for name, of in values.items()}


def moments_outside(world: Found, ranges: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names of the moments of a world that are further than a fifth beyond the ends of the real ones."""
    return [
        name
        for name, (low, high) in ranges.items()
        if not (1 - MARGIN) * low <= world[name] <= min((1 + MARGIN) * high, MOST.get(name, np.inf))
    ]


def simulated_moments(settings: Data, corpus: Corpus, seed: int) -> list[Found]:
    """Moments of each country and each pair of languages of a simulated world."""
    root, truth = Path(settings.root), load_truth(settings.root)
    vectors = {code: read_vectors(root / "vectors" / code) for code in truth.rotations}
    found = [moments_of(of_country(country, vectors, corpus, truth), seed) for country in settings.countries]
    for code in vectors:
        if code != settings.reference_language:
            pair = f"{code}-{settings.reference_language}"
            parts = [_pairs(root / "lexicon" / f"{pair}.{part}.tsv") for part in ("train", "test")]
            alignment = Alignment(pair, vectors[code], vectors[str(settings.reference_language)], *parts)
            found.append(accuracy_by_frequency(alignment))
    return found


def word_ceilings(settings: Data, corpus: Corpus) -> Found:
    """Recall of the planted words, at the precision of ``keyword_recovery``, by who knows the kinds of all pages.

    Words of product pages are ranked by how much likelier they are on product pages than on others, over all firms of a
    country: what attention to the right pages can reach by the words alone.
    """
    truth, found = load_truth(settings.root), {}
    vectors = {code: read_vectors(Path(settings.root) / "vectors" / code) for code in truth.rotations}
    planted = truth.firms.set_index("firm_id")["product_words"].map(set)
    for country in settings.countries:
        source = of_country(country, vectors, corpus, truth)
        on_kind: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        n_pages = Counter(kind for of_firm in source.is_product.values() for kind in of_firm)
        for firm, pages in source.pages.items():
            for page, kind in zip(pages, source.is_product[firm], strict=True):
                on_kind[kind].update(set(page))
        pairs = [(firm, word) for firm, words in source.products.items() for word in sorted(set(words))]
        pairs = [(firm, word) for firm, word in pairs if word in source.vectors.rows]
        shares = [
            [(on_kind[kind][word] + 0.5) / (n_pages[kind] + 1) for _, word in pairs] for kind in on_kind
        ]
        is_planted = np.array([word in planted[firm] for firm, word in pairs])
        n_planted = sum(len(planted[firm]) for firm in source.pages)
        scores = np.log(shares[0]) - np.log(shares[1])
        found[country], _ = recall_at_precision(scores, is_planted, n_planted, np.ones(len(pairs)))
    return found


def mean_moments(parts: Sequence[Found]) -> Found:
    """Mean of each moment over the parts of a world that have it."""
    return {name: float(np.mean([of[name] for of in parts if name in of])) for name in MOMENTS}


def of_country(country: str, vectors: Mapping[str, Vectors], corpus: Corpus, truth: Truth) -> Source:
    """Read a country of a simulated world; its product texts are its product pages."""
    code = str(read_codes("country")[country]["language"])
    source = Source(country, vectors[code])
    ids = truth.firms["firm_id"][truth.firms["country"] == country].tolist()
    kinds = truth.pages.set_index("url")["kind"]
    pages = corpus.pages(ids, code).to_pandas()
    for firm, url, text in zip(pages["firm_id"], pages["url"], pages["text"], strict=True):
        source.pages[firm].append(text.split())
        source.is_product[firm].append(kinds[url] == PRODUCT_PAGE)
    for firm, of_firm in source.pages.items():
        marked = zip(of_firm, source.is_product[firm], strict=True)
        source.products[firm] = [word for page, is_product in marked if is_product for word in page]
    patents = corpus.patents(ids, code).to_pandas()
    texts = patents["title"] + " " + patents["abstract"]
    for firm, of_firm in texts.groupby(patents["firm_id"]):
        source.add_patents(firm, (text.split() for text in of_firm))
    labels = truth.firms.set_index("firm_id")["has_patent"]
    source.has_patent = {firm: bool(labels[firm]) for firm in source.pages}
    return source


def read_vectors(folder: Path) -> Vectors:
    """Read the vectors of a language of a simulated world."""
    words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")
    return Vectors({word: row for row, word in enumerate(words)}, np.load(folder / "vectors.npy"))


def _pairs(path: Path) -> list[tuple[str, str]]:
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return [(source, target) for source, target in rows]


def _table(
    worlds: Mapping[str, Found],
    ranges: Mapping[str, tuple[float, float]],
    real: Mapping[str, Found],
    outside: Sequence[str],
) -> Table:
    table = Table(
        "moment", *worlds, LOW, HIGH, *real, title="Moments of simulated worlds and of real sources"
    )
    for name in MOMENTS:
        values = [*(of[name] for of in worlds.values()), *ranges[name]]
        cells = [f"{value:.3g}" for value in values]
        cells += [f"{of[name]:.3g}" if name in of else "" for of in real.values()]
        table.add_row(f"{name} (outside)" if name in outside else name, *cells)
    return table
