"""The table of firm vectors: one row a firm that has both a product and a technology vector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.errors import InputError
from ipml.files import short_hash

FIRM_COLUMNS = (
    "firm_id",
    "country",
    "firm_type",
    "industry",
    "n_keywords",
    "n_patents",
    "keyword_coverage",
    "patent_coverage",
)
CORPORATE_GROUP = "corporate_group"  # a column that tables made before it was read do not have
FIRM_VECTORS = "firm-vectors"  # of a lineage: how the vectors were made
WORDS, TEXTS = "words", "texts"
_P, _T = "product_vector", "technology_vector"
_P_ERROR, _T_ERROR = "product_error", "technology_error"


def vectors_are_of(lineage: Mapping[str, str]) -> str:
    """Whether the firm vectors in a lineage are of ``words`` or of ``texts``."""
    return TEXTS if lineage.get(FIRM_VECTORS, "").startswith(f"{TEXTS},") else WORDS


@dataclass(frozen=True)
class FirmVectors:
    """Product and technology vectors of n firms, in the reference space.

    Attributes
    ----------
    firms
        Columns `FIRM_COLUMNS` and `CORPORATE_GROUP`, one row a firm, rows numbered from 0.
    P, T
        Product and technology vectors, shape (n, d), float32.
    P_error, T_error
        Their errors as two halves of the firm's keywords or patents tell them (`split_half_error.error_weights`), of
        the same shape, zeros for a firm with fewer than two; None in tables that were made without.
    """

    firms: pd.DataFrame
    P: npt.NDArray[np.float32]
    T: npt.NDArray[np.float32]
    P_error: npt.NDArray[np.float32] | None = None
    T_error: npt.NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.firms)

    @property
    def hash(self) -> str:
        """Hash of firms and vectors."""
        ids = "\n".join(self.firms["firm_id"])
        return short_hash(ids, np.ascontiguousarray(self.P).tobytes(), np.ascontiguousarray(self.T).tobytes())

    def where(self, chosen: npt.NDArray[np.bool_] | pd.Series) -> "FirmVectors":
        """Return the firms for which ``chosen``, shape (n,), is true."""
        mask = np.asarray(chosen, dtype=bool)
        errors = (None if error is None else error[mask] for error in (self.P_error, self.T_error))
        return FirmVectors(self.firms[mask].reset_index(drop=True), self.P[mask], self.T[mask], *errors)

    def of_type(self, firm_type: str) -> "FirmVectors":
        """Return the firms of one type."""
        return self.where(self.firms["firm_type"] == firm_type)

    def to_frame(self) -> pd.DataFrame:
        """Table with the vectors as lists: what is saved."""
        columns = {_P: self.P, _T: self.T, _P_ERROR: self.P_error, _T_ERROR: self.T_error}
        vectors = {name: list(rows) for name, rows in columns.items() if rows is not None}
        return self.firms.reindex(columns=[*FIRM_COLUMNS, CORPORATE_GROUP]).assign(**vectors)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, source: str) -> "FirmVectors":
        """Read what `to_frame` made.

        Raises
        ------
        InputError
            If a column is missing or the vectors are not all finite and of one length; ``source`` is named.
        """
        if missing := [name for name in (*FIRM_COLUMNS, _P, _T) if name not in frame.columns]:
            raise InputError(f"{source}: no column {missing[0]}; a table of firm vectors has it")
        vectors = {
            name: _stack(frame[name], f"{source}, column {name}")
            for name in (_P, _T, _P_ERROR, _T_ERROR)
            if name in frame.columns
        }
        P, T = vectors[_P], vectors[_T]
        if P.shape != T.shape:
            raise InputError(f"{source}: product vectors of shape {P.shape}, technology vectors {T.shape}")
        firms = frame.reindex(columns=[*FIRM_COLUMNS, CORPORATE_GROUP]).reset_index(drop=True)
        return cls(firms, P, T, vectors.get(_P_ERROR), vectors.get(_T_ERROR))


def _stack(column: Any, place: str) -> npt.NDArray[np.float32]:
    lengths = {len(vector) for vector in column}
    if len(lengths) > 1:
        raise InputError(f"{place}: vectors of different lengths {sorted(lengths)}")
    stacked = np.array([np.asarray(vector, dtype=np.float32) for vector in column], dtype=np.float32)
    if not np.isfinite(stacked).all():
        raise InputError(
            f"{place}: NaN or infinity in row {int(np.argmin(np.isfinite(stacked).all(axis=1))) + 1}"
        )
    return stacked.reshape(len(column), -1)
