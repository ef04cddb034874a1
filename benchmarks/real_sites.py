"""Page attention on whole real sites: how much of its weight lies on product and service pages.

Networks learn from sites that are mixed (`benchmarks.site_mixes`): product texts of labelled Japanese and Chinese
firms among news, recruiting, investor, privacy, contact and company pages of real sites. They weigh the pages of
whole sites, menus and footers in them, of firms that no page of the mixes is from. Word attention weighs phrases:
what stands between line ends and punctuation, as the multilingual encoder reads it. Half of the sites (development)
was for all choices, the figure is that of the other half (left out). What a page is about is a rule of the data's on
path and title, so a prior from path and title cannot be judged here; a corrected rule (`benchmarks.site_pages`)
stands beside.

Options: ``data.root=DIR`` (sites), ``firms.root=DIR``, ``wikipedia.root=DIR``, ``cn_patents.root=DIR`` (default: the
folders beside the checkout), ``languages=ja,zh``, ``firms=N`` (labelled firms of a language; default: 400),
``networks=N`` (whose page weights are averaged; default: 5), ``mention=SHARE`` (of each other page; default: .2),
``parts=left out,development`` (of the sites; the
figure is of the first), ``compare=yes`` (the other set-ups, on the development sites),
``embeddings=NAME``, ``seed=N``, ``paths.root=DIR`` and any ``model.…=VALUE``. Takes about ten minutes on one core when
no phrase has been encoded yet, five later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others, switch
from benchmarks.page_figures import PageTruth, within_firm_auc
from benchmarks.page_shares import page_shares
from benchmarks.result import report
from benchmarks.site_mixes import read_labelled
from benchmarks.site_pages import DEVELOPMENT, LEFT_OUT, deal_sites, read_whole_sites
from benchmarks.site_setups import CHOSEN, SETUPS, Judged, Task, page_weights, together
from benchmarks.training_settings import training_settings
from ipml.console import console
from ipml.errors import choice_error
from ipml.statistics.intervals import Bootstrap
from ipml.text import open_language

NAME = "real_sites"
TARGET = 2.0
LANGUAGES = ("ja", "zh")
PARTS = (LEFT_OUT, DEVELOPMENT)
SHOWN = {
    "": ("ratio", "over designers", "by words", "AUC within firm"),
    ", corrected": ("ratio", "AUC within firm"),
}
BOOTSTRAP = Bootstrap(resamples=2000, level=0.95, seed=0)
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
ROOTS = {"data": "sites", "firms": "firms", "wikipedia": "jp_wikipedia", "cn_patents": "cn_patents"}
OPTIONS = (
    "languages",
    "firms",
    "networks",
    "mention",
    "parts",
    "compare",
    "embeddings",
    "seed",
    "paths.root",
    "model.…",
)


def run(options: dict[str, str]) -> Measured:
    """Print a table for each language and part; the figure is the smallest ratio on the sites left out."""
    roots = {name: Path(options.pop(f"{name}.root", _BESIDE / folder)) for name, folder in ROOTS.items()}
    languages = _choices(options, "languages", LANGUAGES)
    parts = _choices(options, "parts", PARTS)
    n_firms, n_networks = count(options, "firms", 400), count(options, "networks", 5)
    mention = float(options.pop("mention", "0.2"))
    compare = switch(options, "compare", default=True)
    embeddings, seed = options.pop("embeddings", "encoder"), int(options.pop("seed", "0"))
    own = [f"{key}={options.pop(key)}" for key in list(options) if key.startswith(("model.", "paths.root"))]
    refuse_others(options, [*(f"{name}.root" for name in ROOTS), *OPTIONS])
    data = ["data=corpus", f"data.root={roots['firms']}", f"embeddings={embeddings}", "country=JP"]
    settings = training_settings(["model=dual_attn", *data, f"seed={seed}", *own])
    figures: list[Figure] = []
    found = []
    for language in languages:
        sites = read_whole_sites(roots["data"], language)
        labelled = read_labelled(language, roots, list(sites))
        dealt = deal_sites(sites, seed=0)
        chosen: list[Judged] = []
        vectors = open_language(settings.embeddings, language)
        for part in parts:
            task = Task(
                language, vectors, sites, dealt[part], labelled, settings, n_firms, n_networks, mention
            )
            names = list(SETUPS) if compare and part == DEVELOPMENT else [CHOSEN]
            rows = [
                judged for name in names for judged in page_weights(task, name, with_controls=name == CHOSEN)
            ]
            table, measured = measure(f"{language}, {part}", rows)
            console.print(table)
            figures += measured
            chosen.append(rows[0])
            if part == parts[0]:
                found.append(next(figure for figure in measured if figure.name.endswith(f"/{CHOSEN}/ratio")))
        if len(parts) > 1:
            table, measured = measure(f"{language}, both parts", [together(chosen)])
            console.print(table)
            figures += measured
    worst = min(found, key=lambda figure: figure.value or 0)
    report(
        NAME,
        value=round(worst.value or 0, 4),
        unit=f"smallest ratio of {' and '.join(languages)} on {parts[0]} sites: share of page weight on product and "
        f"service pages by their share of the pages, 95 % interval [{worst.low:.2f}, {worst.high:.2f}]",
        target=TARGET,
        n=sum(figure.n or 0 for figure in found),
        seed=seed,
    )
    return Measured("attention", figures, str(seed))


def measure(where: str, rows: Sequence[Judged]) -> tuple[Table, list[Figure]]:
    """Table and figures of the page weights of one language and part."""
    pages = rows[0].pages
    truths = {"": rows[0].truth(corrected=False), ", corrected": rows[0].truth(corrected=True)}
    table = Table(
        "page weight", *(f"{column}{title}" for title in truths for column in SHOWN[title]),
        title=f"{where}: {int(truths[''].has_both.sum())} whole sites, {len(pages)} pages",
    )  # fmt: skip
    figures: list[Figure] = []
    for judged in rows:
        cells = []
        for title, truth in truths.items():
            of_truth = list(figures_of(judged, truth))
            figures += [
                replace(figure, name=f"sites/{where}/{judged.name}/{figure.name}{title}")
                for figure in of_truth
            ]
            shown_by_name = {figure.name: _shown(figure) for figure in of_truth}
            cells += [shown_by_name.get(column, "") for column in SHOWN[title]]
        table.add_row(judged.name, *cells)
    highest = []
    for title, truth in truths.items():
        ones = np.ones(len(pages))
        value, n = page_shares(truth, ones, ones).highest, int(truth.has_both.sum())
        figures.append(Figure(f"sites/{where}/highest/ratio{title}", value, n=n, unit="ratio"))
        highest += [f"{value:.2f}", *("" for _ in SHOWN[title][1:])]
    table.add_row("all weight on product pages", *highest)
    return table, figures


def figures_of(judged: Judged, truth: PageTruth) -> Iterator[Figure]:
    """Yield the ratio by pages with its interval over firms and over designers, the ratio by words, and the AUC.

    Of several sets of weights the ratio's ends are the lowest and the highest.
    """
    areas = [float(np.nanmean(within_firm_auc(truth, weights))) for weights in judged.weights]
    several = [page_shares(truth, weights, np.ones(len(weights))) for weights in judged.weights]
    if len(several) > 1:
        ratios = [shares.ratio for shares in several]
        yield Figure("ratio", float(np.mean(ratios)), min(ratios), max(ratios), len(ratios), "ratio")
    else:
        for name, clusters in (("ratio", None), ("over designers", judged.designers(truth))):
            value, low, high, n = several[0].interval(BOOTSTRAP, clusters)
            if low == low and (clusters is None or n < len(clusters)):  # enough of them, and some alike
                yield Figure(name, value, low, high, n, "ratio")
        by_words = page_shares(truth, judged.weights[0], judged.lengths).ratio
        yield Figure("by words", by_words, n=len(several[0].pages), unit="ratio")
    yield Figure("AUC within firm", float(np.mean(areas)), n=int(truth.has_both.sum()))


def _shown(figure: Figure) -> str:
    ends = "" if figure.low is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{figure.value:.2f}{ends}"


def _choices(options: dict[str, str], key: str, allowed: Sequence[str]) -> list[str]:
    """Take a list of choices, separated by commas, out of the options."""
    chosen = options.pop(key, ",".join(allowed)).split(",")
    for each in chosen:
        if each not in allowed:
            raise choice_error(key, each, allowed)
    return chosen
