import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb

from ipml.alignment.accuracy import accuracy_table, chance, first_hits
from ipml.statistics.intervals import Bootstrap

# Four queries, five candidates: hit at once, hit third, listed but not among the three, nothing to find.
FOUND = np.array([[2, 0, 1], [4, 3, 0], [0, 1, 2], [1, 2, 3]])
CORRECT = [[2, 4], [0], [4], []]


def values(table, column):
    return table[table["column"] == column].set_index("k")["value"].to_dict()


def test_accuracy_by_hand():
    ranks = first_hits(FOUND, CORRECT)
    assert ranks.tolist() == [1, 3, 4, 4]
    n_correct = np.array([2, 1, 1, 0])
    table = accuracy_table(ranks, n_correct, 1, [1, 3], Bootstrap(200, 0.95, seed=0))
    assert values(table, "accuracy") == {1: 1 / 4, 3: 2 / 4}
    assert values(table, "known") == pytest.approx({1: 1 / 3, 3: 2 / 3})
    assert values(table, "all") == {1: 1 / 5, 3: 2 / 5}
    assert table.drop_duplicates("column").set_index("column")["n"].to_dict() == {
        "accuracy": 4,
        "known": 3,
        "all": 5,
    }
    known = table[table["n"] >= 5]
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).all()
    assert table.loc[table["n"] < 5, ["low", "high"]].isna().all(axis=None)


def test_a_column_without_words_has_no_row():
    table = accuracy_table(np.array([2, 2]), np.array([0, 0]), 0, [1], Bootstrap(20, 0.95, seed=0))
    assert set(table["column"]) == {"accuracy", "all"}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16))
def test_accuracy_is_brute_force_and_grows_with_k(seed):
    rng = np.random.default_rng(seed)
    found = np.array([rng.permutation(12)[:6] for _ in range(15)])
    correct = [rng.permutation(12)[: rng.integers(0, 4)].tolist() for _ in range(15)]
    ranks = first_hits(found, correct)
    table = accuracy_table(
        ranks, np.array([len(c) for c in correct]), 0, [1, 2, 6], Bootstrap(10, 0.9, seed=0)
    )
    got = values(table, "accuracy")
    for k in (1, 2, 6):
        hits = [bool(set(row[:k]) & set(rows)) for row, rows in zip(found.tolist(), correct, strict=True)]
        assert got[k] == pytest.approx(np.mean(hits))
    assert got[1] <= got[2] <= got[6]


@pytest.mark.parametrize("k", [1, 5, 10, 20, 30])
def test_chance_is_the_hypergeometric_probability(k):
    m = np.array([0, 1, 3, 20])
    expected = 1 - comb(20 - m, min(k, 20)) / comb(20, min(k, 20))
    np.testing.assert_allclose(chance(m, 20, k), expected, atol=1e-12)


def test_chance_for_one_translation_is_k_of_all():
    np.testing.assert_allclose(chance(np.array([1]), 200_000, 10), 10 / 200_000, rtol=1e-4)
