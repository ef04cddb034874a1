"""How much each word counts in each firm's vector, kept beside the vectors: these can be made again of other words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ipml.vectors.firm_vectors import weighted_means

PRODUCTS, PATENTS = "product_words", "patent_words"  # names of the tables


@dataclass(frozen=True)
class WordWeights:
    """Weights of w words in the vectors of n firms.

    Attributes
    ----------
    matrix
        Shape (n, w); a row sums to 1, or is empty.
    words
        The words of the columns.
    """

    matrix: sparse.csr_matrix
    words: tuple[str, ...]

    def means(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Vectors of the firms (n, d) for vectors of the words (w, d)."""
        return weighted_means(self.matrix, vectors).astype(np.float64)

    def to_frame(self, firm_ids: Sequence[str]) -> pd.DataFrame:
        """Table with a row for each word of each firm: ``firm_id``, ``word``, ``weight``; what is saved."""
        entries = self.matrix.tocoo()
        return pd.DataFrame(
            {
                "firm_id": np.array(firm_ids, dtype=object)[entries.row],
                "word": np.array(self.words, dtype=object)[entries.col],
                "weight": entries.data.astype(np.float32),
            }
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, firm_ids: Sequence[str]) -> "WordWeights":
        """Read what `to_frame` made, for some of the firms and in their order."""
        number = {firm_id: row for row, firm_id in enumerate(firm_ids)}
        frame = frame[frame["firm_id"].isin(number)]
        column, words = pd.factorize(frame["word"])
        entries = frame["firm_id"].map(number).to_numpy(np.int64), column
        shape = len(firm_ids), len(words)
        matrix = sparse.coo_matrix((frame["weight"].to_numpy(np.float64), entries), shape=shape)
        return cls(matrix.tocsr(), tuple(str(word) for word in words))
