"""What the written form of a word tells of its translation: its n-grams, and what they stand for in a dictionary.

Words that share Han characters share meanings, and katakana follows the sound of a foreign word. Both are learned
from the dictionary, without a table of readings: as the translations of words written alike, and as a ridge
regression from the n-grams to the translation's vector and to the translation's own written form.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from ipml.alignment.fusion.dictionary import Dictionary
from ipml.alignment.fusion.views import Table
from ipml.alignment.retrieval import unit_rows
from ipml.errors import InputError
from ipml.statistics.angles import unit_vectors

_ROUNDS, _TOLERANCE = 60, 1e-8
# Katakana writes how a foreign word sounds: a regression of its own, where the dictionary has enough such words.
_LOANED, _ENOUGH_LOANED = re.compile("[ァ-ヺー]+"), 200


class WrittenForm:
    """Scores of target words by the n-grams of a source word.

    Parameters
    ----------
    dictionary
        Its words are learned from, also those without a vector.
    meanings, spellings
        Vectors of the target words by meaning (m, e) and by their own n-grams (m, s), rows of length 1.
    n_grams
        Lengths of the source's, from and to.
    strength
        Of the ridge.
    neighbours
        Words written alike that are looked at.

    Raises
    ------
    InputError
        If no n-gram stands in two words of the dictionary.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        meanings: Table,
        spellings: Table,
        n_grams: Sequence[int],
        strength: float,
        neighbours: int,
    ) -> None:
        self._translations = dictionary.weights
        self._meanings, self._spellings = torch.from_numpy(meanings), torch.from_numpy(spellings)
        self._neighbours = neighbours
        self._counter = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=tuple(n_grams),
            sublinear_tf=True,
            min_df=2,
            dtype=np.float32,
        )
        try:
            self._forms = self._counter.fit_transform(dictionary.words)
        except ValueError as error:  # nothing is left to count
            raise InputError(
                f"model.written_form.n_grams={list(n_grams)}: none stands in two of the "
                f"{len(dictionary)} words of lexicon.train that are learned from"
            ) from error
        targets = np.hstack([self._translations @ meanings, self._translations @ spellings])
        coefficients = sparse_ridge(self._forms, targets, strength)
        self._to_meaning, self._to_spelling = np.split(coefficients, [meanings.shape[1]], axis=1)
        loaned = np.array([bool(_LOANED.fullmatch(word)) for word in dictionary.words])
        self._from_sound = None
        if loaned.sum() >= _ENOUGH_LOANED:
            self._from_sound = sparse_ridge(
                self._forms[loaned], targets[loaned, meanings.shape[1] :], strength
            )

    def scores(self, words: Sequence[str]) -> tuple[dict[str, torch.Tensor], npt.NDArray[np.float32]]:
        """Scores (q, m) of all target words by name of what tells them, and the likeness of the nearest word (q,)."""
        forms = self._counter.transform(words)
        alike = keep_largest((forms @ self._forms.T).tocsr(), self._neighbours)
        nearest = np.asarray(alike.max(axis=1).todense()).ravel() if alike.nnz else np.zeros(len(words))
        # Words that share most of their n-grams count far more than the many that share one.
        alike.data = alike.data**3
        by_neighbours = torch.from_numpy((alike @ self._translations).toarray())
        spelled_alike = torch.nn.functional.normalize(by_neighbours @ self._spellings, dim=1)
        scores = {
            "translations of words written alike": by_neighbours,
            "spelling of those": spelled_alike @ self._spellings.T,
            "meaning by written form": unit_rows(forms @ self._to_meaning) @ self._meanings.T,
            "spelling by written form": unit_rows(forms @ self._to_spelling) @ self._spellings.T,
        }
        if self._from_sound is not None:
            scores["spelling by katakana"] = unit_rows(forms @ self._from_sound) @ self._spellings.T
        return scores, nearest.astype(np.float32)


def spelling_vectors(words: Sequence[str], dimension: int, seed: int) -> Table:
    """Vectors of length 1 of the n-grams (2 to 4 letters) of words: shape (m, s), s at most ``dimension``."""
    counter = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, dtype=np.float32)
    forms = counter.fit_transform(words)
    size = min(dimension, min(forms.shape) - 1)
    if size < 1:
        return unit_vectors(forms.toarray()).astype(np.float32)
    return unit_vectors(TruncatedSVD(size, random_state=seed).fit_transform(forms)).astype(np.float32)


def sparse_ridge(
    X: sparse.csr_matrix, Y: npt.NDArray[np.float32], strength: float
) -> npt.NDArray[np.float32]:
    """Coefficients W (d, e) that minimise ‖Y − X W‖² + strength ‖W‖², by conjugate gradients on all columns at once.

    Hestenes & Stiefel 1952; a column's rounds end with those of the slowest, at 60 or a relative residual of 10⁻⁴.
    """
    W = np.zeros((X.shape[1], Y.shape[1]), dtype=np.float32)
    residual = np.asarray(X.T @ Y, dtype=np.float32)
    direction, size = residual.copy(), (residual**2).sum(axis=0)
    goal = _TOLERANCE * size
    for _ in range(_ROUNDS):
        if (size <= goal).all():
            break
        image = X.T @ (X @ direction) + strength * direction
        step = size / np.maximum((direction * image).sum(axis=0), 1e-30)
        W += step * direction
        residual -= step * image
        new_size = (residual**2).sum(axis=0)
        direction = residual + new_size / np.maximum(size, 1e-30) * direction
        size = new_size
    return W


def keep_largest(table: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """Drop all but the k largest entries of each row (ties with the k-th are kept)."""
    table = table.copy()
    for a, b in pairwise(table.indptr):
        if b - a > k:
            row = table.data[a:b]
            row[row < np.partition(row, -k)[-k]] = 0
    table.eliminate_zeros()
    return table
