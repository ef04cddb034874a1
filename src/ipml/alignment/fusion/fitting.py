"""Fits the fused aligner by stacking: the ranker learns from words that the witnesses have not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import Logger

from ipml.alignment.fusion.candidates import Candidates, Witnesses, times_translation
from ipml.alignment.fusion.dictionary import Dictionary
from ipml.alignment.fusion.ranker import CandidateRanker, ListsData, RankerModule
from ipml.alignment.fusion.views import View, joint_space, side_by_side
from ipml.alignment.fusion.written_form import WrittenForm, spelling_vectors
from ipml.alignment.settings import FusedAlignmentModel
from ipml.console import progress
from ipml.errors import InputError
from ipml.linear_map.fitting import EpochProgress, in_one_process
from ipml.quiet import quiet_lightning
from ipml.settings import Trainer
from ipml.targets import make
from ipml.tracking.epoch_loggers import LoggerFactory, no_loggers


@dataclass(frozen=True)
class FusedAligner:
    """Witnesses fitted to a dictionary and the rankers that weigh them.

    Attributes
    ----------
    witnesses
        What speaks for a translation.
    rankers
        Networks whose scores are averaged.
    n_candidates
        Candidates of a word.
    """

    witnesses: Witnesses
    rankers: Sequence[CandidateRanker]
    n_candidates: int

    def translate(self, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Candidates of some source words (q,), best first, and their probabilities: two arrays of shape (q, C)."""
        if not len(rows):  # no validation words, for one
            return np.zeros((0, self.n_candidates), np.int64), np.zeros((0, self.n_candidates), np.float32)
        return ranked(self.witnesses.candidates(rows, self.n_candidates, "translations"), self.rankers)


