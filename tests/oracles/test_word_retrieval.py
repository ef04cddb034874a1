"""Retrieval of words and accuracy@k against loops over single words."""

from itertools import combinations
from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipml.alignment.accuracy import accuracy_table, chance, first_hits
from ipml.alignment.retrieval import neighbours
from ipml.statistics.intervals import Bootstrap


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    length = sqrt(float(x @ x)) * sqrt(float(y @ y))
    return float(x @ y) / length if length else 0.0


def looped_scores(
    query: np.ndarray,
    targets: np.ndarray,
    sources: np.ndarray,
    method: str,
    neighbourhood: int,
    temperature: float,
) -> list[float]:
    """Score of each target for one query, every word for itself."""
    scores = []
    for target in targets:
        score = cosine(query, target)
        of_sources = [cosine(source, target) for source in sources]
        if method == "csls":
            nearest = sorted(of_sources, reverse=True)[:neighbourhood]
            score -= sum(nearest) / len(nearest) / 2
        elif method == "inverted_softmax":
            score -= temperature * log(sum(exp(value / temperature) for value in of_sources))
        scores.append(score)
    return scores


def check(
    queries: np.ndarray, targets: np.ndarray, sources: np.ndarray, method: str, k: int, neighbourhood: int
) -> None:
    found = neighbours(queries, targets, k, method, sources, neighbourhood, temperature=0.1)
    assert found.shape == (len(queries), min(k, len(targets)))
    for query, rows in zip(queries, found, strict=True):
        assert len(set(rows.tolist())) == len(rows)
        scores = looped_scores(query, targets, sources, method, neighbourhood, temperature=0.1)
        best = sorted(scores, reverse=True)[: len(rows)]
        # Of equal scores any may come first: the scores in their order are what is promised.
        np.testing.assert_allclose([scores[row] for row in rows], best, atol=2e-6)


@pytest.mark.parametrize("method", ["nearest", "csls", "inverted_softmax"])
@pytest.mark.parametrize(("k", "neighbourhood"), [(1, 10), (5, 3), (40, 10)])
def test_neighbours_are_those_of_the_loop(method: str, k: int, neighbourhood: int) -> None:
    rng = np.random.default_rng([k, neighbourhood])
    sources, targets = rng.normal(size=(25, 6)), rng.normal(size=(30, 6)) + 0.3
    check(sources[:8], targets, sources, method, k, neighbourhood)


def test_csls_among_so_many_targets_that_bounds_are_used_is_that_of_the_loop() -> None:
    rng = np.random.default_rng(1)
    sources, targets = rng.normal(size=(15, 16)), rng.normal(size=(1900, 16))
    check(sources[:3], targets, sources, "csls", 1, 10)


@pytest.mark.parametrize("method", ["nearest", "csls", "inverted_softmax"])
def test_ties_zeros_and_single_words(method: str) -> None:
    rng = np.random.default_rng(2)
    words = rng.normal(size=(4, 5))
    twice = np.vstack([words, words])
    check(words, twice, words, method, 3, 2)
    check(words, np.vstack([words, np.zeros((2, 5))]), words, method, 6, 2)
    check(words[:1], words[1:2], words[:1], method, 3, 10)  # one of each


def looped_accuracy(found: list[list[int]], correct: list[list[int]], k: int) -> list[bool]:
    return [
        any(row in translations for row in rows[:k])
        for rows, translations in zip(found, correct, strict=True)
    ]


WORDS = st.lists(
    st.tuples(st.permutations(range(6)), st.lists(st.integers(0, 8), max_size=3, unique=True)), max_size=12
)


@given(words=WORDS, without_vector=st.integers(0, 3))
@example(words=[], without_vector=0)
@example(words=[([0, 1, 2, 3, 4, 5], [])], without_vector=0)  # no translation among the candidates
@example(words=[([0, 1, 2, 3, 4, 5], [8])], without_vector=2)  # not found
def test_accuracy_is_that_of_the_loop(words: list[tuple[list[int], list[int]]], without_vector: int) -> None:
    found = [list(rows)[:5] for rows, _ in words]
    correct = [translations for _, translations in words]
    ranks = first_hits(np.array(found, dtype=np.int64).reshape(-1, 5), correct)
    n_correct = np.array([len(translations) for translations in correct], dtype=np.int64)
    table = accuracy_table(ranks, n_correct, without_vector, [1, 3, 5], Bootstrap(10, 0.95, seed=1))
    expected = {}
    for k in (1, 3, 5):
        hits = looped_accuracy(found, correct, k)
        of_column = {
            "accuracy": hits,
            "known": [hit for hit, translations in zip(hits, correct, strict=True) if translations],
            "all": hits + [False] * without_vector,
        }
        expected.update({(column, k): sum(of) / len(of) for column, of in of_column.items() if of})
    got = {(row.column, row.k): row.value for row in table.itertuples()}
    assert got == pytest.approx(expected)


@pytest.mark.parametrize("n_candidates", [1, 4, 7])
@pytest.mark.parametrize("k", [1, 3, 9])
def test_chance_is_that_of_counting_all_draws(n_candidates: int, k: int) -> None:
    n_correct = np.arange(n_candidates + 1)
    expected = []
    for m in n_correct:
        draws = list(combinations(range(n_candidates), min(k, n_candidates)))
        expected.append(sum(any(candidate < m for candidate in draw) for draw in draws) / len(draws))
    np.testing.assert_allclose(chance(n_correct, n_candidates, k), expected, atol=1e-12)
