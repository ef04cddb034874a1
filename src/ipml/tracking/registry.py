"""Registered models: ``NAME@ALIAS`` or ``NAME/VERSION``, each with the lineage of the run that made it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from omegaconf import DictConfig

import ipml
from ipml.errors import InputError
from ipml.tracking.lineage import Lineage
from ipml.tracking.model_files import model_hash
from ipml.tracking.runs import MODEL_FOLDER, Run, connect, place

CHAMPION = "champion"
CHALLENGER = "challenger"
HASH_TAG = "ipml.model_hash"
_ARTIFACT = "model"


@dataclass(frozen=True)
class ModelReference:
    """Name of a registered model with an alias or a version."""

    name: str
    alias: str | None = None
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> "ModelReference":
        """Read ``NAME@ALIAS`` or ``NAME/VERSION``; a leading ``models:/`` is allowed.

        Examples
        --------
        >>> ModelReference.parse("models:/mapping-JP-established@champion")
        ModelReference(name='mapping-JP-established', alias='champion', version=None)
        """
        match = re.fullmatch(r"(?:models:/)?([^@/:]+)(?:@([\w-]+)|/(\d+))", text)
        if match is None:
            raise InputError(f"model={text}: allowed: NAME@ALIAS or NAME/VERSION, as dual_attn-JP@champion")
        return cls(match[1], match[2], match[3])


@dataclass(frozen=True)
class RegisteredModel:
    """A version of a registered model and the folder with its files."""

    name: str
    version: str
    run_id: str
    folder: Path
    lineage: Lineage

    @property
    def own_lineage(self) -> Lineage:
        """Lineage of a result that used this model: the model's own, and the model."""
        return Lineage({**self.lineage, self.name: self.version})


@dataclass(frozen=True)
class TrainedModel:
    """What a training run made: its figures, and the version registered (None where none was wanted)."""

    name: str
    version: str | None
    run_id: str
    metrics: Mapping[str, float]

    @property
    def title(self) -> str:
        """Name and version, to print."""
        return f"{self.name} version {self.version}" if self.version else f"{self.name}, not registered"


def registered_name(config: DictConfig, *parts: str | None) -> str:
    """Join the parts of a model's name, for example ``mapping-JP-established``, in the config's namespace."""
    name = "-".join(part for part in parts if part)
    return f"{config.namespace}.{name}" if config.namespace else name


def finish_training(run: Run, model_code: Path, signature: Any = None, example: Any = None) -> TrainedModel:
    """Register the model of a run under the run's name, if ``register`` of its configuration wants it.

    Parameters are those of `register_model`.
    """
    version = register_model(run, run.name, model_code, signature, example) if run.registers else None
    return TrainedModel(run.name, version, run.id, dict(run.metrics))


def register_model(run: Run, name: str, model_code: Path, signature: Any = None, example: Any = None) -> str:
    """Register the model in ``run.model_folder`` as a new version of ``name`` and make it the challenger.

    Parameters
    ----------
    run
        The run that made it; `save_model` has written the model into its ``model_folder``.
    name
        Name in the registry, from `registered_name`.
    model_code
        Python file that MLflow runs to serve the model (a *model from code*).
    signature
        MLflow signature of what the served model takes and returns.
    example
        A table that it takes.

    Returns
    -------
    The version.
    """
    with mlflow.start_run(run_id=run.id, log_system_metrics=False):
        info = mlflow.pyfunc.log_model(
            name=_ARTIFACT,
            python_model=str(model_code),
            artifacts={_ARTIFACT: str(run.model_folder)},
            signature=signature,
            input_example=example,
            pip_requirements=[f"ipml=={ipml.__version__}"],  # guessing them would take seconds a model
        )
    try:
        run.client.create_registered_model(name)
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    created = run.client.create_model_version(name, info.model_uri, run.id, model_id=info.model_id)
    version = str(created.version)
    for key, value in {**run.lineage.as_tags(), HASH_TAG: model_hash(run.model_folder)}.items():
        run.client.set_model_version_tag(name, version, key, value)
    run.client.set_registered_model_alias(name, CHALLENGER, version)
    return version


def find_model(config: DictConfig, reference: str | ModelReference) -> RegisteredModel:
    """Find a registered model and fetch its files.

    Raises
    ------
    InputError
        If there is no such model, version or alias; the message says which there are. Or if its files are not
        those that were registered.
    """
    if isinstance(reference, str):
        reference = ModelReference.parse(reference)
    version = find_version(config, reference)
    try:
        fetched = mlflow.artifacts.download_artifacts(f"models:/{version.name}/{version.version}")
    except (mlflow.MlflowException, OSError) as error:
        raise InputError(
            f"model={version.name}: files of version {version.version} cannot be fetched from {place(config)}; "
            "train it again"
        ) from error
    folder = Path(fetched) / "artifacts" / MODEL_FOLDER
    if model_hash(folder) != version.tags.get(HASH_TAG):
        raise InputError(
            f"{folder}: not the model that was registered as {version.name} version {version.version}; train it again"
        )
    lineage = Lineage.from_tags(connect(config).get_run(str(version.run_id)).data.tags)
    return RegisteredModel(reference.name, str(version.version), str(version.run_id), folder, lineage)


def find_version(config: DictConfig, reference: ModelReference) -> ModelVersion:
    """Version of a registered model that a reference means; `InputError` if there is none."""
    client = connect(config)
    try:
        if reference.alias is not None:
            return client.get_model_version_by_alias(reference.name, reference.alias)
        return client.get_model_version(reference.name, str(reference.version))
    except mlflow.MlflowException as error:
        versions = client.search_model_versions(f"name = '{reference.name}'")
        if not versions:
            names = sorted(model.name for model in client.search_registered_models())
            raise InputError(
                f"model={reference.name}: not in the registry {place(config)}; "
                f"it has: {', '.join(names) or 'no model yet, train one first'}"
            ) from error
        aliases = ", ".join(sorted(client.get_registered_model(reference.name).aliases)) or "none"
        numbers = ", ".join(sorted(str(v.version) for v in versions))
        raise InputError(
            f"model={reference.name}: no {reference.alias or reference.version}; "
            f"versions: {numbers}; aliases: {aliases}"
        ) from error


def models_with_challenger(config: DictConfig) -> list[str]:
    """Names of the models of the config's namespace that have a challenger, sorted."""
    models = connect(config).search_registered_models()
    prefix = config.namespace
    return sorted(
        model.name
        for model in models
        if CHALLENGER in model.aliases and model.name.rpartition(".")[0] == prefix
    )


def list_models(config: DictConfig) -> list[tuple[str, str, str, str, str]]:
    """Name, version, aliases, corpus and test figures of every version of every model."""
    client = connect(config)
    rows = []
    for model in sorted(client.search_registered_models(), key=lambda found: found.name):
        versions = client.search_model_versions(f"name = '{model.name}'")
        for version in sorted(versions, key=lambda found: int(found.version)):
            # search_model_versions leaves the aliases of a version empty: read them from the model.
            aliases = sorted(a for a, number in model.aliases.items() if str(number) == str(version.version))
            run = client.get_run(str(version.run_id))
            figures = {
                name: value
                for name, value in sorted(run.data.metrics.items())
                if name.startswith("test/") and not name.endswith(("_low", "_high"))
            }
            rows.append(
                (
                    model.name,
                    str(version.version),
                    ", ".join(aliases),
                    Lineage.from_tags(run.data.tags).get("corpus", ""),
                    "  ".join(f"{name.removeprefix('test/')} {value:.3f}" for name, value in figures.items()),
                )
            )
    return rows
