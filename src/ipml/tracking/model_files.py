"""A model on disk: ``model.safetensors`` and ``model.json``. Loading it runs no code and finds what was changed.

``model.json`` holds the SHA-256 of every other file of the folder, and one of itself without that entry. So a changed,
truncated, missing or added file is found when the model is read, and the last one stands for the whole model.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ipml.errors import InputError
from ipml.files import read_json, write_json
from ipml.guards.secrets import masked
from ipml.reach import Reach

TENSORS = "model.safetensors"
SETTINGS = "model.json"
_FILES, _HASH = "files", "hash"

Model = TypeVar("Model")


def save_model(
    folder: Path, kind: str, tensors: Mapping[str, npt.NDArray[Any]], settings: Mapping[str, Any]
) -> None:
    """Write a model of the given kind into a folder, which is made; further files must be in it before."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(array) for name, array in tensors.items()}, folder / TENSORS)
    content = {**masked(settings), "kind": kind, _FILES: _hashes(folder)}
    write_json(folder / SETTINGS, {**content, _HASH: _settings_hash(content)})


def load_model(folder: Path, kind: str) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read tensors and settings of a model.

    Raises
    ------
    InputError
        If a file is missing, truncated, changed or foreign, or the model is of another kind; the message
        names the file.
    """
    settings = _checked_settings(folder, kind)
    try:
        tensors = load_file(folder / TENSORS)
    except SafetensorError as error:
        raise InputError(f"{folder / TENSORS}: not a whole safetensors file ({error})") from error
    return tensors, {name: value for name, value in settings.items() if name not in (_FILES, _HASH)}


def model_hash(folder: Path) -> str:
    """SHA-256 of a model: of its settings and the SHA-256 of each of its files, which are checked.

    Raises
    ------
    InputError
        As `load_model`.
    """
    return str(_checked_settings(folder)[_HASH])


def model_kind(folder: Path) -> str:
    """Kind that a model was saved as; `InputError` as for `load_model`."""
    return str(_checked_settings(folder)["kind"])


@dataclass(frozen=True)
class Checkpoint:
    """The saved model that a training starts from, by ``ckpt_path=``: registered, or in the folder of a run.

    Attributes
    ----------
    where
        As it was given.
    folder
        With its files.
    version
        ``NAME/VERSION`` of a registered model; the SHA-256 of one that lies in a folder.
    reach
        What its settings may read.
    """

    where: str
    folder: Path
    version: str
    reach: Reach = field(default_factory=Reach.of_now)

    def lineage(self, name: str) -> dict[str, str]:
        """What the run ``name`` started from; under a name of its own, as the run may make a newer version of it."""
        return {f"start-{name}": self.version}

    def open(self, load: Callable[[Path], Model]) -> Model:
        """Load the model; `InputError`, which names the key too, if it is not whole or of another kind."""
        try:
            return load(self.folder)
        except InputError as error:
            raise self.refused(str(error)) from error

    def check_same(self, saved: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """Refuse settings that are not what the model was trained with.

        Parameters
        ----------
        saved
            Settings of the model; one that is absent, as in a model of an older version, is not compared.
        now
            Those of this training, by key as it is written on the command line.

        Raises
        ------
        InputError
            For the first that differs; it names the key and both values.
        """
        for key, value in now.items():
            if key in saved and saved[key] != value:
                raise self.refused(f"trained with {key}={_shown(saved[key])}, not {key}={_shown(value)}")

    def check_shape(self, matrix: npt.NDArray[np.float64], shape: tuple[int, int]) -> None:
        """Refuse a matrix that does not fit the vectors."""
        if matrix.shape != shape:
            raise self.refused(f"a matrix of shape {matrix.shape}; the vectors need {shape}")

    def refused(self, why: str) -> InputError:
        """Error that names the key and what it was given."""
        return InputError(f"ckpt_path={self.where}: {why}")


def _checked_settings(folder: Path, kind: str | None = None) -> dict[str, Any]:
    """Content of ``model.json`` once every file of the folder is the one that was saved."""
    for name in (TENSORS, SETTINGS):
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing; a model folder holds {TENSORS} and {SETTINGS}")
    try:
        settings = read_json(folder / SETTINGS)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{folder / SETTINGS}: not readable as JSON ({error})") from error
    if not isinstance(settings, dict) or kind not in (None, settings.get("kind")):
        found = settings.get("kind") if isinstance(settings, dict) else type(settings).__name__
        raise InputError(f"{folder / SETTINGS}: a model of kind {found}; needed: {kind or 'any'}")
    saved = settings.get(_FILES)
    if not isinstance(saved, dict) or _HASH not in settings:
        raise InputError(f"{folder / SETTINGS}: no hashes of the model's files; train the model again")
    if settings[_HASH] != _settings_hash({name: settings[name] for name in settings if name != _HASH}):
        raise InputError(f"{folder / SETTINGS}: changed since it was saved; train the model again")
    found = _hashes(folder)
    for name in sorted(saved.keys() | found.keys()):
        if name not in found:
            raise InputError(f"{folder / name}: missing; the model was saved with it")
        if name not in saved:
            raise InputError(f"{folder / name}: not a file of this model; take it away")
        if saved[name] != found[name]:
            raise InputError(
                f"{folder / name}: changed or cut short since it was saved; train the model again"
            )
    return settings


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in a model's folder and below, by its path there; without ``model.json`` itself."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise InputError(f"{path}: a link; a model holds its files itself")
        if path.is_file() and name != SETTINGS:
            with path.open("rb") as stream:
                hashes[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashes


def _settings_hash(content: Mapping[str, Any]) -> str:
    # Once through JSON, so that what is written and what is read back have one form.
    plain = json.loads(json.dumps(content))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _shown(value: object) -> object:
    """Value as it is written on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else value
