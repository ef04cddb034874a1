"""A model on disk: ``model.safetensors`` and ``model.json``. Loading it runs no code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ipml.errors import InputError
from ipml.files import hash_file, read_json, short_hash, write_json

TENSORS = "model.safetensors"
SETTINGS = "model.json"


def save_model(
    folder: Path, kind: str, tensors: Mapping[str, npt.NDArray[Any]], settings: Mapping[str, Any]
) -> None:
    """Write a model of the given kind into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(array) for name, array in tensors.items()}, folder / TENSORS)
    write_json(folder / SETTINGS, {"kind": kind, **settings})


def load_model(folder: Path, kind: str) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read tensors and settings of a model.

    Raises
    ------
    InputError
        If a file is missing, truncated or foreign, or the model is of another kind; the message names
        the file.
    """
    for name in (TENSORS, SETTINGS):
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing; a model folder holds {TENSORS} and {SETTINGS}")
    try:
        settings = read_json(folder / SETTINGS)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{folder / SETTINGS}: not readable as JSON ({error})") from error
    if not isinstance(settings, dict) or settings.get("kind") != kind:
        found = settings.get("kind") if isinstance(settings, dict) else type(settings).__name__
        raise InputError(f"{folder / SETTINGS}: a model of kind {found}; needed: {kind}")
    try:
        return load_file(folder / TENSORS), settings
    except SafetensorError as error:
        raise InputError(f"{folder / TENSORS}: not a whole safetensors file ({error})") from error


def model_hash(folder: Path) -> str:
    """Hash of the names and bytes of all files in a model's folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return short_hash(*(part for file in files for part in (str(file.relative_to(folder)), hash_file(file))))
