import json

import numpy as np
import pytest

from benchmarks import angle_coverage, bootstrap_speed, few_clusters, same_a_test
from benchmarks.options import numbers, settings_from
from benchmarks.reduced_worlds import ReducedWorld, Settings
from ipml.errors import InputError
from ipml.statistics.angles import angle_degrees, squared_chord

SMALL = Settings(dimension=12)


@pytest.mark.parametrize("degrees", [0, 10, 30])
def test_the_planted_angle_lies_between_the_groups(degrees: int) -> None:
    world = ReducedWorld(SMALL, [1])
    matrix = world.turned(degrees)
    assert world.true_chords(matrix)[0] == pytest.approx(float(squared_chord(degrees)), abs=1e-12)
    sold, made = matrix @ world.mean, world.matrix @ world.mean
    assert float(angle_degrees(sold, made)) == pytest.approx(degrees, abs=1e-6)


def test_firms_have_the_mean_and_the_industries_of_their_world() -> None:
    world = ReducedWorld(SMALL, [2])
    technologies, industry = world.technologies(40000, first=True)
    assert np.linalg.norm(technologies.mean(axis=0) - world.mean) < 0.05
    of_first = technologies[industry == 0].mean(axis=0)
    assert np.linalg.norm(of_first - world.first_means()[1]) < 0.05
    shifted, _ = world.technologies(40000, first=False)
    assert np.linalg.norm(shifted.mean(axis=0) - technologies.mean(axis=0)) == pytest.approx(0.5, abs=0.05)


def test_an_industry_effect_is_shared_by_its_firms() -> None:
    world = ReducedWorld(Settings(dimension=12, industry_effect=0.5), [3])
    industry = np.repeat(np.arange(15), 200)
    noise = world.noise(industry)
    means = np.array([noise[industry == i].mean(axis=0) for i in range(15)])
    assert np.square(means).sum(axis=1).mean() == pytest.approx(0.5 * 1.2**2, rel=0.5)
    assert np.square(noise).sum(axis=1).mean() == pytest.approx(1.2**2, rel=0.3)


def last_line(captured) -> dict[str, object]:
    return json.loads(captured.readouterr().out.strip().splitlines()[-1])


def test_coverage_is_counted_by_both_kinds_of_errors(capsys) -> None:
    options = {"worlds": "2", "firms": "40", "degrees": "0", "dimension": "8", "industry_effect": "0.3"}
    angle_coverage.run(options)
    found = last_line(capsys)
    assert found["n"] == 2
    assert "of 4 cells" in str(found["unit"])


def test_few_clusters_are_counted_as_they_weigh(capsys) -> None:
    few_clusters.run({"worlds": "2", "firms": "40", "degrees": "0", "dimension": "8", "clusters": "1,15"})
    text = capsys.readouterr().out
    assert "1.0" in text  # one cluster counts as one
    assert 0 <= json.loads(text.strip().splitlines()[-1])["value"] <= 1


def test_the_test_of_the_same_a_is_run_in_every_case(capsys) -> None:
    same_a_test.run({"worlds": "2", "dimension": "8"})
    assert 0 <= float(str(last_line(capsys)["value"])) <= 1


def test_refits_are_those_of_the_plain_loop(capsys) -> None:
    bootstrap_speed.run({"resamples": "3", "plain": "2", "dimension": "10"})
    text = capsys.readouterr().out
    difference = float(text.split("largest difference of an angle: ")[1].split()[0])
    assert difference < 0.05


def test_malformed_options_are_refused() -> None:
    with pytest.raises(InputError, match="firms=a,2: whole numbers"):
        numbers({"firms": "a,2"}, "firms", "1")
    with pytest.raises(InputError, match=r"noise=loud: a number is needed, as 1\.2"):
        settings_from({"noise": "loud"}, Settings)
