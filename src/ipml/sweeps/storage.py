"""Where the trials of a sweep are kept, shared by several processes: a database or a journal file; signs of life."""

import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optuna import Study, Trial
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import (
    BaseStorage,
    JournalStorage,
    RDBStorage,
    RetryHeartbeatStaleTrialCallback,
    fail_stale_trials,
)
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from ipml.errors import InputError
from ipml.guards.secrets import mask
from ipml.sweeps.settings import SweepSettings
from ipml.tracking.store import check_kept, sqlite_address, sqlite_file

JOURNAL = "journal:"
_SIGN = "sign_of_life"
_TRIES = 20
Retry = Callable[[Study, FrozenTrial], None]


@dataclass(frozen=True)
class Heartbeat:
    """Signs of life of running trials, by which any process finds those whose process was killed.

    Optuna's databases have them. In a journal they are written here, as an attribute of the trial; they are told apart
    by the clocks of the machines.

    Attributes
    ----------
    interval, grace
        Seconds between two signs, and without one after which a trial counts as killed.
    retry
        Called with each killed trial of a journal.
    of_database
        Whether Optuna leaves the signs.
    """

    interval: float
    grace: float
    retry: Retry
    of_database: bool

    @contextmanager
    def beating(self, trial: Trial) -> Iterator[None]:
        """Leave signs of life of a trial while the block runs."""
        if self.of_database:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._beat, args=(trial, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _beat(self, trial: Trial, ended: threading.Event) -> None:
        with suppress(UpdateFinishedTrialError):  # another process has given it up
            while True:
                # With its number: a trial tried again brings the attributes of the killed one.
                trial.set_user_attr(_SIGN, [trial.number, time.time()])
                if ended.wait(self.interval):
                    return

    def fail_killed(self, study: Study) -> None:
        """Fail the trials without a sign of life, and let each be tried again; of several processes one does it."""
        if self.of_database:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                fail_stale_trials(study)
            return
        oldest = time.time() - self.grace
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            number, last = trial.user_attrs.get(_SIGN, (None, 0.0))
            if number != trial.number or last >= oldest:
                continue
            try:
                study.tell(trial.number, state=TrialState.FAIL)
            except (
                UpdateFinishedTrialError,
                ValueError,
            ):  # another process was first, or the trial has ended
                continue
            self.retry(study, study.get_trials()[trial.number])


def storage_url(settings: SweepSettings) -> str:
    """Return ``storage`` of the settings, or SQLite beside MLflow's database."""
    return settings.storage or sqlite_address(Path(settings.paths.mlruns).absolute() / "sweeps.db")


def open_storage(settings: SweepSettings) -> tuple[BaseStorage, Heartbeat]:
    """Open the storage of a sweep, which is made at first use, with the signs of life of its trials.

    Parameters
    ----------
    settings
        Of ``ipml sweep``: ``storage``, ``heartbeat`` and ``retries``.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    url, interval, grace = storage_url(settings), settings.heartbeat.interval, settings.heartbeat.grace
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        retry = RetryHeartbeatStaleTrialCallback(max_retry=settings.retries)
        if url.startswith(JOURNAL):
            path = Path(url.removeprefix(JOURNAL)).absolute()
            _make_folder(path.parent, url)
            # Making a symbolic link, which the other lock does, needs rights of its own on Windows.
            lock = JournalFileOpenLock(str(path)) if os.name == "nt" else None
            storage = JournalStorage(JournalFileBackend(str(path), lock))
            return storage, Heartbeat(interval, grace, retry, of_database=False)
        check_kept("storage", url)
        options: dict[str, Any] = {}
        database_file = sqlite_file(url)
        if database_file is not None:
            _make_folder(database_file.absolute().parent, url)
            options = {"connect_args": {"timeout": 60}}  # several processes write
        database = _open_database(
            url,
            options,
            heartbeat_interval=interval,
            grace_period=grace,
            heartbeat_stale_trial_callback=retry,
        )
        return database, Heartbeat(interval, grace, retry, of_database=True)


def _make_folder(folder: Path, url: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"storage={mask(url)}: {error.strerror}: {folder}") from error


def _open_database(url: str, engine_options: dict[str, Any], **options: Any) -> RDBStorage:
    for attempt in range(_TRIES):
        try:
            return RDBStorage(url, engine_options, **options)
        except (ArgumentError, ImportError, ValueError) as error:
            raise InputError(
                f"storage={mask(url)}: {mask(str(error).splitlines()[0])}; allowed: sqlite:///FILE, journal:FILE or "
                "another database of SQLAlchemy"
            ) from error
        except SQLAlchemyError as error:
            # Two processes that make the same database at once get in each other's way, once.
            made_by_both = url.startswith("sqlite") or not isinstance(error, OperationalError)
            if attempt == _TRIES - 1 or not made_by_both or "unable to open" in str(error):
                raise InputError(f"storage={mask(url)}: {mask(str(error).splitlines()[0])}") from error
            time.sleep(0.1)
    raise AssertionError("unreachable")
