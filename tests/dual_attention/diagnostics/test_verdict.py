"""The verdict: thresholds as data, what is said of a failure, and what is written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.dual_attention.diagnostics.diagnose import control_gains
from ipml.dual_attention.diagnostics.verdict import FILE, MEANING, Threshold, judge, thresholds
from ipml.files import read_json
from ipml.tracking.failed_diagnostics import NOT_JUDGED, PASSED

LIMITS = thresholds()
GOOD = {name: math.inf if limit.fails == "below" else -math.inf for name, limit in LIMITS.items()}


def test_the_file_in_the_package_names_diagnostics_that_are_explained():
    assert LIMITS
    for name, limit in LIMITS.items():
        assert name in MEANING
        assert limit.fails in ("below", "above")
        assert math.isfinite(limit.value)


@pytest.mark.parametrize("name", list(LIMITS))
def test_each_diagnostic_fails_beyond_its_threshold_and_says_what_to_do(name):
    limit = LIMITS[name]
    beyond = limit.value + (-1e-9 if limit.fails == "below" else 1e-9)
    assert judge({**GOOD, name: limit.value}).failed == ()
    verdict = judge({**GOOD, name: beyond})
    assert verdict.tag == f"failed: {name}"
    said = verdict.lines()
    assert said[0].startswith("  diagnostics: failed")
    what, remedy = MEANING[name]
    assert what in said[1]
    assert remedy in said[1]


@given(st.dictionaries(st.sampled_from(list(LIMITS)), st.floats(-100, 100), min_size=1))
def test_a_figure_that_is_absent_fails_nothing_and_a_worse_one_is_not_better(figures):
    verdict = judge(figures)
    assert set(verdict.failed) <= set(figures)
    worse = {name: value + (-1 if LIMITS[name].fails == "below" else 1) for name, value in figures.items()}
    assert set(verdict.failed) <= set(judge(worse).failed)


def test_a_good_model_passes_and_one_without_figures_is_not_judged():
    assert judge(GOOD).tag == PASSED
    assert judge(GOOD).lines()[0].startswith("  diagnostics: passed")
    assert judge({}).tag == NOT_JUDGED
    assert "no firm has more than one page" in judge({}).lines()[0]


def test_figures_thresholds_and_verdict_are_written(tmp_path):
    verdict = judge({"keyword_agreement": 0.0, "page_overlap": 0.5})
    assert verdict.metrics == {"diagnostic/keyword_agreement": 0.0, "diagnostic/page_overlap": 0.5}
    content = read_json(verdict.write(tmp_path / "model"))
    assert (tmp_path / "model" / FILE).is_file()
    assert content["verdict"] == "failed: keyword_agreement"
    assert content["figures"]["page_overlap"] == 0.5
    assert Threshold(**content["thresholds"]["keyword_agreement"]) == LIMITS["keyword_agreement"]


def test_the_gain_over_controls_is_known_with_controls_alone():
    metrics = {"test/auc": 0.8, "control/attention_off_auc": 0.7, "control/shuffled_labels_auc": 0.5}
    gains = control_gains(metrics)
    assert gains == {
        "gain_over_no_attention": pytest.approx(0.1),
        "gain_over_shuffled_labels": pytest.approx(0.3),
    }
    assert control_gains({"test/auc": 0.8}) == {}
