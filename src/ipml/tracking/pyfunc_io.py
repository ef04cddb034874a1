"""What all served models share: a table of texts in, and a parameter ``output`` that says what comes back."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema

from ipml.errors import InputError, choice_error


def text_signature(
    columns: Mapping[str, bool], params: Mapping[str, Any], outputs: Sequence[ColSpec]
) -> ModelSignature:
    """Signature of a model that takes a table of texts.

    Parameters
    ----------
    columns
        Name of each column of texts, and whether it is needed.
    params
        Name and default of each parameter.
    outputs
        Columns of the table that comes back with the defaults.
    """
    specs = []
    for name, default in params.items():
        kind = DataType.boolean if isinstance(default, bool) else DataType.string
        specs.append(ParamSpec(name, kind, default))
    inputs = [ColSpec(DataType.string, name, required=needed) for name, needed in columns.items()]
    return ModelSignature(Schema([*inputs]), Schema([*outputs]), ParamSchema(specs))


def columns_of(model_input: Any, needed: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Columns of a served model's input, rows numbered from 0; others are ignored.

    Raises
    ------
    InputError
        If it is no table, or a column is missing or stands twice.
    """
    if not isinstance(model_input, pd.DataFrame):
        raise InputError(
            f"input of type {type(model_input).__name__}: a table with {', '.join(needed)} is needed"
        )
    if missing := [name for name in needed if name not in model_input.columns]:
        raise InputError(f"input: no column {missing[0]}; needed: {', '.join(needed)}")
    names = [*needed, *(name for name in optional if name in model_input.columns)]
    for name in names:
        if (times := int((model_input.columns == name).sum())) > 1:
            raise InputError(f"input: {times} columns {name}; needed: one")
    return model_input[names].reset_index(drop=True)


def text_table(
    model_input: Any, needed: Sequence[str], optional: Sequence[str] = (), keys: Sequence[str] = ()
) -> pd.DataFrame:
    """Columns of texts of a served model's input, a missing text as an empty one.

    Parameters
    ----------
    needed, optional
        Names of the columns.
    keys
        Those of them that say what a row belongs to: no text of them may be missing or blank.

    Raises
    ------
    InputError
        If it is no table; if a column is missing, stands twice or holds something else than text; or if a row has no
        key.
    """
    table = columns_of(model_input, needed, optional)
    for name in table.columns:
        column = table[name].astype(object).where(table[name].notna(), "")
        for row, value in enumerate(column, start=1):
            if not isinstance(value, str):
                raise InputError(f"input, column {name}, row {row}: {value!r} is not a text")
            if name in keys and not value.strip():
                raise InputError(f"input, column {name}, row {row}: missing or blank; each row needs one")
        table[name] = column
    return table


def chosen(params: Mapping[str, Any] | None, name: str, allowed: Sequence[Any]) -> Any:
    """Value of a parameter, by default the first that is allowed; `InputError` for another."""
    value = (params or {}).get(name, allowed[0])
    if value not in allowed:
        raise choice_error(name, value, allowed)
    return value
