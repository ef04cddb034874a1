"""Methods of `benchmarks.technology_to_product` on a split of the firms, and what each reached per held-out firm."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from benchmarks.firm_representations import PRODUCTS, Representations, Sides
from ipml.linear_map import solvers
from ipml.linear_map.identity_maps import choose_prior, identity_low_rank, ridge_identity
from ipml.linear_map.low_rank_map import rank_errors
from ipml.mapping import null_models
from ipml.mapping.ceiling import Measured, ceiling_table
from ipml.mapping.scores import centred_cosines, hits, own_ranks
from ipml.statistics.angles import cosines
from ipml.statistics.intervals import Bootstrap
from ipml.statistics.ridge_strength import choose_strength, strength_grid

METRICS = ("first", "among ten", "mean rank", "R2", "centred cosine", "cosine")
DISTANCES = ("centred cosine", "residual distance")
RECIPE = ("rare phrases", "titles")  # of the rows that show the solvers
N_FOLDS, LSA, SHRINKAGE = 2, 250, 1.0
_GRID = (1e-2, 1e4, 13)
Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What a method reached on the held-out firms of a split.

    Attributes
    ----------
    test
        Their rows.
    metrics
        By name: a number a firm, (m,); for ``R2`` squared errors of prediction and mean, (m, 2); or one number.
    choice
        What was chosen on the training firms, in words.
    """

    test: Rows
    metrics: dict[str, Any]
    choice: str = ""

    def figure(self, metric: str, weights: Array) -> Array:
        """Figure for weights of all n firms, shape (r, n): shape (r,)."""
        found = np.asarray(self.metrics[metric], dtype=np.float64)
        if found.ndim == 0:
            return np.full(len(weights), float(found))
        of_test = weights[:, self.test]
        means = of_test @ found / of_test.sum(axis=1).reshape(-1, *[1] * (found.ndim - 1))
        return means if found.ndim == 1 else 1 - means[:, 0] / means[:, 1]


def outcomes_of_split(read: Representations, train: Rows, test: Rows, seed: int) -> dict[str, Outcome]:
    """Fit every method to the training firms and try it on the held-out ones.

    Parameters
    ----------
    read
        All firms.
    train, test
        Their rows.
    """
    found: dict[str, Outcome] = {}
    words = read.words()
    found["words, ridge"] = _tried(words, train, test, "ridge")
    found["words, towards identity"] = _tried(words, train, test, "ridge_identity")
    if read.one_language:
        of_characters = read.characters(train)
        similar = np.asarray((of_characters[1][test] @ of_characters[0][test].T).todense())
        found["characters, TF-IDF (one language)"] = Outcome(test, _places(similar))
        found["characters, LSA ridge"] = _tried(_lsa(*of_characters, train), train, test, "ridge")
    texts = read.sides(*RECIPE, train)
    found["texts, centred cosine"] = _tried(texts, train, test, "identity")
    found["texts, ridge"] = _tried(texts, train, test, "ridge")
    found["texts, towards identity"] = _tried(texts, train, test, "ridge_identity")
    found["texts, identity + low rank"] = _tried(texts, train, test, "identity_low_rank")
    found["texts, chosen"] = _chosen(read, train, test)
    found["null: mean P"] = _tried(texts, train, test, "mean")
    mixed = Sides(texts.P.copy(), texts.T)
    mixed.P[train] = null_models.shuffled(texts.P[train], seed)
    found["null: shuffled pairs"] = _tried(mixed, train, test, "ridge_identity")
    found["null: random A"] = _tried(texts, train, test, "random", seed=seed)
    found["ceiling: halves of texts"] = _ceiling(read, texts, train, test, seed)
    return found


def matrix(X: Array, Y: Array, solver: str, seed: int = 0) -> Array:
    """Matrix A (e, d) of a solver for pairs (n, d) and (n, e); strengths by exact leave-one-out errors."""
    strengths = strength_grid(X, *_GRID)
    if solver == "ridge":
        return solvers.ridge(X, Y, choose_strength(X, Y, strengths).value)
    if solver == "random":
        return solvers.random_orthogonal(Y.shape[1], X.shape[1], seed)
    prior = choose_prior(X, Y, strengths)
    if solver == "ridge_identity":
        return ridge_identity(X, Y, prior.strength, prior.scale)
    errors = rank_errors(X, Y - prior.scale * X, prior.strength, N_FOLDS)
    return identity_low_rank(X, Y, prior.strength, int(errors.argmin()) + 1, prior.scale)


def _tried(sides: Sides, train: Rows, test: Rows, solver: str, seed: int = 0) -> Outcome:
    T, P = sides.T[train], sides.P[train]
    mean = P.mean(axis=0)
    if solver == "mean":
        predicted = null_models.mean_vector(P, sides.T[test])
    elif solver == "identity":  # of the vectors about their means, at the length with the least error
        X, Y = T - T.mean(axis=0), P - mean
        predicted = mean + np.sum(X * Y) / np.sum(X**2) * (sides.T[test] - T.mean(axis=0))
    else:
        predicted = sides.T[test] @ matrix(T, P, solver, seed).T
    return Outcome(test, _scores(predicted, sides.P[test], mean))


