"""What an estimator takes for a list, a table or labels: the rest, which Python would read as its keys, is refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ipml.errors import InputError

_LISTS = (list, tuple, np.ndarray, pd.Series, pd.Index)


def as_list(name: str, value: Any, needed: str) -> list[Any]:
    """Return the entries of a list, a tuple, an array or a Series, in order.

    Parameters
    ----------
    name
        Of the argument, for messages.
    needed
        What it should be, for messages.

    Raises
    ------
    InputError
        For anything else: a dict, a DataFrame or a groupby would give its keys, a set no order, a text its letters, and
        a generator its entries only once.
    """
    if not isinstance(value, _LISTS) or (isinstance(value, np.ndarray) and value.ndim == 0):
        raise InputError(f"{name}: {type(value).__name__}; needed: {needed}")
    return list(value)


def text_columns(name: str, table: pd.DataFrame, columns: Sequence[str]) -> list[list[str]]:
    """Return columns of a table, each a list of texts.

    Raises
    ------
    InputError
        If a column is missing, stands twice, or has an entry that is no text.
    """
    found = []
    for column in columns:
        if (times := int((table.columns == column).sum())) != 1:
            has = f"{times} columns" if times else "no column"
            raise InputError(
                f"{name}: a table with {has} {column!r}; needed: {', '.join(columns)}, once each"
            )
        texts = table[column].tolist()
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"{name}, column {column}, row {row}: {text!r} is no text")
        found.append(texts)
    return found


def check_same_rows(X: Any, y: Any) -> None:
    """Refuse y whose index is another than that of X: rows are taken in their order, not by their index."""
    tables = pd.DataFrame | pd.Series
    if isinstance(X, tables) and isinstance(y, tables) and not X.index.equals(y.index):
        raise InputError(
            "y: its index is another than that of X; rows are paired in their order: needed: the same index, or y "
            "without one, as y.to_numpy()"
        )


def column_names(value: Any) -> list[str] | None:
    """Names of the columns of a table whose columns all have names; None of anything else."""
    if not isinstance(value, pd.DataFrame) or not all(isinstance(name, str) for name in value.columns):
        return None
    return list(value.columns)


def check_labels(y: Any, n: int) -> npt.NDArray[Any]:
    """Return labels as an array (n,); `InputError` for other shapes and for labels that are missing."""
    if isinstance(y, pd.DataFrame):
        y = y.to_numpy()
    if isinstance(y, np.ndarray) and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]  # one column is what scikit-learn's tools give at times
    labels = as_list("y", y, "a list with the class of each firm")
    if len(labels) != n:
        raise InputError(f"y: inconsistent numbers of samples: {len(labels)} classes for {n} firms")
    for number, label in enumerate(labels):
        if not isinstance(label, str | bool | int | float | np.generic):
            raise InputError(
                f"y[{number}]: {type(label).__name__}; needed: a label for each firm, shape (n,)"
            )
        if label != label:  # NaN
            raise InputError(f"y[{number}]: {label}; a class is missing: leave the firm out")
    kinds = {"text" if isinstance(label, str) else "number" for label in labels}
    if len(kinds) > 1:
        raise InputError("y: texts and numbers; needed: labels of one kind")
    return np.asarray(labels)


def refuse_texts(name: str, value: Any) -> None:
    """Refuse numbers that are written as texts, which scikit-learn reads as numbers, and what holds no numbers."""
    if sparse.issparse(value):  # some are dicts; scikit-learn refuses them
        return
    if isinstance(value, str | bytes | dict):
        raise InputError(f"{name}: {type(value).__name__}; needed: a table of numbers")
    if isinstance(value, pd.DataFrame):
        texts = [column for column, kind in value.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
        if any(
            value[column].map(lambda entry: isinstance(entry, str | bytes)).to_numpy().any()
            for column in texts
        ):
            raise InputError(f"{name}: texts in column {texts[0]}; needed: numbers")
        return
    if isinstance(value, list | tuple | np.ndarray | pd.Series):
        array = np.asarray(value) if not isinstance(value, list | tuple) else _array(value)
        if array.dtype.kind in "SU" or (
            array.dtype == object and any(isinstance(entry, str | bytes) for entry in array.ravel())
        ):
            raise InputError(f"{name}: texts; needed: numbers")


def _array(value: Sequence[Any]) -> npt.NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError:  # rows of several lengths, which scikit-learn names
        return np.zeros(0)
