"""``data=simulated_hard`` has the moments of real firms, as `benchmarks.hard_moments` measured them."""

import pytest

from benchmarks.figures import FiguresFile
from benchmarks.hard_moments import (
    EXPERIMENT,
    HIGH,
    LOW,
    mean_moments,
    moments_outside,
    real_moments,
    real_ranges,
    simulated_moments,
)
from benchmarks.moment_sources import RealData
from benchmarks.moments import MOMENTS
from benchmarks.training_settings import training_settings
from ipml.cli.dispatch import open_corpus

FEWER = ["data.world.scale=0", "data.world.min_group=45", "data.world.min_without_patents=80"]


@pytest.fixture(scope="module")
def recorded() -> dict[str, float]:
    figures = FiguresFile.read(EXPERIMENT).figures
    return {name: figure.value for name, (figure, _) in figures.items() if figure.value is not None}


@pytest.fixture(scope="module")
def ranges(recorded) -> dict[str, tuple[float, float]]:
    return {name: (recorded[f"moments/{name}/{LOW}"], recorded[f"moments/{name}/{HIGH}"]) for name in MOMENTS}


def test_as_recorded_the_hard_world_lies_among_the_real_firms_and_the_default_does_not(recorded, ranges):
    hard, default = (
        {name: recorded[f"moments/{name}/{world}"] for name in MOMENTS} for world in ("hard", "default")
    )
    assert moments_outside(hard, ranges) == []
    assert len(moments_outside(default, ranges)) >= 3


@pytest.mark.slow
def test_the_hard_world_of_today_has_the_moments_of_the_real_firms(ranges, tmp_path):
    """With fewer firms than by default; the real moments are those that were recorded."""
    overrides = ["model=dual_attn", "data=simulated_hard", f"data.root={tmp_path / 'world'}", *FEWER]
    settings = training_settings(overrides).data
    assert moments_outside(mean_moments(simulated_moments(settings, open_corpus(settings), 0)), ranges) == []


@pytest.mark.slow
def test_the_recorded_moments_are_those_of_the_real_data(shared, recorded, ranges):
    found = real_moments(RealData(shared / "data" / "firms"), 0)
    for source, moments in found.items():
        for name, value in moments.items():
            assert value == pytest.approx(recorded[f"sources/{source}/{name}"], rel=0.02), (source, name)
    assert real_ranges(found.values()) == {
        name: pytest.approx(ends, rel=0.02) for name, ends in ranges.items()
    }
