"""The last line of every benchmark: one JSON object."""

import json
import os
import platform


def machine() -> str:
    """Processor, cores and Python in a few words."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def report(
    name: str,
    value: float,
    unit: str,
    target: float | None = None,
    peer: float | None = None,
    n: int | None = None,
    seed: int | str | None = None,
) -> None:
    """Print the figure of a benchmark as its last line.

    Parameters
    ----------
    name
        The benchmark.
    value, unit
        What was measured.
    target, peer
        The figure to reach, and what the method compared with reached in the same run; None without one.
    n, seed
        Number of cases and seed (or seeds) behind the value.
    """
    print(
        json.dumps(
            {
                "name": name,
                "value": value,
                "unit": unit,
                "target": target,
                "peer": peer,
                "n": n,
                "seed": seed,
                "machine": machine(),
            }
        )
    )
