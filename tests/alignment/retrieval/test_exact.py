"""The search by bounds against all scores, on tables that are long enough for it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.alignment.retrieval import exact
from ipml.alignment.retrieval.exact import best_targets, highest_entries

SEEDS = st.integers(0, 2**16)
LONG = 2500  # targets; with k of 3 or less and products of bytes, bounds are used


def unit(rows):
    return torch.nn.functional.normalize(torch.as_tensor(np.asarray(rows), dtype=torch.float32), dim=1)


def gaussian(seed, n, e):
    return np.random.default_rng(seed).normal(size=(n, e))


def check(X, Y, k, penalty=None):
    """Each row's own score, and the k highest of all scores: ties may stand in any order."""
    found = best_targets(X, Y, k, penalty, "words")
    table = X.double() @ Y.double().T - (0 if penalty is None else penalty.double())
    k = min(k, len(Y))
    assert found.rows.shape == found.scores.shape == (len(X), k)
    assert all(len(set(row)) == k for row in found.rows.tolist())
    torch.testing.assert_close(table.gather(1, found.rows), table.topk(k, dim=1).values, atol=2e-6, rtol=0)
    torch.testing.assert_close(found.scores.double(), table.topk(k, dim=1).values, atol=2e-6, rtol=0)


@pytest.fixture(params=["bytes", "floats"])
def product(request, monkeypatch):
    """With bounds, where the machine has products of bytes, and without."""
    if request.param == "floats":
        monkeypatch.setattr(exact, "has_byte_products", lambda *_: False)
    return request.param


@pytest.mark.parametrize(("e", "k"), [(1, 1), (2, 3), (50, 3), (300, 1), (50, 40), (5, 5000)])
def test_the_best_are_those_of_all_scores(product, e, k):
    check(unit(gaussian(0, 40, e)), unit(gaussian(1, LONG, e)), k)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.floats(0, 3), st.integers(1, 3), st.sampled_from([2, 17, 64]))
def test_any_penalty_is_heeded(seed, spread, k, e):
    penalty = spread * torch.rand(LONG, generator=torch.Generator().manual_seed(seed)) - spread / 3
    check(unit(gaussian(seed, 9, e)), unit(gaussian(seed + 1, LONG, e)), k, penalty)


def hubs():
    rows = gaussian(2, LONG, 30)
    rows[::50] = rows.mean(axis=0) + 0.01 * gaussian(3, len(rows[::50]), 30)
    return rows + 2


def axes():
    return np.eye(40)[np.arange(LONG) % 40]


def near_copies():
    return np.ones((LONG, 30)) + 1e-3 * gaussian(4, LONG, 30)


TABLES = {
    "hubs": hubs,
    "all alike": lambda: np.ones((LONG, 30)),
    "near copies": near_copies,
    "one number a row": axes,
    "zeros among them": lambda: gaussian(5, LONG, 30) * (np.arange(LONG) % 3 > 0)[:, None],
    "zeros alone": lambda: np.zeros((LONG, 30)),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_are_hard_to_tell_apart(product, name):
    Y = unit(TABLES[name]())
    check(Y[:60], Y, 3)
    check(unit(gaussian(6, 20, Y.shape[1])), Y, 2, torch.linspace(0, 0.2, LONG))


def test_a_short_list_of_looks_is_proven_or_done_again(monkeypatch):
    """Near copies lie within the bounds' width of each other, so that the looks cannot settle them."""
    again = []
    every = exact._all_looked_at
    monkeypatch.setattr(exact, "_all_looked_at", lambda X, *rest: again.append(len(X)) or every(X, *rest))
    if not exact.has_byte_products(torch.device("cpu"), 30):
        pytest.skip("no products of bytes on this machine")
    near = unit(near_copies())
    check(near[:25], near, 1)
    assert sum(again) == 25
    again.clear()
    check(unit(gaussian(7, 25, 30)), unit(gaussian(8, LONG, 30)), 1)
    assert sum(again) < 5


def test_chunks_change_nothing(monkeypatch):
    X, Y = unit(gaussian(0, 33, 20)), unit(gaussian(1, LONG, 20))
    whole = best_targets(X, Y, 3, None, "words")
    monkeypatch.setattr(exact, "_CHUNK_SCORES", 10 * LONG)
    monkeypatch.setattr(exact, "_LOOKED_AT", 1)
    parts = best_targets(X, Y, 3, None, "words")
    torch.testing.assert_close(whole.scores, parts.scores)
    assert torch.equal(whole.rows, parts.rows)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(1, 700), st.integers(1, 60), st.integers(1, 200))
def test_the_highest_entries_are_those_of_a_sort(seed, m, k, n_values):
    table = torch.from_numpy(np.random.default_rng(seed).integers(n_values, size=(5, m), dtype=np.int32))
    k = min(k, m)
    values, columns = highest_entries(table, k)
    assert torch.equal(values, table.sort(dim=1, descending=True).values[:, :k])
    assert torch.equal(table.gather(1, columns), values)
    assert all(len(set(row)) == k for row in columns.tolist())
