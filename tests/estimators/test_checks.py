"""scikit-learn's own checks of an estimator. None is expected to fail."""

import warnings

import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from ipml import Aligner, ConversionMap, DualAttention

# DualAttention takes lists of pages, where the others' checks give tables of numbers; scikit-learn leaves such an
# estimator out (input_tags.two_d_array=False), so these, which fit nothing, are called by name. Fitting, repeating,
# pickling and refusing is tested in test_dual_attention.py.
WITHOUT_A_TABLE = [
    "check_estimator_cloneable",
    "check_estimator_tags_renamed",
    "check_valid_tag_types",
    "check_estimator_repr",
    "check_no_attributes_set_in_init",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_mixin_order",
    "check_parameters_default_constructible",
    "check_get_params_invariance",
    "check_set_params",
]

ESTIMATORS = [
    ConversionMap("ridge"),
    *(
        pytest.param(estimator, marks=pytest.mark.slow)
        for estimator in (
            ConversionMap("least_squares"),
            ConversionMap("orthogonal"),
            ConversionMap("low_rank"),
            ConversionMap("sgd", max_epochs=2),
            Aligner("orthogonal"),
            Aligner("ridge"),
            Aligner("least_squares"),
            Aligner("cca"),
            Aligner("mutual_refinement"),
        )
    ),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_it_passes_the_checks_of_scikit_learn(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(estimator, on_fail=None)
    assert len(results) > 40
    failed = [result["check_name"] for result in results if result["status"] not in ("passed", "skipped")]
    skipped = [result["check_name"] for result in results if result["status"] == "skipped"]
    assert failed == []
    assert skipped == ["check_array_api_input"]  # needs SCIPY_ARRAY_API in the environment


@pytest.mark.parametrize("check", WITHOUT_A_TABLE)
def test_dual_attention_passes_the_checks_that_need_no_table(check):
    getattr(estimator_checks, check)("DualAttention", DualAttention())


def test_the_package_looks_the_estimators_up_at_first_use():
    import ipml

    assert {"Aligner", "ConversionMap", "DualAttention"} <= set(dir(ipml))
    assert ipml.ConversionMap is ConversionMap
    with pytest.raises(AttributeError, match="Perceptron"):
        ipml.Perceptron  # noqa: B018
