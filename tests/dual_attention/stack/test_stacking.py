from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from ipml.dual_attention.stack.stacking import SHARES, Stack, choose_share, fit_stack
from ipml.dual_attention.stack.vectors import VectorRegression

SEEN = np.arange(200)
LABELS = (np.arange(240) % 2 == 0).astype(np.float32)
GROUPS = np.array([f"firm {n}" for n in range(240)], dtype=object)


@pytest.fixture(scope="module")
def blocks():
    generator = np.random.default_rng(0)
    rates = np.full((240, 60), 0.2)
    rates[LABELS > 0, :10] = 0.5
    vectors = generator.normal(size=(240, 6)) + LABELS[:, None]
    return {
        "words": sparse.csr_matrix((generator.random((240, 60)) < rates).astype(np.float64)),
        "encoder": vectors.astype(np.float32),
    }


@pytest.fixture(scope="module")
def fitted(blocks):
    return fit_stack(blocks, LABELS, SEEN, GROUPS, "balanced", 0)


def test_the_logit_is_the_mean_of_the_standardised_ones(blocks, fitted):
    stack, _ = fitted
    firms = np.arange(200, 240)
    own = [stack.classifiers[name].logits(block[firms]) for name, block in blocks.items()]
    mean = np.mean(
        [(logits - c) / s for logits, c, s in zip(own, stack.centres, stack.scales, strict=True)], axis=0
    )
    np.testing.assert_allclose(stack.logits(blocks, firms), stack.slope * mean + stack.bias)
    assert ((stack.logits(blocks, firms) > 0) == (LABELS[firms] > 0)).mean() >= 0.8


def test_logits_of_the_seen_firms_are_cross_fitted():
    """Vectors that say nothing: in-sample they tell the classes apart, cross-fitted they do not."""
    noise = {"encoder": np.random.default_rng(3).normal(size=(240, 100)).astype(np.float32)}
    stack, crossed = fit_stack(noise, LABELS, SEEN, GROUPS, None, 0)
    in_sample = stack.classifiers["encoder"].logits(noise["encoder"][SEEN])
    truth = LABELS[SEEN] > 0
    assert ((in_sample > 0) == truth).mean() > 0.8
    assert ((crossed > 0) == truth).mean() < 0.6


def test_firms_of_one_group_are_in_one_inner_fold():
    """Each text stands at two firms of one label; labels are a coin's: only a leak could tell them."""
    generator = np.random.default_rng(4)
    vectors = np.repeat(generator.normal(size=(100, 80)), 2, axis=0).astype(np.float32)
    labels = np.repeat(generator.permutation(np.arange(100) % 2), 2).astype(np.float32)
    right = {}
    for name, groups in (("pairs", np.repeat(np.arange(100), 2)), ("firms", np.arange(200))):
        names = np.array([f"group {n}" for n in groups], dtype=object)
        _, crossed = fit_stack({"encoder": vectors}, labels, SEEN, names, None, 0)
        right[name] = ((crossed > 0) == (labels > 0)).mean()
    assert right["pairs"] < 0.62
    assert right["firms"] > 0.75


def test_slope_and_bias_are_those_of_a_logistic_regression_on_cross_fitted_logits(blocks, fitted):
    _, crossed = fitted
    again = LogisticRegression(C=np.inf, class_weight="balanced").fit(crossed[:, None], LABELS[SEEN] > 0)
    np.testing.assert_allclose([again.coef_[0, 0], again.intercept_[0]], [1, 0], atol=1e-3)


def test_the_better_part_gets_the_larger_share(fitted):
    stack, _ = fitted
    labels = LABELS[200:]
    perfect, useless = np.where(labels > 0, 4.0, -4.0), np.random.default_rng(1).normal(size=40)
    assert choose_share(stack, perfect, useless, labels, None).share[0] == 0
    assert choose_share(stack, useless, perfect, labels, None).share[0] == max(SHARES)
    mixed = replace(stack, share=np.array([0.25])).mix(np.array([2.0]), np.array([-2.0]))
    np.testing.assert_allclose(mixed, [1.0])


def test_a_stack_is_made_again_of_its_tensors(blocks, fitted):
    stack, _ = fitted
    again = Stack.of(stack.tensors())
    np.testing.assert_array_equal(again.logits(blocks, SEEN), stack.logits(blocks, SEEN))
    alone = stack.only("encoder")
    assert isinstance(alone.classifiers["encoder"], VectorRegression)
    np.testing.assert_allclose(
        alone.logits(blocks, SEEN), stack.classifiers["encoder"].logits(blocks["encoder"][SEEN])
    )
