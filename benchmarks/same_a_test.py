"""How often the test of "same A" rejects: its size where A is the same, its power where it is not.

Worlds of `benchmarks.reduced_worlds`, in which the groups' mean technologies differ. For its size the second group's
noise is 1.6 times the first one's. Options: ``worlds=N``, ``workers=N`` and the settings of the worlds.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from rich.table import Table

from benchmarks.figures import Measured, share
from benchmarks.options import count, refuse_others, settings_from
from benchmarks.reduced_worlds import FIRST_FIRMS, ReducedWorld, Settings
from benchmarks.result import report
from ipml.console import console, track
from ipml.evaluation.estimates.contrast import contrast
from ipml.evaluation.estimates.inference import same_a_p_value, zero_p_value
from ipml.evaluation.estimates.noise import noise_moments

NAME = "same_a_test"
WAYS = ("both directions", "1 → 2", "2 → 1")
_LEVEL = 0.05


@dataclass(frozen=True)
class Case:
    """A true angle, the second group's firms and how much its noise is, and the share of rejections aimed at."""

    degrees: float
    n: int
    noise_ratio: float
    target: str


CASES = [
    Case(0.0, 68, 1.6, "<= .07"),
    Case(0.0, 300, 1.6, "<= .07"),
    Case(0.0, 1153, 1.0, "<= .07"),
    Case(10.0, 68, 1.0, ">= .95"),
    Case(5.0, 300, 1.0, ">= .90"),
]


def run(options: dict[str, str]) -> Measured:
    """Print rejections at 5 % of every case; the figure is the largest share where A is the same."""
    worlds, workers = count(options, "worlds", 300), count(options, "workers", 1)
    settings = settings_from(options, Settings)
    refuse_others(options, ["worlds", "workers", *Settings.__dataclass_fields__])
    table = Table(title="Rejections of the same A at 5 % (simulated)")
    for header in ("true angle", "firms", "noise", *WAYS, "aimed at"):
        table.add_column(header)
    sizes, figures = [], []
    with ProcessPoolExecutor(workers) as pool:
        for case in CASES:
            tested = pool.map(partial(p_values, settings=settings, case=case), range(worlds))
            found = np.array(list(track(tested, f"{case.degrees:g} degrees, {case.n} firms", worlds)))
            name = f"same A/{case.degrees:g}°, {case.n} firms"
            figures += [share(f"{name}/{way}", found[:, i] < _LEVEL) for i, way in enumerate(WAYS)]
            shares = [f"{share:.3f}" for share in (found < _LEVEL).mean(axis=0)]
            table.add_row(f"{case.degrees:g}", str(case.n), f"x {case.noise_ratio:g}", *shares, case.target)
            if case.degrees == 0:
                sizes.append(float((found[:, 0] < _LEVEL).mean()))
    console.print(table)
    report(
        NAME,
        value=round(max(sizes), 3),
        unit="share of rejections at 5 % where A is the same, largest of the cases",
        target=0.07,
        n=worlds,
        seed=f"0 to {worlds - 1}",
    )
    return Measured("estimand", figures, f"0 to {worlds - 1}")


def p_values(seed: int, settings: Settings, case: Case) -> Sequence[float]:
    """P-values of one world: both directions, the first group through the second's A, and the other way round."""
    world = ReducedWorld(settings, [seed, case.n, int(case.degrees)])
    technologies, industry = world.technologies(case.n, first=False)
    second = world.sample(technologies, case.noise_ratio * world.noise(industry), world.matrix)
    technologies, industry = world.technologies(FIRST_FIRMS, first=True)
    first = world.sample(technologies, world.noise(industry), world.turned(case.degrees))
    samples = first, second
    cells = [[np.arange(len(sample.fitted))] for sample in samples]
    directions = [contrast(samples, side, cells[side]) for side in (0, 1)]
    moments = [noise_moments(of) for of in directions]
    return [same_a_p_value(directions, moments), *(zero_p_value(of) for of in moments)]
