"""What errors of aligned words add to the noise of a contrast.

Firms draw their words from one vocabulary, and each aligned word has an error of its own that all firms share which
use it. `noise` takes word vectors as given: the spread of a few firms covers most of that error, that of many does
not, and then angles between countries read too wide and their intervals are too narrow. Here each word is a further
cluster: the difference in a cell is linear in its error, whose covariance matrix the calibration of the alignment
measures. So this part of V is known, and needs none of the care that `noise` takes with squares of firms.

Firms and words are two ways to cluster the same uses of words. What both count, the same word in the same firm, is
taken off once: Cameron, Gelbach & Miller 2011, "Robust inference with multiway clustering", equation 2.11.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
from scipy import linalg, sparse

from ipml.evaluation.estimates.contrast import Contrast
from ipml.evaluation.estimates.noise import NoiseMoments, fitted_influence, hidden_covariance
from ipml.evaluation.estimates.sample import turn
from ipml.statistics.angles import Array
from ipml.vectors.firm_vectors import WordWeights


@dataclass(frozen=True)
class FirmWords:
    """Words of the vectors of a group's firms.

    Attributes
    ----------
    weights
        Of product words and of patent words in the firms, n rows each.
    languages
        Of product words and of patent words.
    """

    weights: tuple[WordWeights, WordWeights]
    languages: tuple[str, str]


@dataclass(frozen=True)
class _Term:
    """What errors of one group's words of one kind (0: of products, 1: of patents) add to a vector of a cell.

    Attributes
    ----------
    vector
        What they are added to, products that are sold or made: shape (p,).
    sign
        Of that vector's direction in the cell's difference.
    firms
        How much each of the group's n firms counts in it, shape (n,).
    through
        Group whose A the errors go through; None: they are of products.
    """

    cell: int
    side: int
    kind: int
    vector: Array
    sign: float
    firms: Array
    through: int | None


class WordErrors:
    """Errors of the words of two groups.

    Parameters
    ----------
    words
        Of the two groups.
    errors
        Covariance matrix (e, e) of the error of a word, by language; words of other languages have none.
    """

    def __init__(self, words: tuple[FirmWords, FirmWords], errors: Mapping[str, Array]) -> None:
        self._languages = [_LanguageWords(words, language, error) for language, error in errors.items()]

    def added_to(self, moments: NoiseMoments, contrast: Contrast) -> NoiseMoments:
        """Moments of the noise in a contrast between the groups, from those without errors of words."""
        parts = [language.blocks(contrast) for language in self._languages]
        p = len(contrast.cells[0].difference)
        return _added(moments, contrast, lambda i, j: sum((part(i, j) for part in parts), np.zeros((p, p))))


def _added(moments: NoiseMoments, contrast: Contrast, block: Callable[[int, int], Array]) -> NoiseMoments:
    """Add to the moments a known covariance of the differences in cells i and j, shape (p, p) each."""
    k, d = len(contrast.cells), np.stack([cell.difference for cell in contrast.cells])
    influences, hidden = [_influences(contrast, side) for side in (0, 1)], hidden_covariance(contrast)
    trace = square = shared = 0.0
    known_along, other_along = np.zeros_like(d), hidden @ d
    for of_side in influences:
        other_along += np.einsum("inp,n->ip", of_side, np.einsum("inp,ip->n", of_side, d))
    for i, j in np.ndindex(k, k):
        known = block(i, j)
        trace += float(np.trace(known)) * (i == j)
        square += float(np.vdot(known, known))
        shared += float(hidden[i, j] * np.trace(known))
        shared += sum(float(np.vdot(of_side[i] @ known, of_side[j])) for of_side in influences)
        known_along[i] += known @ d[j]
    all_square = moments.trace_of_square + (2.0 * shared + square) / k**2
    before = moments.along + moments.trace_of_square
    along = before + float(np.vdot(d, known_along)) / k**2
    twice = moments.growth * before + float(np.vdot(known_along, 2.0 * other_along + known_along)) / k**3
    all_trace = moments.trace + trace / k
    # What is known has no freedom to lose.
    certain = (all_trace / moments.trace) ** 2 if moments.trace > 0 else np.inf
    return replace(
        moments,
        trace=all_trace,
        trace_of_square=all_square,
        along=max(along - all_square, 0.0),
        growth=twice / along if along > 0 else 0.0,
        freedom=moments.freedom * certain,
    )


class _LanguageWords:
    """Words of one language in two groups, and the covariance matrix of the error of each of them."""

    def __init__(self, words: tuple[FirmWords, FirmWords], language: str, error: Array) -> None:
        self._error = error
        listed = {
            (side, kind): words[side].weights[kind]
            for side, kind in product((0, 1), (0, 1))
            if words[side].languages[kind] == language
        }
        column: dict[str, int] = {}
        for one in listed.values():
            for word in one.words:
                column.setdefault(word, len(column))
        self._weights = {}
        for key, one in listed.items():
            entries = one.matrix.tocoo()
            columns = np.array([column[word] for word in one.words], dtype=np.int64)[entries.col]
            shape = one.matrix.shape[0], len(column)
            self._weights[key] = sparse.csr_matrix((entries.data, (entries.row, columns)), shape)
        self._same_word = {
            (side, a, b): np.asarray(first.multiply(second).sum(axis=1)).ravel()
            for (side, a), first in self._weights.items()
            for (other, b), second in self._weights.items()
            if side == other
        }

    def blocks(self, contrast: Contrast) -> Callable[[int, int], Array]:
        """Covariance of what the errors add to the differences in two cells, shape (p, p), by the cells' numbers."""
        terms = [term for term in _terms(contrast) if (term.side, term.kind) in self._weights]
        gram = self._gram(terms)
        p = len(contrast.cells[0].difference)
        of_cell = [[n for n, term in enumerate(terms) if term.cell == i] for i in range(len(contrast.cells))]

        @cache
        def core(a: int | None, b: int | None) -> Array:
            left, right = (
                np.eye(p) if of is None else contrast.samples[of].fit.cross_validated_matrix for of in (a, b)
            )
            return np.asarray(left @ self._error @ right.T)

        def block(i: int, j: int) -> Array:
            total = np.zeros((p, p))
            for a, b in product(of_cell[i], of_cell[j]):
                first, second = terms[a], terms[b]
                both = turn(core(first.through, second.through), second.vector)
                total += first.sign * second.sign * gram[a, b] * turn(both.T, first.vector).T
            return total

        return block

    def _gram(self, terms: Sequence[_Term]) -> Array:
        """Inner products over words of the terms' coefficients, less those of the same word in the same firm."""
        coefficients = [self._weights[term.side, term.kind].T @ term.firms for term in terms]
        gram = np.array([[first @ second for second in coefficients] for first in coefficients])
        for a, b in np.ndindex(len(terms), len(terms)):
            if terms[a].side == terms[b].side:
                same_word = self._same_word[terms[a].side, terms[a].kind, terms[b].kind]
                gram[a, b] -= (terms[a].firms * terms[b].firms) @ same_word
        if not len(terms):
            return gram
        values, vectors = linalg.eigh(gram)  # the difference of two covariances need not be one
        return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def _terms(contrast: Contrast) -> list[_Term]:
    """Own words count as firms do in the cell's means, the other group's as they do in the regression.

    Errors of the T that A is fitted to: to first order, and for small residuals, A makes the opposite of them.
    """
    terms = []
    for number, cell in enumerate(contrast.cells):
        own, other = contrast.samples[cell.side], 1 - cell.side
        mean = np.zeros(len(own.fitted))
        mean[cell.members] = 1.0 / len(cell.members)
        weights = contrast.samples[other].of_all(cell.weights)
        sold, made = own.product_vectors[cell.members].mean(axis=0), cell.made
        terms += [
            _Term(number, cell.side, 0, sold, 1.0, mean, None),
            _Term(number, cell.side, 1, made, -1.0, mean, other),
            _Term(number, other, 0, made, -1.0, weights, None),
            _Term(number, other, 1, made, 1.0, weights, other),
        ]
    return terms


def _influences(contrast: Contrast, side: int) -> Array:
    """Influence of each firm of a group on each cell, as own or as fitted one: shape (k, n, p)."""
    sample = contrast.samples[side]
    influences = np.zeros((len(contrast.cells), *sample.product_vectors.shape))
    for number, cell in enumerate(contrast.cells):
        if cell.side == side:
            influences[number, cell.firms] = cell.own
        else:
            influences[number, sample.fitted] = fitted_influence(cell, sample.fit)
    return influences
