"""Candidates for the translation of a word, and what each witness says of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ipml.alignment.fusion.dictionary import Dictionary
from ipml.alignment.fusion.views import JointSpace
from ipml.alignment.fusion.written_form import WrittenForm
from ipml.alignment.retrieval import chunks

# Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009); their constant is 60, a small one keeps more of what a
# single witness is sure of.
_FUSION = 5
_CHUNK_SCORES = 2**23  # of one witness at a time: 32 MiB
_SCRIPTS = ("[ァ-ヺー]", "[㐀-鿿々]", "[ぁ-ゖ]", "[A-Za-z]")


@dataclass(frozen=True)
class Candidates:
    """C candidates of each of q words.

    Attributes
    ----------
    rows
        Target rows, shape (q, C), those that the witnesses rank highest together first.
    features
        Shape (q, C, f), float32.
    """

    rows: torch.Tensor
    features: torch.Tensor

    def correct(self, correct: Sequence[npt.NDArray[np.int64]]) -> torch.Tensor:
        """Whether each candidate is one of its word's correct target rows: shape (q, C)."""
        hits = [np.isin(row, targets) for row, targets in zip(self.rows.numpy(), correct, strict=True)]
        return torch.from_numpy(np.array(hits, dtype=bool).reshape(self.rows.shape))


@dataclass(frozen=True)
class Witnesses:
    """All that speaks for a translation, fitted to one dictionary.

    Attributes
    ----------
    words
        All source words.
    spaces
        Aligned spaces, at least one.
    written_form
        None leaves the written form aside.
    frequency_of_translation
        Words of the dictionary that each target word translates, shape (m,).
    """

    words: Sequence[str]
    spaces: Sequence[JointSpace]
    written_form: WrittenForm | None
    frequency_of_translation: torch.Tensor

    def candidates(self, rows: npt.NDArray[np.int64], number: int, description: str) -> Candidates:
        """Find the candidates of some source words (q,) among all target words."""
        n_targets = len(self.frequency_of_translation)
        of_chunks = chunks(len(rows), n_targets, description, _CHUNK_SCORES)
        parts = [self._chunk(rows[part], number) for part in of_chunks]
        return Candidates(torch.cat([p.rows for p in parts]), torch.cat([p.features for p in parts]))

    def _chunk(self, rows: npt.NDArray[np.int64], number: int) -> Candidates:
        words = [self.words[row] for row in rows]
        of_word = [torch.from_numpy(np.log1p(rows).astype(np.float32))]
        scores = {space.name: space.scores(rows) for space in self.spaces}
        if self.written_form is not None:
            of_form, nearest = self.written_form.scores(words)
            scores |= of_form
            of_word += [torch.from_numpy(nearest), *torch.from_numpy(script_shares(words).T)]
        of_word += [space.known[0][rows] for space in self.spaces]
        found = _fused(list(scores.values()), number)
        features = [f for table in scores.values() for f in _of_witness(table.gather(1, found))]
        of_target = [torch.log1p(found.float()), torch.log1p(self.frequency_of_translation[found])]
        of_target += [space.known[1][found] for space in self.spaces]
        features += of_target + [column[:, None].expand(found.shape) for column in of_word]
        return Candidates(found, torch.stack(features, dim=2))


def script_shares(words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Shares of katakana, Han, hiragana and Latin characters in each word, and the log of its length: (q, 5)."""
    shares = [[len(re.findall(script, word)) / len(word) for script in _SCRIPTS] for word in words]
    lengths = [[np.log(len(word))] for word in words]
    return np.hstack([shares, lengths]).astype(np.float32).reshape(len(words), len(_SCRIPTS) + 1)


def times_translation(dictionary: Dictionary) -> torch.Tensor:
    """Words of a dictionary that each target word translates, a word with n translations counting 1/n: shape (m,)."""
    return torch.from_numpy(np.asarray(dictionary.weights.sum(axis=0), dtype=np.float32).ravel())


def _fused(scores: Sequence[torch.Tensor], number: int) -> torch.Tensor:
    """Target rows (q, C) with the largest sum of reciprocal ranks over the witnesses' own ``number`` best."""
    total = torch.zeros_like(scores[0])
    number = min(number, total.shape[1])
    reciprocal = (1 / (_FUSION + 1 + torch.arange(number, dtype=torch.float32))).expand(len(total), number)
    for table in scores:
        total.scatter_add_(1, table.topk(number, dim=1).indices, reciprocal)
    return total.topk(number, dim=1).indices


def _of_witness(scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Score of each candidate, and the log of its rank among them: two arrays of shape (q, C)."""
    ranks = scores.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return scores, torch.log1p(ranks.float())
