"""The fused aligner: what the witnesses put forward, in the order of the rankers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ipml.alignment.fusion.candidates import Candidates, Witnesses
from ipml.alignment.fusion.ranker import CandidateRanker


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
