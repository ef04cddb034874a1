"""Benchmarks name their figures as the pages do."""

import pandas as pd
import pytest

from benchmarks import aligners, angle_coverage, faithfulness_figures, keyword_comparison
from benchmarks.reduced_worlds import Settings
from benchmarks.study_figures import of_pairs, run
from ipml.errors import InputError
from ipml.evaluation.results import Row, as_table

PAIR = {"comparison": "firm_types", "group": "JP high_growth-established", "n1": 24, "n2": 127}
OVER = {**PAIR, "level": "industry_mean", "direction": "mean"}


def by_name(figures):
    return {figure.name: figure for figure in figures}


def test_angles_of_a_study():
    countries = {"comparison": "countries", "group": "JP-US high_growth", "n1": 78, "n2": 39}
    rows = [
        Row("angle", method="plug_in", value=12.3, **OVER),
        Row("angle", method="debiased", value=4.0, low=0.0, high=11.6, p_adjusted=0.245, **OVER),
        Row("floor", method="debiased", value=12.2, **OVER),
        Row("angle", method="debiased", value=9.0, direction="JP->US", **countries),
        Row("angle", method="debiased", value=9.0, level="industry", industry="x", direction="mean", **PAIR),
    ]
    found = by_name(of_pairs(as_table(rows), "real_jp"))
    where = "real_jp/JP high-growth - established, over industries"
    assert found.keys() == {
        f"{where}/plug-in",
        f"{where}/firms/1",
        f"{where}/firms/2",
        f"{where}/debiased",
        f"{where}/p, debiased",
        f"{where}/same A reads",
        "real_jp/JP - US high-growth, whole groups/debiased, JP through US",
    }
    angle = found[f"{where}/debiased"]
    assert (angle.value, angle.low, angle.high, angle.n) == (4.0, 0.0, 11.6, 151)


def test_a_study_without_an_experiment_is_said():
    with pytest.raises(InputError, match="study=none: not a choice"):
        run({"study": "none"})


def test_differences_and_probabilities_of_faithfulness():
    common = {"model": "dual attention", "order": "attention", "n_firms": 561, "low": 0.1, "high": 0.9}
    rows = [
        {**common, "figure": "deletion", "share": 0.0, "value": 0.75},
        {**common, "figure": "deletion", "share": 0.2, "value": 0.5},
        {**common, "figure": "insertion", "share": 0.2, "value": 0.7},
        {**common, "figure": "insertion", "share": 0.0, "value": 0.4},
        {**common, "figure": "sufficiency", "value": 0.3, "difference": -0.03}
        | {"difference_low": -0.05, "difference_high": -0.01},
        {**common, "figure": "aopc_comprehensiveness", "value": 0.2},
    ]
    found = by_name(faithfulness_figures.figures_of(pd.DataFrame(rows)))
    where = "orders/dual attention, attention"
    values = {name.removeprefix(f"{where}/"): figure.value for name, figure in found.items()}
    assert values == {
        "probability, whole site": 0.75,
        "without the top": 0.5,
        "the top alone": 0.7,
        "sufficiency at 20 %": -0.03,
        "AOPC as a share above one half": pytest.approx(0.8),
    }


def test_scores_and_differences_of_keyword_sets():
    common = {"part": "test", "metric": "f1", "classifier": "LR", "protocol": "leak-free", "n": 169}
    common |= {"low": None, "high": None, "reference": "", "value": 0.5}
    rows = [
        {**common, "what": "score", "set": "raw"},
        {**common, "what": "difference", "set": "keybert", "reference": "raw"},
        {**common, "what": "score", "set": "raw", "metric": "recall"},
        {**common, "what": "score", "set": "raw", "protocol": "published"},
        {**common, "what": "words", "set": "raw", "part": "train"},
    ]
    found = by_name(keyword_comparison.figures_of(pd.DataFrame(rows), "mass/ja"))
    assert list(found) == [
        "mass/ja, LR, leak-free/raw",
        "mass/ja, LR, leak-free/keybert less raw",
        "mass/ja, words a firm, train, leak-free/raw",
    ]


def test_aligners_count_known_pairs_in_per_cent():
    common = {"low": 0.1, "high": 0.3, "n": 1049}
    rows = [
        {"model": model, "column": column, "k": k, "value": 0.2, **common}
        for model in ("fitted", "random_map")
        for column in ("accuracy", "known")
        for k in (10, 1)
    ]
    found = by_name(aligners.figures_of(pd.DataFrame(rows), "cca", "msdocs"))
    assert list(found) == ["linear/cca/msdocs/AC@1", "linear/cca/msdocs/10"]
    assert found["linear/cca/msdocs/AC@1"].value == 20.0


def test_coverage_of_worlds_with_shared_noise():
    rows = [
        {"level": "whole groups", "method": "clustered", "n": 68, "degrees": 20, "covered": covered}
        | {"debiased": 0.5, "plug_in": 2.0}
        for covered in (True, True, False, True)
    ]
    found = by_name(angle_coverage.figures_of(pd.DataFrame(rows), Settings(industry_effect=0.3)))
    where = "68 firms, 30% shared, clustered, whole groups"
    assert found[f"coverage/{where}/20°"].value == 0.75
    assert found[f"coverage/{where}/worlds"].value == 4
    assert found[f"error/{where}/20°"].value == 0.5
