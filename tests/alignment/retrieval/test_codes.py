"""The codes give bounds: never below the score, and not far above it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.alignment.retrieval.codes import byte_product, has_byte_products, upper_bounds


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**16), st.sampled_from([1, 2, 7, 50, 300]), st.floats(0, 2), st.sampled_from([1, 3, 9])
)
def test_a_bound_is_never_below_its_score(seed, e, spread, power):
    """A higher power gives rows with few large numbers, which a rotation has to spread."""
    rng = np.random.default_rng(seed)
    X, Y = (torch.from_numpy(rng.normal(size=(n, e)) ** power).float() for n in (8, 30))
    X, Y = torch.nn.functional.normalize(X), torch.nn.functional.normalize(Y)
    Y[3] = 0
    penalty = torch.from_numpy(spread * rng.random(30)).float()
    codes = upper_bounds(X, Y, penalty)
    products = codes.queries.double() @ codes.targets.double().T
    bounds = products * codes.unit + codes.shift.double()[:, None]
    slack = bounds - (X.double() @ Y.double().T - penalty.double())
    assert slack.min() >= 0
    if e == 300:
        assert slack.max() < 0.05
    assert codes.queries.shape[1] % 16 == 0


def test_a_part_keeps_the_bounds_of_its_queries():
    X = torch.nn.functional.normalize(torch.randn(6, 5, generator=torch.Generator().manual_seed(0)))
    codes = upper_bounds(X, X, torch.zeros(6))
    part = codes.of(slice(2, 4))
    assert torch.equal(part.queries, codes.queries[2:4])
    assert torch.equal(part.shift, codes.shift[2:4])
    assert torch.equal(part.targets, codes.targets)


@pytest.mark.parametrize("columns", [16, 304])
def test_products_of_bytes_are_exact_where_they_are_used(columns):
    if not has_byte_products(torch.device("cpu"), columns):
        pytest.skip("no products of bytes on this machine")
    rng = np.random.default_rng(0)
    X, Y = (torch.from_numpy(rng.integers(-127, 128, (n, columns), dtype=np.int8)) for n in (3, 50))
    out = torch.empty(7, 50, dtype=torch.int32)
    assert torch.equal(byte_product(X, Y, out), (X.long() @ Y.long().T).int())


def test_a_product_that_cuts_sums_off_is_not_used(monkeypatch):
    def cut_off(X, Y, out):
        return out[: len(X)].copy_((X.long() @ Y.long().T).clamp(-(2**15), 2**15 - 1))

    monkeypatch.setattr("ipml.alignment.retrieval.codes.byte_product", cut_off)
    assert not has_byte_products(torch.device("cpu"), 64)
    assert not has_byte_products(torch.device("meta"), 64)


def test_a_machine_without_products_of_bytes_is_told_apart(monkeypatch):
    def missing(*_):
        raise RuntimeError("not implemented")

    monkeypatch.setattr("ipml.alignment.retrieval.codes.byte_product", missing)
    assert not has_byte_products(torch.device("cpu"), 64)