def ranked(
    found: Candidates, rankers: Sequence[CandidateRanker]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Order candidates by the mean of the rankers' scores, with the softmax of these over each word's list."""
    with torch.inference_mode():
        scores = torch.stack([ranker(found.features) for ranker in rankers]).mean(dim=0)
    best, order = scores.softmax(dim=1).sort(dim=1, descending=True, stable=True)
    return found.rows.gather(1, order).numpy(), best.numpy()


@dataclass(frozen=True)
class Stack:
    """What witnesses that had not seen a word say of it, for all dictionary words with a vector.

    Attributes
    ----------
    rows, fold
        Source row and fold of each word, shape (q,).
    candidates
        Of each word.
    translations
        Target rows of each word's translations.
    correct
        Whether a candidate is among them, shape (q, C).
    """

    rows: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int64]
    candidates: Candidates
    translations: list[npt.NDArray[np.int64]]
    correct: torch.Tensor


class FusedFitting:
    """Fits the witnesses and the rankers.

    Parameters
    ----------
    words
        All source words and all target words.
    views
        The first is the embedding whose words they are; the others know some of them.
    model
        Group ``model`` of the training.
    trainer
        Group ``trainer``, for the rankers.
    seed
        Of all that is drawn.
    """

    def __init__(
        self,
        words: tuple[Sequence[str], Sequence[str]],
        views: Sequence[View],
        model: FusedAlignmentModel,
        trainer: Trainer,
        seed: int,
    ) -> None:
        self.words, self.settings, self._trainer, self._seed = words, model, trainer, seed
        together = [side_by_side(views)] if len(views) > 1 else []
        self.views = [view for view in views if view.has_both] + together
        self._meanings = views[0].target
        form = self.settings.written_form
        self._spellings = None if form is None else spelling_vectors(words[1], form.dimension, seed)

    def stacked(self, dictionary: Dictionary, fold: npt.NDArray[np.int64]) -> Stack:
        """Fit the witnesses once for each fold, to the words of the others, and hear them on the fold's words.

        Parameters
        ----------
        fold
            Fold of each of the dictionary's words, shape (N,).

        Raises
        ------
        InputError
            If fewer than two folds have words with vectors, or no translation is found among the candidates.
        """
        with_vector = dictionary.rows >= 0
        heard = self._heard(with_vector)
        numbers = np.unique(fold[heard])
        if len(numbers) < 2:
            raise InputError(
                f"lexicon.train: {with_vector.sum()} words with vectors; two folds of them are needed"
            )
        parts, places = [], []
        for place, number in enumerate(numbers, start=1):
            left_out = np.flatnonzero((fold == number) & heard)
            witnesses = self.witnesses(dictionary.select(fold != number))
            label = f"fold {place} of {len(numbers)}"
            parts.append(witnesses.candidates(dictionary.rows[left_out], self.settings.n_candidates, label))
            places.append(left_out)
        order = np.concatenate(places)
        candidates = Candidates(torch.cat([p.rows for p in parts]), torch.cat([p.features for p in parts]))
        every = dictionary.translations()
        translations = [every[place] for place in order]
        correct = candidates.correct(translations)
        if not correct.any():
            raise InputError(
                "lexicon.train: no translation is among the candidates of its word; nothing to learn from"
            )
        return Stack(dictionary.rows[order], fold[order], candidates, translations, correct)

    def _heard(self, with_vector: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Words that the rankers learn from: drawn if there are more than memory should hold."""
        chosen = np.flatnonzero(with_vector)
        if len(chosen) > self.settings.max_stacked_words:
            generator = np.random.default_rng([self._seed, 5])
            chosen = generator.choice(chosen, self.settings.max_stacked_words, replace=False)
        heard = np.zeros(len(with_vector), dtype=bool)
        heard[chosen] = True
        return heard

    def fit(self, dictionary: Dictionary, stack: Stack, loggers: LoggerFactory = no_loggers) -> FusedAligner:
        """Fit the witnesses to the whole dictionary and the rankers to its stack; ``loggers`` are those of a ranker."""
        rankers = self._rankers(stack.candidates.features, stack.correct, loggers)
        return FusedAligner(self.witnesses(dictionary), rankers, self.settings.n_candidates)

    def cross_validated(self, stack: Stack) -> npt.NDArray[np.int64]:
        """Candidates of the stack's words, best first, each fold's by rankers of the others: shape (q, C)."""
        found = np.empty(stack.candidates.rows.shape, dtype=np.int64)
        features = stack.candidates.features
        for number in np.unique(stack.fold):
            inside = torch.from_numpy(stack.fold == number)
            rankers = self._rankers(features[~inside], stack.correct[~inside])
            part = Candidates(stack.candidates.rows[inside], features[inside])
            found[inside.numpy()] = ranked(part, rankers)[0]
        return found

    def witnesses(self, dictionary: Dictionary) -> Witnesses:
        """Fit every witness to a dictionary."""
        neighbourhood = self.settings.retrieval.neighbourhood
        regularisation = self.settings.regularisation.model_dump()
        spaces = [
            joint_space(view, dictionary, method, regularisation, neighbourhood)
            for view in self.views
            for method in self.settings.view_methods
        ]
        form = None
        if self._spellings is not None and (given := self.settings.written_form) is not None:
            form = WrittenForm(
                dictionary,
                self._meanings,
                self._spellings,
                given.n_grams,
                given.strength,
                given.neighbours,
            )
        return Witnesses(self.words[0], spaces, form, times_translation(dictionary))

    def _rankers(
        self, features: torch.Tensor, correct: torch.Tensor, loggers: LoggerFactory = no_loggers
    ) -> list[CandidateRanker]:
        seeds = np.random.SeedSequence([self._seed, 4]).generate_state(self.settings.n_rankers)
        return [
            self._ranker(features, correct, int(seed), loggers(f"ranker_{number}"))
            for number, seed in enumerate(seeds)
        ]

    def _ranker(
        self, features: torch.Tensor, correct: torch.Tensor, seed: int, loggers: Sequence[Logger]
    ) -> CandidateRanker:
        settings = self.settings.ranker
        data = ListsData(features, correct, settings.batch_size, seed)
        with (
            torch.random.fork_rng(devices=[]),
            quiet_lightning(),
            progress("ranker", settings.max_epochs) as step,
        ):
            torch.manual_seed(seed)
            ranker = CandidateRanker(features.shape[2], settings.hidden, settings.dropout)
            ranker.standardise_by(data.features)
            trainer: pl.Trainer = make(
                "trainer",
                in_one_process(self._trainer),
                max_epochs=settings.max_epochs,
                callbacks=[EpochProgress(step)],
                logger=list(loggers),
            )
            trainer.fit(
                RankerModule(ranker, partial(make, "model.ranker.optimizer", settings.optimizer)),
                datamodule=data,
            )
        return ranker.cpu().eval()
