"""The k fold models of a registered ``dual_attn`` model as one bundle: saving, loading, scoring."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ipml.corpus import fold_of
from ipml.dual_attention.module import DualAttentionNetwork
from ipml.dual_attention.sites import Sites
from ipml.errors import InputError
from ipml.text import Language
from ipml.text.languages import open_language_settings
from ipml.tracking.model_files import load_model, save_model

KIND = "dual_attention"
_FIRMS_AT_A_TIME = 64


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
class Bundle:
    """One network a fold, and what is needed to use them.

    Attributes
    ----------
    networks
        Network k was trained on the firms outside fold k.
    training_firms
        Firms that were trained on.
    settings
        JSON values: ``country``, ``language`` (code), ``language_settings``, ``lineage``, ``page_kinds``,
        ``max_pages``, ``max_tokens``, ``seed``, ``n_folds``, ``dimension``, ``network``, ``model``.
    """

    networks: list[DualAttentionNetwork]
    training_firms: frozenset[str]
    settings: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write tensors and settings into a folder. Word vectors are not saved."""
        tensors = {
            f"fold_{number}.{name}": value.numpy()
            for number, network in enumerate(self.networks)
            for name, value in network.state_dict().items()
        }
        save_model(folder, KIND, tensors, {**self.settings, "training_firms": sorted(self.training_firms)})

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read a bundle.

        Raises
        ------
        InputError
            If a file is missing, broken or of another kind.
        """
        tensors, settings = load_model(folder, KIND)
        del settings["kind"]
        networks = []
        for number in range(settings["n_folds"]):
            prefix = f"fold_{number}."
            state = {
                name.removeprefix(prefix): torch.from_numpy(value)
                for name, value in tensors.items()
                if name.startswith(prefix)
            }
            network = DualAttentionNetwork(settings["dimension"], **settings["network"])
            try:
                network.load_state_dict(state)
            except RuntimeError as error:
                raise InputError(f"{folder}: the tensors of fold {number} do not fit its settings") from error
            networks.append(network.eval())
        firms = frozenset(settings.pop("training_firms"))
        return cls(networks, firms, settings)

    def open_language(self) -> Language:
        """Open the word vectors and the tokenizer the networks were trained with.

        Raises
        ------
        InputError
            If they cannot be opened or are not the same any more.
        """
        code = self.settings["language"]
        language = open_language_settings(code, self.settings["language_settings"])
        for name, found in language.lineage.items():
            trained = self.settings["lineage"][name]
            if found != trained:
                raise InputError(
                    f"{name}: the model was trained with {trained}, but its settings now open {found}"
                )
        return language

    def score(self, sites: Sites) -> SiteScores:
        """Score firms: those trained on by the network of their fold, others by the mean of all networks."""
        fold = fold_of(sites.firm_ids, self.settings["n_folds"], self.settings["seed"])
        known = np.array([firm_id in self.training_firms for firm_id in sites.firm_ids], dtype=bool)
        scores = SiteScores(
            np.zeros(len(sites), np.float32),
            np.zeros(sites.counts.nnz, np.float32),
            np.zeros(sites.counts.shape[0], np.float32),
        )
        for number, network in enumerate(self.networks):
            add_scores(scores, network, sites, np.flatnonzero(known & (fold == number)), 1.0)
            add_scores(scores, network, sites, np.flatnonzero(~known), 1 / len(self.networks))
        return scores


@torch.inference_mode()
def add_scores(
    scores: SiteScores,
    network: DualAttentionNetwork,
    sites: Sites,
    firms: npt.NDArray[np.int64],
    share: float,
) -> None:
    """Add ``share`` times a network's scores of some firms to ``scores``."""
    for start in range(0, len(firms), _FIRMS_AT_A_TIME):
        chosen = firms[start : start + _FIRMS_AT_A_TIME]
        pages = sites.pages_of(chosen)
        output = network(sites.batch(chosen))
        scores.probabilities[chosen] += share * output.logits.sigmoid().numpy()
        scores.page_weights[pages] += share * output.page_weights.numpy()
        scores.word_weights[sites.entries_of(pages)] += share * output.word_weights.numpy()


def make_bundle(
    networks: list[DualAttentionNetwork], training_firms: frozenset[str], settings: Mapping[str, Any]
) -> Bundle:
    """Bundle trained networks; ``settings`` as in `Bundle`, without ``n_folds`` and ``dimension``."""
    dimension = len(networks[0].word_query)
    return Bundle(networks, training_firms, {**settings, "n_folds": len(networks), "dimension": dimension})