def _at_distances(sides: Sides, train: Rows, test: Rows) -> dict[str, Outcome]:
    """Ridge towards the identity, its predictions ranked by each of the distances."""
    T, P = sides.T[train], sides.P[train]
    mean = P.mean(axis=0)
    A = matrix(T, P, "ridge_identity")
    predicted = sides.T[test] @ A.T
    by_cosine = _scores(predicted, sides.P[test], mean)
    W = _whitening(P - T @ A.T)
    turned = own_ranks((predicted - mean) @ W, (sides.P[test] - mean) @ W, np.zeros(len(mean)))
    found = by_cosine, by_cosine | _ranked(*turned)
    return {name: Outcome(test, metrics) for name, metrics in zip(DISTANCES, found, strict=True)}


def _whitening(residuals: Array) -> Array:
    """Inverse square root of the covariance of residuals (n, d), shrunk to a multiple of the identity: (d, d)."""
    values, vectors = linalg.eigh(np.cov(residuals.T))
    values = np.clip(values, 0, None)
    return np.asarray((vectors * (values + SHRINKAGE * values.mean()) ** -0.5) @ vectors.T)


def _scores(predicted: Array, P: Array, mean: Array) -> dict[str, Any]:
    squares = np.stack([np.sum((P - other) ** 2, axis=1) for other in (predicted, mean)], axis=1)
    return {
        **_ranked(*own_ranks(predicted, P, mean)),
        "R2": squares,
        "centred cosine": centred_cosines(predicted, P, mean),
        "cosine": cosines(predicted, P),
    }


def _ranked(first: Rows, shared: Rows) -> dict[str, Array]:
    ranks = first + (shared - 1) / 2
    return {"first": hits(first, shared, 1), "among ten": hits(first, shared, 10), "mean rank": ranks}


def _places(similar: Array) -> dict[str, Array]:
    """Places of the own product by similarities (m, m), a row a technology."""
    own = np.diag(similar)[:, None]
    first = 1 + (similar > own).sum(axis=1)
    return _ranked(first, (similar == own).sum(axis=1))


def _lsa(P: sparse.csr_matrix, T: sparse.csr_matrix, train: Rows) -> Sides:
    """Coordinates of both sides along the leading singular vectors of the training firms, (n, at most 250)."""
    sides = []
    for side in (P, T):
        # Firms are fewer than features by a thousand times: the products of firms give the same vectors at no cost.
        products = np.asarray((side @ side[train].T).todense())
        values, vectors = linalg.eigh(products[train])
        kept = np.argsort(values)[::-1][: min(LSA, len(train) - 1)]
        sides.append(products @ vectors[:, kept] / np.sqrt(np.maximum(values[kept], 1e-12)))
    return Sides(*sides)


def _chosen(read: Representations, train: Rows, test: Rows) -> Outcome:
    """Recipe with the largest first + among ten + R2 over folds of the training firms, fitted to all of them."""
    best: tuple[float, tuple[str, str, str]] = -np.inf, ("", "", "")
    folds = np.arange(len(train)) % N_FOLDS
    for of_products, of_patents in product(PRODUCTS, read.patent_parts):
        totals = dict.fromkeys(DISTANCES, 0.0)
        for fold in range(N_FOLDS):
            inside, outside = train[folds != fold], train[folds == fold]
            sides = read.sides(of_products, of_patents, inside)
            whole = np.ones((1, len(read)))
            for distance, tried in _at_distances(sides, inside, outside).items():
                totals[distance] += sum(tried.figure(name, whole)[0] for name in ("first", "among ten", "R2"))
        best = max(best, *((total, (of_products, of_patents, way)) for way, total in totals.items()))
    of_products, of_patents, distance = best[1]
    sides = read.sides(of_products, of_patents, train)
    outcome = _at_distances(sides, train, test)[distance]
    return Outcome(test, outcome.metrics, f"{of_products}, {of_patents}, {distance}")


def _ceiling(read: Representations, texts: Sides, train: Rows, test: Rows, seed: int) -> Outcome:
    """What could be reached: the other half of the own phrases, and what errors of both leave (`ceiling_table`)."""
    first, second = (read.halves(RECIPE[0], train, seed, half) for half in (0, 1))
    mean = texts.P[train].mean(axis=0)
    halved = first.halved & second.halved
    kept = test[halved[test]]
    ranks = own_ranks(first.P[kept], second.P[kept], mean)
    A = matrix(texts.T[train], texts.P[train], "ridge_identity")
    errors = [
        (side_a[kept] - side_b[kept]) / 2 for side_a, side_b in ((first.T, second.T), (first.P, second.P))
    ]
    table = ceiling_table(
        Measured(texts.T[kept] @ A.T, errors[0] @ A.T),
        Measured(texts.P[kept], errors[1]),
        mean,
        Bootstrap(100, 0.95, seed),
    )
    values = dict(zip(table["metric"], table["value"], strict=True))
    of_table = {"R2": values["r2"], "centred cosine": values["cosine_centred"], "cosine": values["cosine"]}
    return Outcome(kept, {**_ranked(*ranks), **of_table})
