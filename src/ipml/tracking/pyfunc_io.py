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


def text_table(model_input: Any, needed: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Columns of texts of a served model's input, a missing text as an empty one.

    Raises
    ------
    InputError
        If it is no table, or a column is missing or holds something else than text.
    """
    if not isinstance(model_input, pd.DataFrame):
        raise InputError(
            f"input of type {type(model_input).__name__}: a table with {', '.join(needed)} is needed"
        )
    if missing := [name for name in needed if name not in model_input.columns]:
        raise InputError(f"input: no column {missing[0]}; needed: {', '.join(needed)}")
    names = [*needed, *(name for name in optional if name in model_input.columns)]
    table = model_input[names].reset_index(drop=True)
    for name in names:
        column = table[name].astype(object).where(table[name].notna(), "")
        wrong = [row for row, value in enumerate(column, start=1) if not isinstance(value, str)]
        if wrong:
            value = column[wrong[0] - 1]
            raise InputError(f"input, column {name}, row {wrong[0]}: {value!r} is not a text")
        table[name] = column
    return table


def chosen(params: Mapping[str, Any] | None, name: str, allowed: Sequence[Any]) -> Any:
    """Value of a parameter, by default the first that is allowed; `InputError` for another."""
    value = (params or {}).get(name, allowed[0])
    if value not in allowed:
        raise choice_error(name, value, allowed)
    return value
