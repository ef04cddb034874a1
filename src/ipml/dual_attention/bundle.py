"""The fold models of a registered ``dual_attn`` model as one bundle: saving, loading, scoring."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from scipy.special import expit

from ipml.dual_attention.bag_of_words import BagOfWords, Codes, term_counts
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.encoder import encoder_lineage, reached_settings
from ipml.dual_attention.network.factory import make_network, reading_of
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.settings import StackSettings
from ipml.dual_attention.stack.blocks import encoder_fingerprint, make_blocks, text_cache
from ipml.dual_attention.stack.stacking import Block, Stack
from ipml.errors import InputError
from ipml.reach import Reach
from ipml.settings import validated
from ipml.text import Language
from ipml.text.languages import open_kept_language
from ipml.tracking.model_files import load_model, save_model

KIND = "dual_attention"
STAGE = "dual_attn"  # of training, and the beginning of the registered names
_FIRMS_AT_A_TIME = 64
_NETWORK, _BAG, _STACK = "network.", "bag.", "stack."
Member = tuple[int, int]  # number of its fold, number of its seed


@dataclass(frozen=True)
class SiteScores:
    """What a model says of the sites of F firms with G pages and E words on pages.

    Attributes
    ----------
    probabilities
        That a firm holds patents, (F,).
    word_weights
        Attention of each word on its page, all repeats together, in the order of ``Sites.counts.data``, (E,).
    page_weights
        Attention of each page in its firm, (G,).
    """

    probabilities: npt.NDArray[np.float32]
    word_weights: npt.NDArray[np.float32]
    page_weights: npt.NDArray[np.float32]


@dataclass(frozen=True)
class FoldModel:
    """What one fold's training firms taught.

    Attributes
    ----------
    network
        Attention.
    bag
        Bag of words beside it, if there is one.
    stack
        Classifiers of the whole text beside both, if there are any.
    """

    network: DualAttentionNetwork
    bag: BagOfWords | None = None
    stack: Stack | None = None

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by name, for saving."""
        named = {_NETWORK + name: value.numpy() for name, value in self.network.state_dict().items()}
        if self.bag is not None:
            named |= {_BAG + name: value for name, value in self.bag.tensors().items()}
        if self.stack is not None:
            named |= {_STACK + name: value for name, value in self.stack.tensors().items()}
        return named

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[Any]], network: DualAttentionNetwork) -> "FoldModel":
        """Make a fold model of what `tensors` gave, in a network of the same settings."""
        state = _part(tensors, _NETWORK)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
        bag = _part(tensors, _BAG)
        stack = _part(tensors, _STACK)
        return cls(network.eval(), BagOfWords(**bag) if bag else None, Stack.of(stack) if stack else None)

    def add_probabilities(
        self,
        scores: SiteScores,
        sites: Sites,
        firms: npt.NDArray[np.int64],
        counts: sparse.csr_matrix | None,
        share: float = 1.0,
        blocks: Mapping[str, Block] | None = None,
    ) -> None:
        """Add ``share`` times the probabilities of some firms, and the attention on them, to ``scores``.

        Parameters
        ----------
        counts
            Counts of the terms of all firms, CSR (F, N); None: without a bag of words.
        blocks
            Features of all firms for the stack; None: without it.
        """
        logits = network_logits(self.network, sites, firms, scores, share)
        if self.bag is not None and counts is not None:
            logits = self.bag.mix(logits, counts[firms])
        if self.stack is not None and blocks is not None:
            logits = self.stack.mix(logits, self.stack.logits(blocks, firms))
        scores.probabilities[firms] += share * expit(logits)


