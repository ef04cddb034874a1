"""`Aligner`: the map from a language's word vectors to those of another language as a transformer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from ipml.alignment.affine import Alignment, check_steps, length_ratio, prepare, step_means
from ipml.alignment.data import AlignmentData, Rows, Table, Vocabulary, known_pairs, source_weights
from ipml.alignment.lexicons.lexicon import lexicon_of
from ipml.alignment.retrieval import neighbours
from ipml.alignment.settings import AlignmentTraining
from ipml.codes import config_directory
from ipml.console import without_progress
from ipml.errors import InputError, check_count, choice_error
from ipml.estimators.containers import as_list, check_same_rows, refuse_texts
from ipml.estimators.defaults import RandomState, default_settings, seed_of
from ipml.estimators.word_pairs import word_pairs
from ipml.estimators.word_vectors import WordVectors, vector_table
from ipml.guards.shapes import Shapes
from ipml.linear_map.fitting import fit_linear_map
from ipml.statistics.angles import cosines
from ipml.text.normalisation import normalise_all


class Aligner(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Map of word vectors into the space of another language, learnt from pairs of translations.

    The same methods and the same map as ``ipml train model=alignment``: vectors go through ``steps``, a matrix is
    fitted there, and words land about the mean of the target's vectors (`ipml.alignment.affine`).

    Parameters
    ----------
    method
        ``orthogonal`` (Procrustes: Xing et al. 2015), ``ridge``, ``least_squares`` (Mikolov et al. 2013), ``cca``
        (Faruqui & Dyer 2014), ``mutual_refinement`` (Lample et al. 2018), ``rcsls`` (Joulin et al. 2018),
        ``self_learning`` (Artetxe et al. 2018), ``identity`` or ``sgd`` (Motohashi & Zhu 2023): the files of
        ``conf/aligner``.
    steps
        ``unit`` (length 1) and ``centre`` (mean taken off), in the order in which they are applied.
    retrieval
        How `nearest` and `translate` search: ``csls`` (Lample et al. 2018, eq. 3), ``inverted_softmax`` or ``nearest``.
    validation_share
        Share of the source words that ``rcsls`` and ``sgd`` stop by; the other methods take them all.
    random_state
        Decides the validation words and whatever a method draws.

    Attributes
    ----------
    alignment_
        The fitted `ipml.alignment.affine.Alignment`.
    matrix_
        Its matrix, shape (e, d).
    figures_
        What the method found on its way.
    n_features_in_
        Dimensions d of the source.
    feature_names_in_
        Names of these, where X is a frame whose columns have names.

    Examples
    --------
    >>> import numpy as np
    >>> ja = np.random.default_rng(0).normal(size=(40, 3))
    >>> en = np.roll(ja, 1, axis=1)  # the same words, turned
    >>> aligner = Aligner(steps=("unit",)).fit(ja[:30], en[:30])
    >>> aligner.nearest(ja[30:33], en, k=1).tolist()
    [[30], [31], [32]]
    """

    def __init__(
        self,
        method: str = "orthogonal",
        steps: Sequence[str] = ("unit", "centre", "unit"),
        *,
        retrieval: str = "csls",
        validation_share: float = 0.1,
        random_state: RandomState = 0,
    ) -> None:
        self.method = method
        self.steps = steps
        self.retrieval = retrieval
        self.validation_share = validation_share
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Fit the map to pairs of translations, which are also the vocabulary of both languages.

        Parameters
        ----------
        X
            Vectors of source words, shape (n, d).
        y
            Vectors of their translations in the same order, shape (n, e).

        Raises
        ------
        InputError
            For texts, or two tables whose indices differ.
        """
        refuse_texts("X", X)
        refuse_texts("y", y)
        check_same_rows(X, y)
        source, target = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        target = np.asarray(target, dtype=np.float64).reshape(len(source), -1)
        self._words: tuple[Vocabulary, Vocabulary] | None = None
        return self._fit(source, target, np.repeat(np.arange(len(source))[:, None], 2, axis=1))

    def fit_words(
        self,
        source: WordVectors,
        target: WordVectors,
        dictionary: Iterable[tuple[str, str]] | Mapping[str, str | Sequence[str]] | pd.DataFrame,
    ) -> Self:
        """Fit the map to two vocabularies and a dictionary; `translate` then takes words.

        A source word counts once, however many translations it has. Pairs without vectors are left out.

        Parameters
        ----------
        source, target
            Word vectors of the two languages, most frequent words first: a mapping of words to vectors, a DataFrame
            with the words as its index, or words and a matrix.
        dictionary
            Pairs of a source word and a translation; or a mapping of source words to a translation or several; or a
            DataFrame with the columns ``source`` and ``target``.

        Raises
        ------
        InputError
            If no pair has vectors in both languages, or one of the three is something else.
        """
        tables = vector_table(source, "source"), vector_table(target, "target")
        mine, theirs = (
            Vocabulary(
                table.words,
                table.select(table.words)[1],
                {word: row for row, word in enumerate(table.words)},
            )
            for table in tables
        )
        pairs = known_pairs(lexicon_of(word_pairs(dictionary), "dictionary"), mine, theirs)
        if not len(pairs):
            raise InputError("dictionary: no pair has vectors in both languages")
        validate_data(self, mine.vectors)
        self._words = mine, theirs
        return self._fit(mine.vectors.astype(np.float64), theirs.vectors.astype(np.float64), pairs)

    def transform(self, X: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Bring source vectors (n, d) into the target's space: shape (n, e)."""
        check_is_fitted(self)
        refuse_texts("X", X)
        return self.alignment_.apply(validate_data(self, X, dtype=np.float64, reset=False))

    @without_progress()
    def score(self, X: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """Return the mean cosine of words X (n, d) with their translations y (n, e), both where words are searched.

        After a fit to one dimension y may be of shape (n,). Other shapes are refused: nothing is broadcast.
        """
        check_is_fitted(self)
        refuse_texts("X", X)
        refuse_texts("y", y)
        check_same_rows(X, y)
        source = validate_data(self, X, dtype=np.float64, reset=False)
        e = len(self.matrix_)
        pattern = "n" if e == 1 and np.ndim(y) == 1 else "n e"
        target = Shapes(n=len(source), e=e).check("y", y, pattern).astype(np.float64).reshape(-1, e)
        return float(cosines(self.alignment_.queries(source), self.alignment_.targets(target)).mean())

    @without_progress()
    def nearest(
        self, X: npt.ArrayLike, targets: npt.ArrayLike, k: int = 10, sources: npt.ArrayLike | None = None
    ) -> Rows:
        """Find the rows of the k best translations of each source vector, best first: shape (n, min(k, m)).

        Parameters
        ----------
        X
            Source vectors, shape (n, d).
        targets
            All candidates, shape (m, e).
        k
            Number of candidates wanted.
        sources
            All source words, among which the hubness of a candidate is measured; None: X.
        """
        check_is_fitted(self)
        check_count("k", k)
        candidates = Shapes(e=len(self.matrix_)).check("targets", targets, "m e").astype(np.float64)
        queries, every = (
            self.alignment_.queries(validate_data(self, rows, dtype=np.float64, reset=False))
            for rows in (X, X if sources is None else sources)
        )
        return neighbours(queries, self.alignment_.targets(candidates), k, self.retrieval, every)

    @without_progress()
    def translate(self, words: Sequence[str], k: int = 1) -> list[list[str]]:
        """Translate words of the source vocabulary that `fit_words` was given: the k best of each, best first.

        Raises
        ------
        InputError
            After `fit`, which knows no words, or for words that have no vector.
        """
        check_is_fitted(self)
        if self._words is None:
            raise InputError("translate: no words are known; fit with fit_words")
        source, target = self._words
        words = as_list("words", words, "a list of words")
        if wrong := [word for word in words if not isinstance(word, str)]:
            raise InputError(f"words: {wrong[0]!r} is no word")
        words = normalise_all(words)
        if unknown := [word for word in words if word not in source.row]:
            raise InputError(f"words: no vector for {', '.join(unknown[:5])}")
        if not len(words):
            return []
        rows = source.vectors[[source.row[word] for word in words]]
        found = self.nearest(rows, target.vectors, k, source.vectors)
        return [[target.words[row] for row in of_word] for of_word in found]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = tags.target_tags.multi_output = tags.target_tags.two_d_labels = True
        tags.target_tags.single_output = False
        tags.transformer_tags.preserves_dtype = []  # word vectors are float32 throughout
        return tags

    @without_progress()
    def _fit(self, source: Table, target: Table, pairs: Rows) -> Self:
        methods = sorted(path.stem for path in (config_directory() / "aligner").glob("*.yaml"))
        if self.method not in methods:
            raise choice_error("method", self.method, methods)
        steps = tuple(self.steps)
        check_steps(steps)
        words = "model=alignment", f"aligner@model.map={self.method}"
        defaults = default_settings(AlignmentTraining, "train", *words)
        fit = defaults.model.map
        seed = seed_of(self.random_state)
        means = step_means(source, steps), step_means(target, steps)
        X, Y = (prepare(rows, steps, mean) for rows, mean in zip((source, target), means, strict=True))
        train, validation = self._split(pairs, seed, fit.patience is not None)
        held_out = np.unique(validation[:, 0])
        data = AlignmentData(X, Y, train, validation, pairs, source_weights(train), held_out, seed)
        try:
            found = fit_linear_map(fit, defaults.trainer, data, "alignment")
        except ValueError as error:
            if X.any():
                raise
            n, d = X.shape
            raise InputError(
                f"n_samples={n}, n_features={d}: steps={list(steps)} leave nothing of the vectors"
            ) from error
        settings = {"solver": fit.module["_target_"], "seed": seed}
        scale = length_ratio(found.matrix, X, Y)
        self.alignment_ = Alignment(found.matrix, *means, scale, steps, settings, found.search_matrix)
        self.matrix_, self.figures_ = found.matrix, found.figures
        self._n_features_out = len(found.matrix)
        return self

    def _split(self, pairs: Rows, seed: int, stops_early: bool) -> tuple[Rows, Rows]:
        """Split pairs into those to fit and those to stop by; a source word has all its pairs in one of them."""
        if not stops_early:
            return pairs, pairs[:0]
        if not 0 < self.validation_share < 1:
            raise InputError(f"validation_share={self.validation_share}: allowed: more than 0, less than 1")
        words = np.random.default_rng(seed).permutation(np.unique(pairs[:, 0]))
        if len(words) < 2:
            raise InputError(f"1 sample: method={self.method} needs words to fit and words to stop by")
        held_back = np.isin(
            pairs[:, 0], words[: min(max(round(self.validation_share * len(words)), 1), len(words) - 1)]
        )
        return pairs[~held_back], pairs[held_back]
