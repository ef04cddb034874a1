"""Registered models: ``NAME@ALIAS`` or ``NAME/VERSION``, each with the lineage of the run that made it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.entities.model_registry import RegisteredModel as MlflowModel
from mlflow.tracking import MlflowClient

import ipml
from ipml.console import track
from ipml.errors import InputError, NotRegisteredError
from ipml.files import hash_file, locked, safe_file_name
from ipml.settings.groups import REFERENCE
from ipml.tracking.lineage import Lineage
from ipml.tracking.model_files import model_hash
from ipml.tracking.parameters import model_description, version_description
from ipml.tracking.promotion_record import CHAMPION, RECORD, aliases_of
from ipml.tracking.runs import VERSION, Run, StoredRun

CHALLENGER = "challenger"
HASH_TAG = "ipml.model_hash"
CODE_TAG = "ipml.serving_code"
_ARTIFACT = "model"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # the second for a version of many digits


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
        match = re.fullmatch(REFERENCE.pattern, text)
        if match is None:
            raise InputError(f"model={text}: allowed: {REFERENCE.example}")
        return cls(**match.groupdict())


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
class ListedVersion:
    """A version of a registered model."""

    model: str
    version: str
    aliases: tuple[str, ...]
    run_id: str
    lineage: Lineage
    figures: dict[str, float]


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


def finish_training(run: Run, model_code: Path, signature: Any = None, example: Any = None) -> TrainedModel:
    """Register the model of a run under the run's name, if ``register`` of its configuration wants it.

    Parameters are those of `register_model`.
    """
    version = register_model(run, run.name, model_code, signature, example) if run.registers else None
    return TrainedModel(run.name, version, run.id, dict(run.metrics))


def register_model(run: Run, name: str, model_code: Path, signature: Any = None, example: Any = None) -> str:
    """Register the model in ``run.model_folder`` under ``name`` and make it the challenger.

    Where the newest version has the same files, code and lineage, as after a kill between its registration and the
    end of its run, that version is taken again.

    Parameters
    ----------
    run
        The run that made it; `save_model` has written the model into its ``model_folder``.
    name
        Name in the registry, from `Workspace.name`.
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
    own = {HASH_TAG: model_hash(run.model_folder), CODE_TAG: hash_file(model_code)}
    tags = {**own, **run.lineage.as_tags()}
    # Of two processes that have made the same model, the second finds the version of the first.
    with locked(run.folder.parents[1] / ".locks" / f"{safe_file_name(name)}.lock"):
        version = _same_version(run, name, tags) or _new_version(
            run, name, tags, model_code, signature, example
        )
    run.client.set_registered_model_alias(name, CHALLENGER, version)
    run.set_tags({VERSION: version})
    return version


def _same_version(run: Run, name: str, tags: dict[str, str]) -> str | None:
    """Newest version of a model if it has just these files, this code that serves them and this lineage."""
    found = run.client.search_model_versions(
        f"name = '{name}'", order_by=["version_number DESC"], max_results=1
    )
    for newest in found:
        own = {tag: newest.tags.get(tag) for tag in (HASH_TAG, CODE_TAG)}
        if {**own, **Lineage.from_tags(newest.tags).as_tags()} == tags:
            return str(newest.version)
    return None


def _new_version(
    run: Run, name: str, tags: dict[str, str], model_code: Path, signature: Any, example: Any
) -> str:
    with mlflow.start_run(run_id=run.id, log_system_metrics=False):
        info = mlflow.pyfunc.log_model(
            name=_ARTIFACT,
            python_model=str(model_code),
            artifacts={_ARTIFACT: run.model_folder.absolute().as_uri()},  # a path would be read as an address
            signature=signature,
            input_example=example,
            pip_requirements=[f"ipml=={ipml.__version__}"],  # guessing them would take seconds a model
        )
    try:
        run.client.create_registered_model(name, description=model_description(run.stage))
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    # With its tags at once: a version that a kill left without them could not be told from another.
    words = version_description(run.stage, run.tags, run.lineage, run.metrics)
    created = run.client.create_model_version(
        name, info.model_uri, run.id, tags=tags, model_id=info.model_id, description=words
    )
    return str(created.version)