@dataclass(frozen=True)
class Bundle:
    """The models of each fold, and what is needed to use them.

    Attributes
    ----------
    folds
        M models; model i was trained on the firms outside fold ``members[i][0]``.
    fold_of_firm
        Fold of each firm that was trained on.
    words
        Vocabulary in which the fold models number words.
    terms
        Terms of the bags of words, coded as in `ipml.dual_attention.bag_of_words`.
    settings
        JSON values: ``country``, ``language`` (code), ``language_settings``, ``lineage``, ``page_kinds``, ``seed``,
        ``dropped`` (members trained and left out, by name) and ``model``, the configuration of that name.
    reach
        What these settings may read.
    members
        Fold and number of the seed of each model, in ascending order; where none are given, one model a fold.
    """

    folds: list[FoldModel]
    fold_of_firm: Mapping[str, int]
    words: list[str]
    terms: Codes
    settings: dict[str, Any] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach.of_now, compare=False)
    members: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Name the members where they are not named."""
        members = self.members or [(fold, 0) for fold in range(len(self.folds))]
        if len(members) != len(self.folds):
            raise ValueError(f"{len(self.folds)} models and {len(members)} members")
        object.__setattr__(self, "members", members)

    @property
    def n_folds(self) -> int:
        """Count the folds."""
        return len({fold for fold, _ in self.members})

    def weights(self, member: Member) -> Mapping[str, torch.Tensor] | None:
        """Return the weights of a member's network; None if it was dropped."""
        networks = dict(zip(self.members, self.folds, strict=True))
        return networks[member].network.state_dict() if member in networks else None

    def save(self, folder: Path) -> None:
        """Write tensors and settings into a folder. Word vectors and frozen encoders are not saved."""
        tensors: dict[str, npt.NDArray[Any]] = {"terms": self.terms}
        for member, fold in zip(self.members, self.folds, strict=True):
            tensors |= {f"{member_name(member)}.{name}": value for name, value in fold.tensors().items()}
        own = {
            "members": [list(member) for member in self.members],
            "dimension": self.folds[0].network.dimension,
            "words": self.words,
        }
        save_model(folder, KIND, tensors, {**self.settings, **own, "fold_of_firm": dict(self.fold_of_firm)})

    @classmethod
    def load(cls, folder: Path, reach: Reach | None = None) -> "Bundle":
        """Read a bundle.

        Parameters
        ----------
        reach
            What its settings may read; None: below the current folder or ``IPML_HOME``.

        Raises
        ------
        InputError
            If a file is missing, broken or of another kind, or the encoder is not the same any more or may not be read.
        """
        reach = Reach.of_now() if reach is None else reach
        tensors, settings = load_model(folder, KIND)
        try:
            words, dimension = settings.pop("words"), settings.pop("dimension")
            model, fold_of_firm = settings["model"], settings.pop("fold_of_firm")
            if model.get("encoder") is not None:
                model = settings["model"] = {**model, "encoder": reached_settings(model["encoder"], reach)}
                _check_lineage(encoder_lineage(model["encoder"], reach.download), settings["lineage"])
            if model.get("stack") is not None:
                validated(StackSettings, model["stack"], "model.stack")
                _check_lineage(encoder_fingerprint(model), settings["lineage"])
            members = [(int(fold), int(seed)) for fold, seed in settings.pop("members")]
            folds = []
            for member in members:
                network = make_network(model, dimension, len(words))
                folds.append(FoldModel.of(_part(tensors, f"{member_name(member)}."), network))
            terms = tensors["terms"]
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise InputError(
                f"{folder}: the tensors do not fit the settings; train the model again"
            ) from error
        del settings["kind"]
        return cls(folds, fold_of_firm, words, terms, settings, reach, members)

    @property
    def reading(self) -> dict[str, Any]:
        """How the pages were read, as arguments of `read_sites`."""
        return {"page_kinds": self.settings["page_kinds"], **reading_of(self.settings["model"])}

    def open_language(self) -> Language:
        """Open the word vectors and the tokenizer the networks were trained with.

        Raises
        ------
        InputError
            If they cannot be opened or are not the same any more.
        """
        code = self.settings["language"]
        language = open_kept_language(code, self.settings["language_settings"], self.reach)
        _check_lineage(language.lineage, self.settings["lineage"])
        return language

    def fold_numbers(self, sites: Sites) -> npt.NDArray[np.int64]:
        """Look up the fold of each firm, (F,); -1 for a firm that was not trained on."""
        return np.array([self.fold_of_firm.get(firm_id, -1) for firm_id in sites.firm_ids], dtype=np.int64)

    def score(self, sites: Sites) -> SiteScores:
        """Score firms: those trained on by the mean of the models of their fold, others by the mean of all."""
        fold = self.fold_numbers(sites)
        asked = (fold < 0) | (fold == self._fold_of_member[:, None])
        return self._weighted(sites, asked / asked.sum(axis=0))

    def score_in_sample(self, sites: Sites) -> SiteScores:
        """Score firms by the mean of the models that were trained on them: leaking, for comparison only."""
        seen = self.fold_numbers(sites) != self._fold_of_member[:, None]
        return self._weighted(sites, seen / seen.sum(axis=0))

    def score_by_member(self, sites: Sites) -> Iterator[SiteScores]:
        """Score all firms by each model in turn, those that it was trained on too: for comparing the models only."""
        for number in range(len(self.folds)):
            shares = np.zeros((len(self.folds), len(sites)))
            shares[number] = 1
            yield self._weighted(sites, shares)

    def page_weights_by_member(self, sites: Sites) -> npt.NDArray[np.float32]:
        """Compute the attention on each page by each model, (M, G), on firms it was trained on too."""
        sites = self._numbered(sites)
        return np.stack([network_page_weights(fold.network, sites) for fold in self.folds])

    def page_weights_by_fold(self, sites: Sites) -> npt.NDArray[np.float32]:
        """Average the attention on each page over the models of each fold, (folds, G)."""
        weights = self.page_weights_by_member(sites)
        fold_of_member = self._fold_of_member
        return np.stack([weights[fold_of_member == fold].mean(axis=0) for fold in np.unique(fold_of_member)])

    @property
    def _fold_of_member(self) -> npt.NDArray[np.int64]:
        return np.array([fold for fold, _ in self.members], dtype=np.int64)

    def _weighted(self, sites: Sites, shares: npt.NDArray[Any]) -> SiteScores:
        """Average the models with weights of shape (M, F)."""
        sites = self._numbered(sites)
        counts = term_counts(sites, len(self.words), self.terms) if len(self.terms) else None
        blocks = None
        if any(fold.stack is not None for fold in self.folds):
            blocks = make_blocks(sites, self.settings["model"]["stack"], text_cache(self.reach))
        scores = no_scores(sites)
        for fold, of_firm in zip(self.folds, shares, strict=True):
            for share in np.unique(of_firm[of_firm > 0]):
                firms = np.flatnonzero(of_firm == share)
                fold.add_probabilities(scores, sites, firms, counts, float(share), blocks)
        return scores

    def _numbered(self, sites: Sites) -> Sites:
        """Number the words of sites as the fold models do, if any of them numbers words."""
        return sites.numbered_by(self.words) if self.words else sites


