"""Product pages found by the page weight: in the simulated world, and in sites mixed from real text.

Networks learn from patents yes or no alone; each firm's pages are weighed by a network that has not seen the firm.
Options: ``parts=simulated,real``, ``seeds=N`` (shuffled labels, and untrained networks; default: 5),
``data.root=DIR`` (real firms; default: the folder beside the checkout), ``embeddings=NAME`` (of the real part;
default: ``glove``), ``mention=SHARE`` (words of the firm's product pages on its other pages; default: .2),
``paths.root=DIR``, and any ``model.…=VALUE``, to try other networks. Takes about ten minutes on one core.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.options import count
from benchmarks.page_figures import (
    AUC,
    FIGURES,
    KEPT,
    POOLED,
    PageTruth,
    auc_by_kind,
    page_figures,
    page_intervals,
)
from benchmarks.page_worlds import World, mixed_world, simulated_world
from benchmarks.result import report
from ipml.codes import code_names
from ipml.console import console
from ipml.dual_attention.bundle import Bundle, FoldModel, SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.network.standardisation import fit_standardisation
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import InputError, choice_error
from ipml.statistics.classification import classification_metrics

NAME = "page_recovery"
PARTS = ("simulated", "real")
TARGET_AUC, MOST_KEPT = 0.95, 0.5
N_RESAMPLES = 1000
OPTIONS = {
    "parts": ",".join(PARTS), "seeds": "5", "embeddings": "glove", "mention": "0.2",
    "data.root": str(Path(__file__).resolve().parents[2] / "shared" / "data" / "firms"),
}  # fmt: skip


def run(options: dict[str, str]) -> Measured:
    """Print a table for each world; the figure is the smallest AUC, within firm or pooled."""
    paths = [f"{key}={options.pop(key)}" for key in ["paths.root"] if key in options]
    network = [f"{key}={options.pop(key)}" for key in list(options) if key.startswith("model.")]
    for key in options:
        if key not in OPTIONS:
            raise choice_error("option", key, [*OPTIONS, "paths.root", "model.…"])
    chosen = OPTIONS | options
    n_seeds = count(chosen, "seeds", 5)
    mention = _number("mention", chosen["mention"], 0, 0.9)
    parts = chosen["parts"].split(",")
    for part in parts:
        if part not in PARTS:
            raise choice_error("parts", part, PARTS)
    if "real" in parts and not Path(chosen["data.root"]).is_dir():
        console.print(f"[bold red]real part skipped:[/] data.root={chosen['data.root']} does not exist")
        parts.remove("real")
    common = [*paths, "model=dual_attn", *network]
    worlds = [simulated_world(country, common) for country in code_names("country") if "simulated" in parts]
    if "real" in parts:
        real = ["country=JP", "data=corpus", f"data.root={chosen['data.root']}"]
        worlds.append(mixed_world([*common, *real, f"embeddings={chosen['embeddings']}"], mention))
    if not worlds:
        raise InputError(f"data.root={chosen['data.root']}: no such folder, and no other part was asked for")
    found, of_worlds = zip(*(measure(world, n_seeds) for world in worlds), strict=True)
    kept = max(figures[KEPT] for figures in found)
    report(
        NAME,
        value=round(min(min(figures[AUC], figures[POOLED]) for figures in found), 4),
        unit=f"smallest page AUC, within firm or pooled, on {' and '.join(parts)} sites; most pages kept: "
        f"{kept:.0%} (allowed: {MOST_KEPT:.0%})",
        target=TARGET_AUC,
        n=sum(len(world.sites) for world in worlds),
        seed=f"0; controls 0 to {n_seeds - 1}",
    )
    figures = [figure for of_world in of_worlds for figure in of_world]
    return Measured("attention", figures, f"0; controls 0 to {n_seeds - 1}")


def measure(world: World, n_seeds: int) -> tuple[dict[str, float], list[Figure]]:
    """Print a world's figures, with intervals, beside controls, and against each kind of page; return them."""
    sites, labels, truth = world.sites, world.labels, world.truth
    counted = f"{len(sites)} firms, {len(truth.is_product)} pages, {truth.is_product.mean():.0%} on products"
    table = Table("page weight", *FIGURES, "AUC, patents", title=f"{world.title}: {counted}")
    scores = trained(world, labels, "labels")
    figures = page_figures(truth, scores.page_weights)
    intervals = page_intervals(truth, scores.page_weights, N_RESAMPLES, world.settings.seed)
    cells = [f"{figures[name]:.3f} [{low:.3f}, {high:.3f}]" for name, (low, high) in intervals.items()]
    area = classification_metrics(labels > 0, scores.probabilities)["auc"]
    table.add_row("dual attention", *cells, f"{area:.3f}")
    of_world = world.title.partition(",")[0]
    kept = [
        Figure(f"pages/{name}/{of_world}", figures[name], *ends, len(sites), "share")
        for name, ends in intervals.items()
    ]
    for name, weights in controls(world, n_seeds).items():
        table.add_row(name, *spread_cells(truth, weights), "")
        areas = [page_figures(truth, own)[AUC] for own in weights]
        control = name.partition(",")[0]
        kept.append(
            Figure(f"pages/{control}/{of_world}", float(np.mean(areas)), min(areas), max(areas), len(areas))
        )
    console.print(table)
    console.print(kind_table(auc_by_kind(truth, world.kinds, scores.page_weights)))
    return figures, kept


