"""Where a command's runs, tables and models are: made once from its settings and handed down."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import mlflow
import pandas as pd
import yaml
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID as PARENT_TAG
from pyarrow.lib import ArrowException
from pydantic import BaseModel

from ipml.checksums import file_hash
from ipml.errors import InputError, NotRecordedError
from ipml.files import safe_file_name, write_json, write_text
from ipml.guards.secrets import mask, masked
from ipml.overrides import ALLOWANCES
from ipml.provenance import current_command, note_run
from ipml.reach import Reach, reaching
from ipml.settings import CommandSettings, Data, TrainSettings, validated
from ipml.settings.groups import REFERENCE
from ipml.settings.namespace import shown_namespace
from ipml.tracking.kept_settings import checked_settings
from ipml.tracking.lineage import Lineage
from ipml.tracking.model_files import Checkpoint, model_hash
from ipml.tracking.parameters import parameters, run_title
from ipml.tracking.process import close_abandoned, environment, git_changes, git_commit, process_tags
from ipml.tracking.registry import HASH_TAG, ModelReference, RegisteredModel, find_version, namespaces
from ipml.tracking.runs import (
    COMMAND,
    FILE_HASH,
    FOLDER,
    MODEL_FOLDER,
    PREFIX,
    STAGE,
    Pruned,
    Run,
    StoredRun,
)
from ipml.tracking.store import Store

if TYPE_CHECKING:
    from ipml.tracking.epoch_loggers import LoggerFactory

CHANGES = "changes.patch"
_SETTINGS = "config.yaml"
_MOST_RUNS = 1000

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Workspace:
    """Where a command's runs, tables and models are; nothing else knows MLflow or a path.

    Attributes
    ----------
    settings
        The command's; each of its runs keeps them.
    """

    settings: CommandSettings

    @property
    def store(self) -> Store:
        """Database of runs and models."""
        return Store(Path(self.settings.paths.mlruns), self.settings.tracking.uri)

    @property
    def client(self) -> MlflowClient:
        """MLflow's client of the store."""
        return self.store.connect()

    @property
    def place(self) -> str:
        """Where runs and models are, for messages."""
        return self.store.place

    @property
    def namespace(self) -> str:
        """Namespace of the names of models and runs; empty for the one without a name."""
        return self.settings.namespace or ""

    @property
    def shown_namespace(self) -> str:
        """Namespace with the place, for messages."""
        return f"namespace {shown_namespace(self.namespace)} of {self.place}"

    @property
    def reach(self) -> Reach:
        """What the settings of a model may read and fetch in this command."""
        settings, paths = self.settings, self.settings.paths
        data = getattr(settings, "data", None)
        own = [
            paths.root,
            paths.data,
            *([data.root] if isinstance(data, Data) else []),
            *settings.model_folders,
        ]
        return Reach(tuple(Path(folder) for folder in own), Path(paths.data), settings.allow_download)

    def name(self, *parts: str | None) -> str:
        """Join the parts of a registered name, as ``mapping-JP-established``, in the namespace."""
        name = "-".join(part for part in parts if part)
        return f"{self.namespace}.{name}" if self.namespace else name

    def own_name(self, text: str) -> str:
        """Registered name that a user's text means: one without a namespace is of this one."""
        return text if "." in text else self.name(text)

    @property
    def has_other_namespaces(self) -> bool:
        """Whether models of another namespace are registered here."""
        return bool(set(namespaces(self.client)) - {self.namespace})

    def other_namespaces(self) -> str:
        """Say which other namespaces have models, for messages about one that has none."""
        others = sorted(set(namespaces(self.client)) - {self.namespace})
        if not others:
            return "no other namespace has models"
        return f"namespaces with models: {', '.join(map(shown_namespace, others))}"

    @contextmanager
    def start_run(self, stage: str, name: str) -> Iterator[Run]:
        """Open a run of a stage; it ends as FINISHED, or as FAILED or KILLED if the block raises.

        Its folder holds the settings, the environment and, where the code is not that of its commit, the changes.

        Parameters
        ----------
        stage
            Stage that runs: ``dual_attn``, ``keywords``, ``alignment``, …
        name
            Name of the run, for a model its registered name.
        """
        settings, client = self.settings, self.client
        experiment = self.store.experiment_id(self.namespace)
        close_abandoned(client, experiment)
        now, commit = datetime.now(UTC), git_commit()
        tags = {f"{PREFIX}{STAGE}": stage, "mlflow.source.git.commit": commit, **process_tags()}
        if settings.tracking.parent_run:
            tags[PARENT_TAG] = settings.tracking.parent_run
        tags |= {f"{PREFIX}{key}": str(value) for key, value in masked(settings.tracking.tags).items()}
        params = parameters(masked(settings.model_dump()), masked(settings.tracking.params))
        run_id = client.create_run(experiment, run_name=run_title(name, params, now), tags=tags).info.run_id
        note_run(run_id)
        own_name = f"{now:%Y%m%d-%H%M%S}-{safe_file_name(name)}-{run_id[:8]}"
        folder = Path(settings.paths.runs).absolute() / stage / own_name
        folder.mkdir(parents=True)
        training = settings if isinstance(settings, TrainSettings) else None
        registers, withheld = training is not None and training.register, tuple(settings.tracking.withheld)
        run = Run(
            run_id,
            stage,
            name,
            folder,
            self.store.uri,
            client,
            registers,
            withheld,
            command=current_command(),
        )
        own = {FOLDER: folder, "seed": settings.seed, "namespace": self.namespace, "name": name}
        if run.command:
            own[COMMAND] = run.command
        if training is not None and training.debug is not None:
            own["debug"] = training.debug.name
        run.set_tags(own)
        run.log_params(params)
        write_text(
            folder / _SETTINGS,
            yaml.safe_dump(masked(settings.model_dump()), allow_unicode=True, sort_keys=False),
        )
        write_json(folder / "environment.json", environment(commit))
        write_json(folder / "mlflow.json", {"run_id": run_id, "tracking_uri": mask(run.tracking_uri)})
        if commit.endswith("+changes"):
            (folder / CHANGES).write_bytes(git_changes())
        for file in (_SETTINGS, "environment.json", CHANGES):
            if (folder / file).is_file():
                run.log_file(folder / file, is_read=file == _SETTINGS)
        try:
            with run.at_end, reaching(self.reach):
                yield run
        except Pruned:
            run.set_tags({"pruned": True})
            run.end("KILLED")
            raise
        except BaseException as error:
            run.end("FAILED" if isinstance(error, Exception) else "KILLED")
            raise
        write_json(folder / "metrics.json", run.metrics)
        write_json(folder / "lineage.json", run.lineage)
        run.end("FINISHED")

    def reopen_run(self, run_id: str) -> Run:
        """Open a run again that another process may have made, on another machine even; it ends by `Run.end`.

        Raises
        ------
        InputError
            If there is no such run.
        """
        stored, runs = self.get_run(run_id), Path(self.settings.paths.runs).absolute()
        folder, stage = stored.folder, stored.tags[STAGE]
        if not folder.resolve().is_relative_to(runs.resolve()):
            # Of another machine, or wherever somebody has the tag point to: one of that name among the runs here.
            folder = runs / safe_file_name(stage) / safe_file_name(folder.name)
        folder.mkdir(parents=True, exist_ok=True)
        for key, value in process_tags().items():  # of who has it now, or it would count as abandoned
            self.client.set_tag(run_id, key, value)
        self.client.update_run(run_id, status="RUNNING")
        note_run(run_id)
        command = stored.tags.get(COMMAND, "")
        return Run(run_id, stage, stored.name, folder, self.store.uri, self.client, command=command)

    def get_run(self, run_id: str) -> StoredRun:
        """Read a run; `InputError` if there is none of that id."""
        try:
            return StoredRun.of(self.client.get_run(run_id))
        except MlflowException as error:
            raise InputError(f"run {run_id}: not in {self.place}") from error

    def parameters_of(self, run_id: str) -> dict[str, str]:
        """Read the parameters of a run: its settings, flat; those of an older version have none."""
        return dict(self.client.get_run(run_id).data.params)

    def run_link(self, run_id: str) -> str:
        """Say how a run is opened in a browser: its address on the server, or the command and the address behind it."""
        experiment = self.client.get_run(run_id).info.experiment_id
        return self.store.link(f"#/experiments/{experiment}/runs/{run_id}")

    def find_run(self, stage: str, *, lineage: Mapping[str, str] | None = None, **tags: str) -> StoredRun:
        """Return the newest finished run of a stage with the given tags and lineage, in the namespace.

        Raises
        ------
        NotRecordedError
            If there is none.
        """
        runs = self._search({STAGE: stage, "namespace": self.namespace, **tags}, lineage, most=1)
        if not runs:
            named = " ".join(f"{k}={v}" for k, v in {**tags, **(lineage or {})}.items())
            raise NotRecordedError(
                f"no finished run of stage {stage} with {named} in {self.shown_namespace}; run `ipml {stage}` first"
            )
        return runs[0]

    def find_runs(self, stage: str) -> list[StoredRun]:
        """Return all finished runs of a stage in the namespace, the newest first."""
        return self._search({STAGE: stage, "namespace": self.namespace})

    def runs_with(
        self, tags: Mapping[str, str], *, status: str = "FINISHED", parent: str | None = None
    ) -> list[StoredRun]:
        """Return the runs with these tags (`Run.set_tags`), of any stage, under a parent run if that is given."""
        return self._search(tags, status=status, parent=parent)

    def end_run(self, run_id: str, status: str, tags: Mapping[str, object] | None = None) -> None:
        """End the run of a process that cannot do it any more."""
        for key, value in (tags or {}).items():
            self.client.set_tag(run_id, f"{PREFIX}{key}", str(value))
        self.client.set_terminated(run_id, status)

    def load_table(self, run_id: str, name: str) -> pd.DataFrame:
        """Read a table that `Run.log_table` saved.

        Raises
        ------
        NotRecordedError
            If the run has no such table, as one of an older version may not.
        InputError
            If its file is not the one that the run wrote, or broken.
        """
        path = self._artifact(run_id, f"{name}.parquet", f"table {name!r}")
        try:
            return pd.read_parquet(path)
        except (ArrowException, OSError) as error:
            raise InputError(
                f"{path}: not a whole parquet file; run the stage of run {run_id} again"
            ) from error

    def load_settings(self, run_id: str, kind: type[S]) -> S:
        """Read the settings that a run was made with; paths, tracking and what is allowed are those of now.

        Parameters
        ----------
        kind
            Settings of the command that made it, or those of its keys that are needed (``extra="ignore"``).

        Raises
        ------
        NotRecordedError
            If the run keeps none, or those of another version of the command.
        InputError
            If its file is broken, or names classes or files that are not allowed (`checked_settings`).
        """
        path = self._artifact(run_id, _SETTINGS, _SETTINGS)
        own = {"paths", "tracking", *ALLOWANCES}
        here = self.settings.model_dump(include=own)
        try:
            content = dict(yaml.safe_load(Path(path).read_text(encoding="utf-8")))
        except (yaml.YAMLError, ValueError, TypeError) as error:
            raise InputError(f"{path}: no settings; run the stage of run {run_id} again") from error
        content = {key: value for key, value in content.items() if key not in own}
        try:
            content = checked_settings(content, kind, self.settings, self.reach)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(f"run {run_id} in {self.place}: {error}") from error
        try:
            return validated(kind, {**content, **here})
        except InputError as error:
            raise NotRecordedError(
                f"run {run_id} in {self.place}: made with settings of another version ({error}); run its stage again"
            ) from error

    def find_model(self, reference: str | ModelReference) -> RegisteredModel:
        """Find a registered model and fetch its files, which are checked.

        Raises
        ------
        NotRegisteredError
            If there is no such model, version or alias; the message says which there are.
        InputError
            If its files are missing, or not those that were registered; the message names model and file.
        """
        version = self.find_version(reference)
        title = f"{version.name} version {version.version}"
        try:
            fetched = mlflow.artifacts.download_artifacts(f"models:/{version.name}/{version.version}")
        except (MlflowException, OSError) as error:
            raise InputError(
                f"{title}: its files cannot be fetched from {self.place}; train it again, or after a move "
                "of mlruns link its old place to it"
            ) from error
        folder = Path(fetched) / "artifacts" / MODEL_FOLDER
        try:
            found = model_hash(folder)
        except InputError as error:
            raise InputError(f"{title}: {error}") from error
        if found != version.tags.get(HASH_TAG):
            raise InputError(f"{title}: {folder} is not the model that was registered; train it again")
        lineage = self.get_run(str(version.run_id)).lineage
        return RegisteredModel(version.name, str(version.version), str(version.run_id), folder, lineage)

    def find_version(self, reference: str | ModelReference) -> ModelVersion:
        """Version of a registered model that a reference means, without its files; `NotRegisteredError` without one."""
        if isinstance(reference, str):
            reference = ModelReference.parse(reference)
        return find_version(self.client, reference, self.place)

    def find_checkpoint(self, where: str | None) -> Checkpoint | None:
        """Find the model that ``ckpt_path`` names: a folder, or a registered one; None where it names none.

        Raises
        ------
        InputError
            If it is neither, or the model is not whole; the message names the key.
        """
        if where is None:
            return None
        folder = Path(where)
        try:
            if folder.is_dir():
                return Checkpoint(where, folder, model_hash(folder), self.reach)
            if re.fullmatch(REFERENCE.pattern, where):
                model = self.find_model(where)
                return Checkpoint(where, model.folder, f"{model.name}/{model.version}", self.reach)
        except InputError as error:
            raise InputError(f"ckpt_path={where}: {error}") from error
        raise InputError(
            f"ckpt_path={where}: no such folder; allowed: a registered model, as dual_attn-JP@champion or "
            "dual_attn-JP/3, or the folder `model` of a run"
        )

    def epoch_loggers(self, run: Run) -> "LoggerFactory":
        """Loggers of the parts of a run, where the settings' group ``logger`` says."""
        from ipml.tracking.epoch_loggers import make_loggers  # with Lightning, which takes seconds

        settings = cast(TrainSettings, self.settings)  # what trains has a logger
        return make_loggers(settings.logger, run, masked(settings.model_dump()))

    def _search(
        self,
        tags: Mapping[str, str],
        lineage: Mapping[str, str] | None = None,
        *,
        status: str = "FINISHED",
        parent: str | None = None,
        most: int = _MOST_RUNS,
    ) -> list[StoredRun]:
        """Runs with these tags and this lineage, the newest first."""
        wanted = {f"{PREFIX}{key}": value for key, value in tags.items()} | Lineage(lineage or {}).as_tags()
        if parent is not None:
            wanted[PARENT_TAG] = parent
        conditions = [f"tags.`{key}` = '{value}'" for key, value in wanted.items()]
        found = self.client.search_runs(
            [self.store.experiment_id(self.namespace)],
            " and ".join([*conditions, f"attributes.status = '{status}'"]),
            order_by=["attributes.end_time DESC"],
            max_results=most,
        )
        return [StoredRun.of(run) for run in found]

    def _artifact(self, run_id: str, file: str, title: str) -> str:
        """Fetch a file of a run, which is checked; one of a version that kept no hash is taken as it is."""
        try:
            path: str = mlflow.artifacts.download_artifacts(
                run_id=run_id, artifact_path=file, tracking_uri=self.store.uri
            )
        except (MlflowException, OSError) as error:
            raise NotRecordedError(
                f"run {run_id} in {self.place}: it has no {title}; run its stage again"
            ) from error
        saved = self.get_run(run_id).tags.get(f"{FILE_HASH}.{file}")
        if saved is not None and file_hash(Path(path)) != saved:
            raise InputError(f"{path}: changed or cut short since run {run_id} wrote it; run its stage again")
        return path
