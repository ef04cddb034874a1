"""The full simulated study at published sizes: error of the debiased angles, target 3 degrees.

Options: ``scale=1`` (firms for each published one; below 1 no group has fewer than ``min_group=98``), ``seed=0`` (of
the world), ``root=DIR`` for data, runs and models (default: ``IPML_HOME`` or the current folder), and overrides of the
stages of the study ``demo``, as ``calibrated=false``.
"""

from dataclasses import replace

from benchmarks.demo_recovery import recover, report_errors
from benchmarks.figures import Measured

NAME = "angle_error"
TARGET = 3.0
_OF_WORLD = {"scale": "1", "min_group": "98", "seed": "0"}


def run(options: dict[str, str]) -> Measured:
    """Run the study, print what it recovered, and the mean absolute error over all pairs of groups."""
    changed = " ".join(f"{key}={value}" for key, value in options.items() if key != "root")
    world = {f"data.world.{key}": options.pop(key, default) for key, default in _OF_WORLD.items()}
    found = recover({**world, **options})
    report_errors(NAME, found, target=TARGET)
    prefix = f"published sizes{f', {changed}' if changed else ''}"
    figures = [replace(figure, name=f"{prefix}/{figure.name}") for figure in found.figures]
    return Measured("estimand", figures, found.seed, found.corpus)