def find_version(client: MlflowClient, reference: ModelReference, place: str) -> ModelVersion:
    """Version of a registered model that a reference means.

    While a promotion is under way, ``champion`` means the one of before.

    Parameters
    ----------
    place
        Where the registry is, for the message.

    Raises
    ------
    NotRegisteredError
        If there is no such model, version or alias; the message says which there are.
    """
    aliases: dict[str, str] = {}
    try:
        if reference.version is not None:
            return client.get_model_version(reference.name, reference.version)
        aliases = aliases_of(client, client.get_registered_model(reference.name))
        return client.get_model_version(reference.name, aliases[str(reference.alias)])
    except (mlflow.MlflowException, KeyError) as error:
        if isinstance(error, mlflow.MlflowException) and error.error_code not in _ABSENT:
            raise
        versions = client.search_model_versions(f"name = '{reference.name}'")
        if not versions:
            names = [model.name for model in registered_models(client)]
            raise NotRegisteredError(
                f"model={reference.name}: not in the registry {place}; "
                f"it has: {', '.join(names) or 'no model yet, train one first'}"
            ) from error
        numbers = ", ".join(sorted(str(v.version) for v in versions))
        promote = "; `ipml promote` makes the challenger the champion"
        raise NotRegisteredError(
            f"model={reference.name}: no {reference.alias or reference.version}; "
            f"versions: {numbers}; aliases: {', '.join(sorted(aliases)) or 'none'}"
            f"{promote if reference.alias == CHAMPION and CHALLENGER in aliases else ''}"
        ) from error


def registered_models(client: MlflowClient) -> list[MlflowModel]:
    """All registered models, by name."""
    models: list[MlflowModel] = []
    token: str | None = None
    while token is None or token:
        page = client.search_registered_models(order_by=["name ASC"], page_token=token)
        models += [model for model in page if model.name != RECORD]
        token = page.token or ""
    return models


def namespaces(client: MlflowClient) -> list[str]:
    """Namespaces that have a registered model, sorted; the one without a name is empty."""
    return sorted({model.name.rpartition(".")[0] for model in registered_models(client)})


def list_versions(
    client: MlflowClient, place: str, namespace: str, names: Sequence[str] | None = None
) -> list[ListedVersion]:
    """Versions of the models named, by default of all models of the namespace.

    Raises
    ------
    NotRegisteredError
        If a name is not in the registry.
    """
    found = {model.name: model for model in registered_models(client)}
    if names is None:
        names = [name for name in found if name.rpartition(".")[0] == namespace]
    if missing := [name for name in names if name not in found]:
        raise NotRegisteredError(
            f"models={missing[0]}: not in the registry {place}; "
            f"it has: {', '.join(found) or 'no model yet, train one first'}"
        )
    listed = []
    for name in track(sorted(set(names)), "reading models"):
        aliases = aliases_of(client, found[name])
        versions = client.search_model_versions(f"name = '{name}'")
        for number, run_id in sorted((int(found.version), str(found.run_id)) for found in versions):
            run = StoredRun.of(client.get_run(run_id))
            own = tuple(sorted(alias for alias, version in aliases.items() if version == str(number)))
            figures = {key: value for key, value in sorted(run.metrics.items()) if key.startswith("test/")}
            listed.append(ListedVersion(name, str(number), own, run_id, run.lineage, figures))
    return listed


def models_with_challenger(client: MlflowClient, namespace: str) -> list[str]:
    """Names of the models of a namespace that have a challenger, sorted."""
    return [
        model.name
        for model in registered_models(client)
        if CHALLENGER in model.aliases and model.name.rpartition(".")[0] == namespace
    ]
