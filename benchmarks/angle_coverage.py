"""How often the 95 % intervals of the debiased angle hold the planted one, in worlds of reduced form.

Each world has a first group of 1,153 firms and a second whose A is estimated from 68, 364 or 1,153. Angles of
whole groups and means over industries. Options: ``worlds=N``, ``firms=68,364,1153``, ``degrees=0,10,20,30``,
``workers=N``, ``industry_effect=SHARE`` of the noise's variance (then by the clustered version too) and the other
settings of `benchmarks.reduced_worlds`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.table import Table

from benchmarks.figures import Figure, Measured, share
from benchmarks.options import count, numbers, refuse_others, settings_from
from benchmarks.reduced_worlds import FIRST_FIRMS, ReducedWorld, Settings
from benchmarks.result import report
from ipml.console import console, track
from ipml.evaluation.estimates.cluster_effects import numbered
from ipml.evaluation.estimates.contrast import contrast
from ipml.evaluation.estimates.inference import debiased_angle
from ipml.evaluation.estimates.noise import NoiseMoments, noise_moments
from ipml.evaluation.estimates.sample import ClusteredSample, Sample
from ipml.statistics.angles import degrees_of_squared_chord

NAME = "angle_coverage"
MIN_INDUSTRY = 5
GROUP, INDUSTRY_MEAN = "whole groups", "over industries"
INDEPENDENT, CLUSTERED = "independent", "clustered"


def run(options: dict[str, str]) -> Measured:
    """Print coverage and error of every cell; the figure is the coverage that is farthest from .95."""
    worlds, workers = count(options, "worlds", 1000), count(options, "workers", 1)
    firms, degrees = numbers(options, "firms", "68,364,1153"), numbers(options, "degrees", "0,10,20,30")
    settings = settings_from(options, Settings)
    refuse_others(options, ["worlds", "workers", "firms", "degrees", *Settings.__dataclass_fields__])
    rows: list[dict[str, float | str]] = []
    with ProcessPoolExecutor(workers) as pool:
        for n in firms:
            in_world = partial(angles_of_world, settings=settings, n=n, degrees=degrees)
            for found in track(pool.map(in_world, range(worlds)), f"worlds with {n} firms", worlds):
                rows += found
    table = pd.DataFrame(rows)
    cells = table.groupby(["level", "method", "n", "degrees"], sort=False)["covered"].mean()
    console.print(coverage_table(table))
    farthest = max(cells, key=lambda coverage: abs(coverage - 0.95))
    report(
        NAME,
        value=round(float(farthest), 3),
        unit=f"coverage of nominal 95 % that is farthest from it, of {len(cells)} cells "
        f"({((cells >= 0.92) & (cells <= 0.98)).sum()} within .92-.98)",
        target=0.92,
        n=worlds,
        seed=f"0 to {worlds - 1}",
    )
    return Measured("estimand", list(figures_of(table, settings)), f"0 to {worlds - 1}")


def figures_of(table: pd.DataFrame, settings: Settings) -> Iterator[Figure]:
    """Yield the coverage of each cell, and the mean errors of its estimates."""
    shared = f"{settings.industry_effect:.0%} shared, " if settings.industry_effect > 0 else ""
    for (level, method, n, degrees), rows in table.groupby(["level", "method", "n", "degrees"], sort=False):
        of_method = f"{'clustered' if method == CLUSTERED else 'debiased'}, " if shared else ""
        where = f"{n} firms, {shared}{of_method}{level}/{degrees}°"
        yield share(f"coverage/{where}", rows["covered"])
        yield Figure(f"coverage/{where.rpartition('/')[0]}/worlds", len(rows), unit="worlds")
        for column, name in (("debiased", "error"), ("plug_in", "plug-in error")):
            values = rows[column]
            half = 1.96 * float(values.std()) / len(values) ** 0.5
            mean = float(values.mean())
            yield Figure(f"{name}/{where}", mean, mean - half, mean + half, len(values), "degrees")


def angles_of_world(
    seed: int, settings: Settings, n: int, degrees: Sequence[int]
) -> list[dict[str, float | str]]:
    """Estimates of one world at every true angle: the same firms, with other products of the first group."""
    world = ReducedWorld(settings, [seed, n])
    technologies, of_second = world.technologies(n, first=False)
    second = world.sample(technologies, world.noise(of_second), world.matrix)
    technologies, of_first = world.technologies(FIRST_FIRMS, first=True)
    noise = world.noise(of_first)
    present = [i for i in range(15) if (of_first == i).sum() >= MIN_INDUSTRY]
    cells = [np.arange(FIRST_FIRMS), *(np.flatnonzero(of_first == i) for i in present)]
    seconds: dict[str, Sample] = {INDEPENDENT: second}
    if settings.industry_effect > 0:
        seconds[CLUSTERED] = clustered(second, of_second)
    rows: list[dict[str, float | str]] = []
    for angle in degrees:
        matrix = world.turned(angle)
        first = world.first_sample(technologies, noise, matrix)
        chords = world.true_chords(matrix)
        true = {GROUP: chords[0], INDUSTRY_MEAN: chords[[1 + i for i in present]].mean()}
        for method, other in seconds.items():
            own = clustered(first, of_first) if method == CLUSTERED else first
            of_cells = contrast((own, other), 0, cells)
            for level, taken in ((GROUP, [0]), (INDUSTRY_MEAN, range(1, len(cells)))):
                moments = noise_moments(of_cells.take(taken))
                cell: dict[str, float | str] = {"level": level, "method": method, "n": n, "degrees": angle}
                rows.append({**cell, **errors_of(moments, float(degrees_of_squared_chord(true[level])))})
    return rows


def clustered(sample: Sample, industry: npt.NDArray[np.int64]) -> ClusteredSample:
    """The same firms, their errors shared within industries."""
    return ClusteredSample(
        sample.product_vectors, sample.technology_vectors, sample.fitted, sample.strength, numbered(industry)
    )


def errors_of(moments: NoiseMoments, truth: float) -> dict[str, float]:
    """Errors of the estimates of a true angle, in degrees, and whether the interval holds it."""
    found = debiased_angle(moments)
    return {
        "covered": found.low - 1e-6 <= truth <= found.high + 1e-6,
        "above": found.low > truth + 1e-6,
        "debiased": found.degrees - truth,
        "plug_in": float(degrees_of_squared_chord(moments.plug_in)) - truth,
        "width": found.high - found.low,
        "rejected": found.p_value < 0.05,
    }


def coverage_table(table: pd.DataFrame) -> Table:
    """One line a cell: level, firms and true angle."""
    shown = Table(title="Intervals of the debiased angle, degrees (simulated)")
    headers = (
        "level",
        "errors",
        "firms",
        "true",
        "covered",
        "too high",
        "debiased error",
        "plug-in error",
        "width",
    )
    for header in (*headers, "same A rejected"):
        shown.add_column(header)
    for (level, method, n, degrees), rows in table.groupby(["level", "method", "n", "degrees"], sort=False):
        means = rows[["debiased", "plug_in", "width"]].mean()
        errors = [f"{means['debiased']:+.2f}", f"{means['plug_in']:+.2f}", f"{means['width']:.1f}"]
        shares = [f"{rows['covered'].mean():.3f}", f"{rows['above'].mean():.3f}"]
        shown.add_row(
            str(level), str(method), str(n), str(degrees), *shares, *errors, f"{rows['rejected'].mean():.3f}"
        )
    return shown
