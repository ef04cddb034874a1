"""``ckpt_path=``: the saved model that a training starts from, registered or in the folder of a run."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig

from ipml.errors import InputError
from ipml.tracking.model_files import model_hash
from ipml.tracking.registry import find_model

Model = TypeVar("Model")
_REFERENCE = r"(models:/)?[^@/:]+(@[\w-]+|/\d+)"


@dataclass(frozen=True)
class Checkpoint:
    """A saved model to start from.

    Attributes
    ----------
    where
        As it was given.
    folder
        With its files.
    version
        ``NAME/VERSION`` of a registered model; the SHA-256 of one that lies in a folder.
    """

    where: str
    folder: Path
    version: str

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


def find_checkpoint(config: DictConfig) -> Checkpoint | None:
    """Find the model that ``ckpt_path`` names; None where it names none.

    Raises
    ------
    InputError
        If it is neither the folder of a model nor the reference of a registered one, or the model is not whole.
    """
    if config.ckpt_path is None:
        return None
    where = str(config.ckpt_path)
    folder = Path(where)
    try:
        if folder.is_dir():
            return Checkpoint(where, folder, model_hash(folder))
        if re.fullmatch(_REFERENCE, where):
            model = find_model(config, where)
            return Checkpoint(where, model.folder, f"{model.name}/{model.version}")
    except InputError as error:
        raise InputError(f"ckpt_path={where}: {error}") from error
    raise InputError(
        f"ckpt_path={where}: no such folder; allowed: a registered model, as dual_attn-JP@champion or "
        "dual_attn-JP/3, or the folder `model` of a run"
    )


def _shown(value: object) -> object:
    """Value as it is written on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else value
