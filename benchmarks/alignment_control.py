"""Is the alignment control the angle that the alignment makes of groups that convert alike.

Worlds without any difference of conversion, at word level: product words as planted, no attention in between; the
dictionaries and the registered alignment are those of the world. The errors of word vectors set the accuracy@1 of the
alignment, which is printed. Each pair of countries, firms ``established``: cross angle, whose truth is 0, and control,
both debiased, with calibrated vectors and as published.

Options: ``firms=400`` (of each group), ``seeds=2``, ``noises=1.9,1.4,1.1`` (errors of word vectors, words having
length 1), ``root=DIR`` (default: a temporary folder).
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.table import Table
from scipy import sparse

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.result import report
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.registered import AlignedLanguage, open_aligned_language
from ipml.alignment.stage import train
from ipml.cli.dispatch import open_corpus
from ipml.config import compose_settings
from ipml.console import console, track
from ipml.errors import InputError
from ipml.evaluation.estimates.alignment_control import averaged, combined_angle, control, two_versions
from ipml.evaluation.estimates.contrast import both_directions, contrast
from ipml.evaluation.estimates.inference import debiased_squared_chord
from ipml.evaluation.estimates.noise import noise_moments
from ipml.evaluation.estimates.plug_in import industry_cells
from ipml.evaluation.estimates.sample import Sample
from ipml.evaluation.read_words import own_vectors
from ipml.evaluation.rows.alignment_control import mean_vectors, turned_round
from ipml.settings import WorldSettings
from ipml.simulation import WorldCodes, read_world_codes
from ipml.simulation.content import Content, draw_content
from ipml.simulation.languages import PlantedLanguage
from ipml.simulation.plan import draw_plan
from ipml.statistics.angles import degrees_of_squared_chord
from ipml.statistics.ridge_strength import choose_strength
from ipml.tracking import Workspace

NAME = "alignment_control"
TARGET = 3.0
_TYPE = 1  # established
_MIN_INDUSTRY_FIRMS = 5


@dataclass(frozen=True)
class Group:
    """Firms of one country: weights of product words and patent words (n, w), and their industries."""

    country: str
    code: str
    weights: tuple[sparse.csr_matrix, sparse.csr_matrix]
    words: list[str]
    industries: list[str]


def run(options: dict[str, str]) -> Measured:
    """Print cross angle and control; the figure is the largest mean difference of the two over the accuracies."""
    n_firms, n_seeds = count(options, "firms", 400), count(options, "seeds", 2)
    noises = [_number(text) for text in options.pop("noises", "1.9,1.4,1.1").split(",")]
    root = options.pop("root", None)
    refuse_others(options, ["firms", "seeds", "noises", "root"])
    rows = []
    with ExitStack() as stack:
        folder = Path(root or stack.enter_context(tempfile.TemporaryDirectory())).absolute()
        worlds = [(noise, seed) for noise in noises for seed in range(n_seeds)]
        for noise, seed in track(worlds, "planted worlds"):
            rows += list(measured(folder, n_firms, noise, seed))
    table = pd.DataFrame(rows)
    console.print(shown(table))
    calibrated = table[table["calibrated"]].groupby("noise")["difference"].mean()
    published = table[~table["calibrated"]].groupby("noise")["difference"].mean()
    report(
        NAME,
        value=round(float(calibrated.max()), 3),
        unit="degrees, |control - cross angle|, mean over pairs, largest over accuracies (peer: not calibrated)",
        target=TARGET,
        peer=round(float(published.max()), 3),
        n=len(table) // 2,
        seed=f"0-{n_seeds - 1}",
    )
    return Measured("estimand", list(figures_of(table)), f"0 to {n_seeds - 1}")


def figures_of(table: pd.DataFrame) -> Iterator[Figure]:
    """Yield cross angle, control and their difference of each pair at each accuracy, means over the seeds."""
    for (noise, calibrated, pair), rows in table.groupby(["noise", "calibrated", "pair"], sort=False):
        kind = "calibrated" if calibrated else "as published"
        where = f"alignment control/noise {noise:g}, {kind}, {pair}"
        yield Figure(f"{where}/accuracy@1", float(rows["accuracy"].mean()), n=len(rows), unit="share")
        for column in ("cross", "control", "difference"):
            values = rows[column]
            ends = float(values.min()), float(values.max())
            yield Figure(f"{where}/{column}", float(values.mean()), *ends, len(rows), "degrees")


def measured(folder: Path, n_firms: int, noise: float, seed: int) -> Iterator[dict[str, object]]:
    """Rows of one world: accuracy@1, cross angle and control of each pair of countries, calibrated or not."""
    overrides = [
        f"paths.root={folder}",
        f"data.world.seed={seed}",
        f"data.world.languages.noise={noise}",
        "data.world.scale=0",
        "data.world.min_group=1",
        "data.world.min_without_patents=0",
        "data.world.conversion.country_angle=0",
        "data.world.conversion.firm_type_angle=0",
    ]
    accuracy = np.mean([_align(country, overrides) for country in ("JP", "CN")])
    of_vectors: Any = compose_settings("vectors", overrides)
    data = of_vectors.data
    # The same world with more firms, which need no texts on disk.
    settings = data.world.model_copy(update={"min_group": n_firms})
    codes = read_world_codes(data.countries, data.firm_types, of_vectors.reference_language)
    groups = {group.country: group for group in read_groups(settings, codes)}
    for calibrated in (True, False):
        of_words = of_vectors.model_copy(update={"calibrated": calibrated})
        workspace = Workspace(of_words)
        spaces = {code: open_aligned_language(of_words, workspace, code) for code in codes.word_forms}
        dictionaries = _dictionaries(settings, codes)
        for first, second in combinations(codes.countries, 2):
            pair = groups[first], groups[second]
            cross = cross_angle(pair, spaces)
            of_alignment = control_angle(pair, spaces, dictionaries, seed)
            yield {
                "noise": noise,
                "accuracy": accuracy,
                "calibrated": calibrated,
                "pair": f"{first}-{second}",
                "cross": cross,
                "control": of_alignment,
                "difference": abs(of_alignment - cross),
            }


def read_groups(settings: WorldSettings, codes: WorldCodes) -> Iterator[Group]:
    """Draw the established firms of each country: product words of their product pages, words of their patents."""
    content = draw_content(draw_plan(settings, codes))
    for number, (country, code) in enumerate(codes.languages.items()):
        language, firms = content.plan.languages[code], content.firms
        members = np.flatnonzero((firms.country == number) & (firms.firm_type == _TYPE) & firms.has_patent)
        weights = _product_words(content, country, language), _patent_words(content, country, language)
        names = [f"industry-{industry}" for industry in firms.industry[members]]
        yield Group(country, code, (weights[0][members], weights[1][members]), language.words, names)


def cross_angle(pair: tuple[Group, Group], spaces: dict[str, AlignedLanguage]) -> float:
    """Debiased angle of two groups, mean over industries and directions."""
    samples = []
    for group in pair:
        vectors, known = _vectors(spaces[group.code], group.words)
        P, T = (two_versions(weights, vectors, vectors, known).own for weights in group.weights)
        samples.append(Sample(P, T, np.ones(len(P), dtype=bool), choose_strength(T, P).value))
    by_industry = [industry_cells(group.industries, _MIN_INDUSTRY_FIRMS) for group in pair]
    common = sorted(by_industry[0].keys() & by_industry[1].keys())
    cells = [[of_group[name] for name in common] for of_group in by_industry]
    first, second = samples
    both = both_directions(*(contrast((first, second), side, cells[side]) for side in (0, 1)))
    return float(degrees_of_squared_chord(debiased_squared_chord(noise_moments(both))))


def control_angle(
    pair: tuple[Group, Group], spaces: dict[str, AlignedLanguage], dictionaries: dict[str, Lexicon], seed: int
) -> float:
    """Debiased control of two groups, mean over industries and directions; as ``ipml evaluate`` puts it together."""
    through_reference = all(group.code in dictionaries for group in pair)
    parts = []
    for own, other in (pair, pair[::-1]):
        if own.code in dictionaries:
            lexicon, space = dictionaries[own.code], spaces["en"]
        else:
            lexicon, space = turned_round(dictionaries[other.code]), spaces[other.code]
        translations = lexicon.translations()
        translated, known = mean_vectors([translations.get(word, []) for word in own.words], space)
        vectors, has_vector = _vectors(spaces[own.code], own.words)
        products, patents = (
            two_versions(weights, vectors, translated, known & has_vector) for weights in own.weights
        )
        how = (own.industries, _MIN_INDUSTRY_FIRMS, seed)
        both = [control(products, patents, *how), control(products.swapped(), patents.swapped(), *how)]
        controls = [one["industry_mean"] for one in both]
        parts.append((1.0, averaged(controls)) if through_reference else (0.5, controls[0]))
    return combined_angle(parts, 0.95).debiased.degrees


def shown(table: pd.DataFrame) -> Table:
    """Mean of each pair over the seeds."""
    title = "Same conversion everywhere: debiased angles in degrees (simulated)"
    printed = Table("accuracy@1", "vectors", "pair", "cross", "control", "|difference|", title=title)
    keys = ["noise", "calibrated", "pair"]
    for (_, calibrated, pair), rows in table.groupby(keys, sort=False):
        means = rows[["accuracy", "cross", "control", "difference"]].mean()
        cells = [f"{means[name]:.1f}" for name in ("cross", "control", "difference")]
        kind = "calibrated" if calibrated else "as published"
        printed.add_row(f"{means['accuracy']:.2f}", kind, str(pair), *cells)
    return printed


def _align(country: str, overrides: list[str]) -> float:
    """Train and register the alignment of a country's language; returns accuracy@1 on its test words."""
    settings: Any = compose_settings("train", ["model=alignment", f"country={country}", *overrides])
    workspace = Workspace(settings)
    train(settings, workspace, open_corpus(settings.data))
    pair = f"{settings.language}-{settings.reference_language}"
    return workspace.find_run("alignment", pair=pair).metrics["test/accuracy_at_1"]


