"""How the clustered version of the angle does with few clusters: size of its test at an angle of 0, and coverage.

Worlds of `benchmarks.reduced_worlds` in which both groups share the same few industries and 30 % of the noise is an
effect of the industry, in each group anew; both groups are small. How many clusters of equal size tell as much stands
beside their number. Options: ``worlds=N``, ``clusters=1,2,3,...``,
``firms=N`` of each group, ``degrees=0,20``, ``workers=N`` and the settings of the worlds. It chose
`ipml.evaluation.estimates.sample.MIN_CLUSTERS`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from rich.table import Table

from benchmarks.angle_coverage import GROUP, INDUSTRY_MEAN, MIN_INDUSTRY, clustered, errors_of
from benchmarks.figures import Figure, Measured, share
from benchmarks.options import count, numbers, refuse_others, settings_from
from benchmarks.reduced_worlds import ReducedWorld, Settings
from benchmarks.result import report
from ipml.console import console, track
from ipml.evaluation.estimates.contrast import contrast
from ipml.evaluation.estimates.noise import noise_moments
from ipml.evaluation.estimates.sample import MIN_CLUSTERS
from ipml.statistics.angles import degrees_of_squared_chord

NAME = "few_clusters"
DIMENSION, EFFECT = 50, 0.3  # unless the options say otherwise


def run(options: dict[str, str]) -> Measured:
    """Print size, coverage and error for each number of clusters; the figure is the size at the least allowed one."""
    worlds, workers = count(options, "worlds", 200), count(options, "workers", 1)
    clusters, firms = numbers(options, "clusters", "1,2,3,4,5,6,15"), count(options, "firms", 68)
    degrees = numbers(options, "degrees", "0,20")
    given = {"dimension": str(DIMENSION), "industry_effect": str(EFFECT)} | options
    settings = settings_from(given, Settings)
    refuse_others(
        given, ["worlds", "clusters", "firms", "degrees", "workers", *Settings.__dataclass_fields__]
    )
    rows: list[dict[str, float | str]] = []
    with ProcessPoolExecutor(workers) as pool:
        for number in clusters:
            of_number = replace(settings, industries=number)
            in_world = partial(angles_of_world, settings=of_number, n=firms, degrees=degrees)
            for found in track(pool.map(in_world, range(worlds)), f"worlds with {number} clusters", worlds):
                rows += found
    table = pd.DataFrame(rows)
    console.print(_shown(table))
    allowed = table[(table["effective"] >= MIN_CLUSTERS) & (table["degrees"] == 0)]
    sizes = allowed.groupby("level")["rejected"].mean()
    report(
        NAME,
        value=round(float(sizes.max()), 3),
        unit=f"largest share of rejections at 5 % of a true angle of 0, with {MIN_CLUSTERS} effective clusters or more",
        target=0.1,
        n=worlds,
        seed=f"0 to {worlds - 1}",
    )
    return Measured("estimand", list(figures_of(table, firms)), f"0 to {worlds - 1}")


def figures_of(table: pd.DataFrame, firms: int) -> Iterator[Figure]:
    """Yield share of rejections, what is read, and width, of whole groups; as the page names them."""
    for _, rows in table[table["level"] == GROUP].groupby(["degrees", "clusters"]):
        degrees, clusters = (int(rows[key].iloc[0]) for key in ("degrees", "clusters"))
        column = f"{clusters} ({rows['effective'].mean():.1f})"
        said = "“same A” rejected at 0°" if degrees == 0 else f"{degrees}° found"
        yield share(f"few clusters/{firms} firms: {said}/{column}", rows["rejected"])
        if degrees > 0:
            read = float(degrees + rows["debiased"].mean())
            width = float(rows["width"].mean())
            n = len(rows)
            yield Figure(f"few clusters/{firms} firms: {degrees}° reads/{column}", read, n=n, unit="degrees")
            yield Figure(
                f"few clusters/{firms} firms: width at {degrees}°/{column}", width, n=n, unit="degrees"
            )


def angles_of_world(
    seed: int, settings: Settings, n: int, degrees: Sequence[int]
) -> list[dict[str, float | str]]:
    """Clustered estimates of one world at every true angle, of whole groups and over industries."""
    world = ReducedWorld(settings, [seed, n])
    technologies, of_second = world.technologies(n, first=False)
    second = clustered(world.sample(technologies, world.noise(of_second), world.matrix), of_second)
    technologies, of_first = world.technologies(n, first=True)
    noise = world.noise(of_first)
    sizes = np.minimum(*(np.bincount(of, minlength=settings.industries) for of in (of_first, of_second)))
    present = np.flatnonzero(sizes >= MIN_INDUSTRY)
    cells = [np.arange(n), *(np.flatnonzero(of_first == industry) for industry in present)]
    levels = {GROUP: [0], INDUSTRY_MEAN: list(range(1, len(cells)))}
    rows: list[dict[str, float | str]] = []
    for angle in degrees:
        matrix = world.turned(angle)
        first = clustered(world.sample(technologies, noise, matrix), of_first)
        of_cells = contrast((first, second), 0, cells)
        fewest = min(first.effective_clusters, second.effective_clusters)
        of_world = {"clusters": settings.industries, "effective": fewest}
        chords = world.true_chords(matrix)
        true = {GROUP: chords[0], INDUSTRY_MEAN: chords[1 + present].mean() if len(present) else 0.0}
        for level, taken in levels.items():
            if taken:
                found = errors_of(
                    noise_moments(of_cells.take(taken)), float(degrees_of_squared_chord(true[level]))
                )
                rows.append({**of_world, "level": level, "degrees": angle, **found})
    return rows


def _shown(table: pd.DataFrame) -> Table:
    shown = Table(title="Clustered angle by the number of clusters (simulated)")
    for header in ("level", "true", "clusters", "effective", "covered", "error", "width", "same A rejected"):
        shown.add_column(header)
    for (level, degrees, clusters), rows in table.groupby(["level", "degrees", "clusters"]):
        means = rows[["effective", "covered", "debiased", "width", "rejected"]].mean()
        figures = [f"{means['covered']:.3f}", f"{means['debiased']:+.2f}", f"{means['width']:.1f}"]
        name = (str(level), str(degrees), str(clusters), f"{means['effective']:.1f}")
        shown.add_row(*name, *figures, f"{means['rejected']:.3f}")
    return shown