@torch.inference_mode()
def network_logits(
    network: DualAttentionNetwork,
    sites: Sites,
    firms: npt.NDArray[np.int64],
    scores: SiteScores | None = None,
    share: float = 1.0,
) -> npt.NDArray[np.float64]:
    """Compute the logits of some firms; add ``share`` times the attention on them to ``scores``."""
    logits = [np.zeros(0)]
    for start in range(0, len(firms), _FIRMS_AT_A_TIME):
        chosen = firms[start : start + _FIRMS_AT_A_TIME]
        output = network(network.batch(sites, chosen))
        logits.append(output.logits.double().numpy())
        if scores is not None:
            pages = sites.pages_of(chosen)
            scores.page_weights[pages] += share * output.page_weights.numpy()
            scores.word_weights[sites.entries_of(pages)] += share * output.word_weights.numpy()
    return np.concatenate(logits)


def network_page_weights(network: DualAttentionNetwork, sites: Sites) -> npt.NDArray[np.float32]:
    """Compute the attention of one network on each page of all firms, (G,)."""
    scores = no_scores(sites)
    network_logits(network, sites, np.arange(len(sites)), scores)
    return scores.page_weights


def member_name(member: Member) -> str:
    """Name a model by its fold and the number of its seed, as files and loggers of epochs do."""
    fold, seed = member
    return f"fold_{fold}" + (f"_seed_{seed}" if seed else "")


def no_scores(sites: Sites) -> SiteScores:
    """Make zero scores of all firms, pages and words, to which fold models add theirs."""
    return SiteScores(
        np.zeros(len(sites), np.float32),
        np.zeros(sites.counts.nnz, np.float32),
        np.zeros(sites.counts.shape[0], np.float32),
    )


def _check_lineage(opened: Mapping[str, str], trained_with: Mapping[str, str]) -> None:
    for name, found in opened.items():
        trained = trained_with[name]
        if found != trained:
            raise InputError(
                f"{name}: the model was trained with {trained}, but its settings now open {found}"
            )


def _part(tensors: Mapping[str, npt.NDArray[Any]], prefix: str) -> dict[str, npt.NDArray[Any]]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