def _product_words(content: Content, country: str, language: PlantedLanguage) -> sparse.csr_matrix:
    """Each distinct product word on a firm's product pages counts once: shape (firms of all countries, w)."""
    texts = content.texts[country]
    page = texts.pages.rows()
    is_product = np.isin(language.topic, content.plan.concepts.topics_of("product"))
    kept = (texts.page_kind[page] == 0) & is_product[texts.pages.ids]
    counts = _counted(texts.page_firm[page[kept]], texts.pages.ids[kept], content, language)
    counts.data[:] = 1.0
    return _rows_to_one(counts)


def _patent_words(content: Content, country: str, language: PlantedLanguage) -> sparse.csr_matrix:
    """Words of a firm's abstracts: shape (firms of all countries, w)."""
    texts = content.texts[country]
    firm = texts.patent_firm[texts.abstracts.rows()]
    return _rows_to_one(_counted(firm, texts.abstracts.ids, content, language))


def _counted(
    firm: npt.NDArray[np.int64], word: npt.NDArray[np.int64], content: Content, language: PlantedLanguage
) -> sparse.csr_matrix:
    shape = len(content.firms.firm_id), len(language.words)
    return sparse.coo_matrix((np.ones(len(firm)), (firm, word)), shape=shape).tocsr()


def _rows_to_one(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    sums = np.asarray(counts.sum(axis=1)).ravel()
    return (sparse.diags(1 / np.maximum(sums, 1)) @ counts).tocsr()


def _vectors(
    space: AlignedLanguage, words: list[str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Vectors of all words, zeros where there is none, and which have one."""
    known, _ = space.language.vectors.select(words)
    found = own_vectors(space, [word for word, has in zip(words, known, strict=True) if has])
    vectors = np.zeros((len(words), found.shape[1]))
    vectors[known] = found
    return vectors, known


def _dictionaries(settings: WorldSettings, codes: WorldCodes) -> dict[str, Lexicon]:
    """Both parts of the dictionary of each language with English."""
    plan = draw_plan(settings, codes)
    return {
        pair.split("-")[0]: Lexicon(
            tuple(
                (str(source), str(target))
                for part in parts
                for source, target in part[["source", "target"]].itertuples(index=False)
            )
        )
        for pair, parts in plan.dictionaries.items()
    }


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value > 0:
        raise InputError(f"noises={text}: numbers above 0, separated by commas, are needed")
    return value