def controls(world: World, n_seeds: int) -> dict[str, list[npt.NDArray[np.floating]]]:
    """Page weights that know nothing of the labels, by name; those with chance in them once a seed."""
    seeds = range(n_seeds)
    shuffled = [np.random.default_rng(seed).permutation(world.labels) for seed in seeds]
    length = np.asarray(world.sites.counts.sum(axis=1)).ravel()
    return {
        f"shuffled labels, {n_seeds}": [
            trained(world, own, f"shuffled {seed + 1}").page_weights for seed, own in enumerate(shuffled)
        ],
        f"untrained, {n_seeds}": [
            untrained(world.sites, world.settings, seed).score(world.sites).page_weights for seed in seeds
        ],
        "length of the page": [length],
        f"random, {n_seeds}": [np.random.default_rng(seed).random(len(length)) for seed in seeds],
    }


def trained(world: World, labels: npt.NDArray[np.float32], description: str) -> SiteScores:
    """Scores of networks that were cross-fitted to some labels."""
    line = f"{world.title.partition(';')[0]}, {description}"
    settings = world.settings
    bundle = cross_fit(world.sites, labels, settings.model, settings.trainer, settings.seed, description=line)
    return bundle.score(world.sites)


def untrained(sites: Sites, settings: DualAttentionTraining, seed: int) -> Bundle:
    """Make a bundle of one network with random queries; from queries of zero all pages would weigh the same.

    Parameters
    ----------
    sites
        Whose words and pages it is standardised by.
    """
    options = {**settings.model.network.model_dump(), "zero_start": False}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = DualAttentionNetwork(sites.vectors.shape[1], len(sites.words), **options).eval()
    if network.standardise:
        pages = np.arange(sites.counts.shape[0])
        network.set_standardisation(fit_standardisation(sites.counts, pages, sites.vectors))
    return Bundle([FoldModel(network)], {}, list(sites.words), np.zeros(0, np.int64))


def spread_cells(truth: PageTruth, weights: Iterable[npt.NDArray[np.floating]]) -> list[str]:
    """Mean of each figure over several page weights, and in brackets from where to where."""
    found = [page_figures(truth, own) for own in weights]
    cells = []
    for name in FIGURES:
        values = [figures[name] for figures in found]
        several = f" ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
        cells.append(f"{np.mean(values):.3f}{several}")
    return cells


def kind_table(found: Mapping[str, tuple[float, int]]) -> Table:
    """Table of the AUC within firm against each kind of page."""
    table = Table("other pages", AUC, "pages")
    for kind, (area, n_pages) in found.items():
        table.add_row(kind, f"{area:.3f}", str(n_pages))
    return table


def _number(key: str, text: str, low: float, high: float) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise InputError(f"{key}={text}: a number from {low:g} to {high:g} is needed") from error
    if not low <= number <= high:
        raise InputError(f"{key}={text}: {low:g} to {high:g} is needed")
    return number
