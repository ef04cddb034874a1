"""1,000 exact refits of nine groups at published sizes, with all comparisons, against a plain loop of the same solves.

The plain loop draws the same firms, fits each group's whole A by ridge regression in double precision and compares with
it. Both run with the same number of BLAS threads. Options: ``resamples=N``, ``plain=N`` (resamples of the plain loop,
whose time is scaled), ``dimension=D``.
"""

import time
from itertools import combinations

import numpy as np
import numpy.typing as npt
from rich.table import Table

from benchmarks.options import count, refuse_others
from benchmarks.result import machine, report
from ipml.console import console, track
from ipml.evaluation.estimates.bootstrap import Comparison, Resampled, bootstrap_angles
from ipml.evaluation.estimates.plug_in import cell_means
from ipml.evaluation.estimates.sample import Sample
from ipml.linear_map.solvers import ridge
from ipml.published import published_table
from ipml.statistics.angles import Array, angle_degrees

NAME = "bootstrap_speed"
INDUSTRIES, SEED = 15, 0

Numbers = npt.NDArray[np.int64]


def run(options: dict[str, str]) -> None:
    """Print times, ratio and the largest difference of the angles; the figure is the ratio."""
    resamples, plain = count(options, "resamples", 1000), count(options, "plain", 20)
    d = count(options, "dimension", 300)
    refuse_others(options, ["resamples", "plain", "dimension"])
    samples, industries = draw_groups(d)
    comparisons = list_comparisons(samples, industries)
    started, cpu = time.perf_counter(), time.process_time()
    angles = list(track(bootstrap_angles(samples, comparisons, resamples, SEED), "refits", resamples))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    counts = {name: Resampled(samples[name], [SEED, i]).draw(plain) for i, name in enumerate(sorted(samples))}
    started, plain_cpu = time.perf_counter(), time.process_time()
    expected = [
        plain_loop(samples, comparisons, {name: counts[name][b] for name in counts})
        for b in track(range(plain), "plain loop", plain)
    ]
    plain_seconds = (time.perf_counter() - started) / plain * resamples
    plain_cpu_seconds = (time.process_time() - plain_cpu) / plain * resamples
    difference = max(
        float(np.nanmax(np.abs(np.subtract(ours, theirs))))
        for b in range(min(plain, resamples))
        for ours, theirs in zip(angles[b], expected[b], strict=True)
    )
    table = Table(title=f"{resamples} refits of nine groups, {len(comparisons)} comparisons, {machine()}")
    for header in ("", "wall s", "CPU s"):
        table.add_column(header)
    table.add_row("exact refits", f"{seconds:.1f}", f"{cpu_seconds:.1f}")
    table.add_row(f"plain loop, scaled from {plain}", f"{plain_seconds:.1f}", f"{plain_cpu_seconds:.1f}")
    console.print(table)
    console.print(f"largest difference of an angle: {difference:.4f} degrees", highlight=False)
    ratio = round(plain_cpu_seconds / cpu_seconds, 1)
    report(NAME, value=ratio, unit="times a plain loop, CPU", target=8, peer=1, n=resamples, seed=SEED)


def draw_groups(d: int) -> tuple[dict[str, Sample], dict[str, Numbers]]:
    """Nine groups with as many training firms as published, and the industry of each firm."""
    rng = np.random.default_rng(SEED)
    scale = (1.0 + np.arange(d)) ** -0.75
    samples, industries = {}, {}
    for row in published_table("mapping").to_dict("records"):
        n = int(row["train_firms"])
        T = 2.0 / np.sqrt(d) + rng.normal(size=(n, d)) * scale / np.linalg.norm(scale)
        P = T + rng.normal(size=(n, d)) * scale / np.linalg.norm(scale)
        name = f"{row['country']} {row['firm_type']}"
        samples[name] = Sample(P, T, np.ones(n, dtype=bool), 5.0)
        industries[name] = rng.integers(INDUSTRIES, size=n)
    return samples, industries


def list_comparisons(samples: dict[str, Sample], industries: dict[str, Numbers]) -> list[Comparison]:
    """All pairs that differ in country or in type: whole groups and industries with at least five firms in both."""
    found = []
    for first, second in combinations(samples, 2):
        if len(set(first.split()) & set(second.split())) != 1:
            continue
        rows = [
            [np.flatnonzero(industries[name] == i) for i in range(INDUSTRIES)] for name in (first, second)
        ]
        common = [i for i in range(INDUSTRIES) if min(len(part[i]) for part in rows) >= 5]
        cells = [
            [np.arange(len(industries[name])), *(part[i] for i in common)]
            for name, part in zip((first, second), rows, strict=True)
        ]
        found.append(Comparison(first, second, (cells[0], cells[1])))
    return found


def plain_loop(
    samples: dict[str, Sample], comparisons: list[Comparison], counts: dict[str, Numbers]
) -> list[Array]:
    """Angles of one resample: each group's A by ridge regression on the firms drawn, in double precision."""
    drawn, matrices = {}, {}
    for name, sample in samples.items():
        rows = np.repeat(np.arange(len(sample.fitted)), counts[name])
        drawn[name] = rows
        matrices[name] = ridge(sample.technology_vectors[rows], sample.product_vectors[rows], sample.strength)
    angles = []
    for one in comparisons:
        directions = []
        for own, other, cells in (
            (one.first, one.second, one.cells[0]),
            (one.second, one.first, one.cells[1]),
        ):
            sample, rows = samples[own], drawn[own]
            present = [rows[np.isin(rows, cell)] for cell in cells]
            empty = np.array([len(cell) == 0 for cell in present])
            present = [cell if len(cell) else np.zeros(1, dtype=np.intp) for cell in present]
            sold = cell_means(sample.product_vectors, present)
            made = cell_means(sample.technology_vectors, present) @ matrices[other].T
            directions.append(np.where(empty, np.nan, angle_degrees(sold, made)))
        angles.append(np.stack(directions))
    return angles
