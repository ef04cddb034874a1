"""What errors of aligned words add to the noise of a contrast.

Firms draw their words from one vocabulary, and each aligned word has an error of its own that all firms share which
use it. `noise` takes word vectors as given: the spread of a few firms covers most of that error, that of many does
not, and then angles between countries read too wide and their intervals are too narrow. Here each word is a further
cluster: the difference in a cell is linear in its error, whose covariance matrix the calibration of the alignment
measures. So this part of V is known and needs none of the care that `noise` takes with squares of firms.

Firms and words are two ways to cluster the same uses of words. What both count, the same word in the same firm, is
taken off once: Cameron, Gelbach & Miller 2011, "Robust inference with multiway clustering", equation 2.11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from ipml.evaluation.angles import Array
from ipml.evaluation.contrast import Cell, Contrast
from ipml.evaluation.noise import NoiseMoments, fitted_influence, hidden_covariance
from ipml.evaluation.sample import Sample, turn
from ipml.vectors.word_weights import WordWeights


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
    """Change of a cell's difference with the errors of one group's words of one kind.

    Attributes
    ----------
    cell
        Number of the cell.
    side, kind
        Whose words they are, and whether of products (0) or of patents (1).
    firms
        How much each of the n firms counts, shape (n,).
    vector
        What the error is added to, shape (p,): products that are sold or made.
    conversion
        Number of the group through whose A the error goes; None: it is one of products.
    """

    cell: int
    side: int
    kind: int
    firms: Array
    vector: Array
    conversion: int | None


class WordErrors:
    """Errors of the words of two groups.

    Parameters
    ----------
    words
        Of the two groups.
    errors
        Covariance matrix (e, e) of the error of a word by language; words of languages without one have none.
    """

    def __init__(self, words: tuple[FirmWords, FirmWords], errors: Mapping[str, Array]) -> None:
        self._errors = errors
        self._languages = [of_group.languages for of_group in words]
        self._weights = _on_common_columns([list(of_group.weights) for of_group in words])

    def added_to(self, moments: NoiseMoments, contrast: Contrast) -> NoiseMoments:
        """Moments of the noise of a contrast with the errors of words, from those without."""
        k = len(contrast.cells)
        blocks = self.covariance(contrast)
        d = np.stack([cell.difference for cell in contrast.cells])
        along = np.einsum("ijpq,jq->ip", blocks, d)
        influences = [_stacked(contrast, side) for side in (0, 1)]
        hidden = hidden_covariance(contrast)
        firms_along = hidden @ d
        shared = float(np.einsum("ij,ijpp->", hidden, blocks))
        for of_side in influences:
            firms_along += np.einsum("n,nip->ip", np.einsum("nip,ip->n", of_side, d), of_side)
            for i, j in np.ndindex(k, k):
                shared += float(np.vdot(of_side[:, i].T @ of_side[:, j], blocks[i, j]))
        square = moments.trace_of_square + (2.0 * shared + float(np.vdot(blocks, blocks))) / k**2
        before = moments.along + moments.trace_of_square
        total = before + float(np.vdot(along, d)) / k**2
        twice = moments.growth * before + float(np.vdot(along, 2.0 * firms_along + along)) / k**3
        return NoiseMoments(
            plug_in=moments.plug_in,
            trace=moments.trace + float(np.einsum("iipp->", blocks)) / k,
            trace_of_square=square,
            along=max(total - square, 0.0),
            growth=twice / total if total > 0 else 0.0,
        )

    def covariance(self, contrast: Contrast) -> Array:
        """Covariance of what errors of words add to the differences in any two cells, shape (k, k, p, p)."""
        k, p = len(contrast.cells), len(contrast.cells[0].difference)
        blocks = np.zeros((k, k, p, p))
        terms = [term for number, cell in enumerate(contrast.cells) for term in _terms(contrast, number, cell)]
        for language, error in self._errors.items():
            own = [term for term in terms if self._languages[term.side][term.kind] == language]
            if not own:
                continue
            gram = self._gram(own)
            maps = {None: np.eye(p), **{side: contrast.samples[side].fit.matrix for side in (0, 1)}}
            cores = {(a, b): maps[a] @ error @ maps[b].T for a in maps for b in maps}
            for (a, first), (b, second) in np.ndindex
        return blocks
