"""What every command has, and what every training has."""

import warnings
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ipml.errors import InputError
from ipml.settings.base import FirmType, LanguageCode, Name, Namespace, Place, Settings, Text, written
from ipml.settings.groups import (
    Country,
    Data,
    Debug,
    Embeddings,
    Inputs,
    Lexicon,
    Logger,
    Trainer,
    check_language,
)


class Paths(Settings):
    """Folders; the group ``paths``."""

    root: Place
    """Where data, runs and models lie: IPML_HOME, or the current folder."""
    data: Place
    """Simulated worlds, ingested corpora, converted word vectors."""
    runs: Place
    """One folder a run."""
    mlruns: Place
    """MLflow's database and artifacts."""


class Tracking(Settings):
    """What MLflow is told of a command's runs."""

    uri: (
        Annotated[
            Text,
            written(
                r"(sqlite|postgresql|mysql|mssql|https?|databricks)(\+\w+)?:.*",
                "null, a database or a server, as sqlite:////FOLDER/mlflow.db or http://HOST:5000",
            ),
        ]
        | None
    )
    """Any address of MLflow; null: SQLite under ``paths.mlruns``."""
    parent_run: Name | None
    """Id of the run that a command's run stands under."""
    tags: dict[Name, Any]
    """Of the run, each as ``ipml.NAME``."""
    params: dict[Name, Any]
    """Of the run, beside the configuration that it keeps."""
    withheld: list[Text]
    """Beginnings of names of metrics and tables that a run does not log, as ``test/``."""


class CommandSettings(Settings):
    """What every command has."""

    seed: int = Field(ge=0, le=2**32 - 1)
    """Of all random draws."""
    namespace: Namespace | None
    """Prefix of the names of registered models, which keeps studies apart in one registry; null: that of the corpus."""
    reference_language: LanguageCode = "en"  # as runs had it before they kept the key
    """Whose space all words come into: alignments are SOURCE-REFERENCE, as ja-en."""
    allow_download: bool | Literal["with_token"] = False  # as runs had it before they kept the key
    """Fetch from the hub what is not on this machine: true without the user's token, with_token with it."""
    model_folders: list[Text] = Field(default_factory=list)
    """Where a registered model may name word vectors or encoders, beside ``paths.root`` and ``paths.data``."""
    tracking: Tracking
    paths: Paths


with warnings.catch_warnings():
    # Of the key `register`, which a metaclass of pydantic's also has, as a method.
    warnings.filterwarnings("ignore", 'Field name "register"')

    class TrainSettings(CommandSettings):
        """What ``ipml train`` gives every model; a stage adds its group ``model``."""

        data: Data
        embeddings: Embeddings
        lexicon: Lexicon
        country: Country
        model: Any
        """Of its stage, which has a class of its own for it."""
        trainer: Trainer
        logger: Logger
        debug: Debug | None = None
        """Makes the training small; nothing is registered."""
        language: Name
        """Of the texts that are read."""
        firm_type: FirmType | None
        """Needed by ``model=mapping``."""
        register: bool
        """Whether the registry gets a version of the model; the run keeps it in any case."""
        ckpt_path: Text | None
        """Model whose weights are started from: dual_attn-JP@champion, dual_attn-JP/3 or runs/…/model."""
        inputs: Inputs

        @model_validator(mode="after")
        def _language_has_vectors(self) -> Self:
            check_language(self.embeddings, self.language)
            return self

        def refuse_start(self, solved: str) -> None:
            """Refuse ``ckpt_path`` for a model that is solved, not trained from a start: `InputError`."""
            if self.ckpt_path is not None:
                raise InputError(
                    f"ckpt_path={self.ckpt_path}: {solved} has no weights to start from; allowed: model=dual_attn, "
                    "model=mapping_sgd, model=alignment aligner@model.map=sgd"
                )
