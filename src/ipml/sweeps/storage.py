"""Where the trials of a sweep are kept: a database or a journal file that several processes share."""

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from omegaconf import DictConfig
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.storages._heartbeat import BaseHeartbeat
from optuna.storages.journal import BaseJournalBackend, JournalFileBackend
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from ipml.errors import InputError, check_count

JOURNAL = "journal:"
_HEARTBEAT = "ipml:heartbeat"
_TRIES = 20
Retry = Callable[[optuna.Study, FrozenTrial], None]


class JournalWithHeartbeat(JournalStorage, BaseHeartbeat):
    """A journal whose running trials leave a sign of life in it, as those of Optuna's databases do.

    Parameters
    ----------
    backend
        The file.
    interval, grace
        Seconds between two signs, and without one after which a trial counts as killed. They are told apart by the
        clocks of the machines.
    retry
        Called with each killed trial.
    """

    def __init__(self, backend: BaseJournalBackend, interval: int, grace: int, retry: Retry) -> None:
        super().__init__(backend)
        self._interval, self._grace, self._retry = interval, grace, retry

    def record_heartbeat(self, trial_id: int) -> None:
        """Leave a sign of life."""
        trial = self.get_trial(trial_id)
        if trial.state == TrialState.RUNNING:  # another process may have given it up
            # With its number: a trial tried again brings the attributes of the killed one.
            self.set_trial_system_attr(trial_id, _HEARTBEAT, [trial.number, time.time()])

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        running = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
        oldest = time.time() - self._grace
        stale = []
        for trial in running:
            number, last = trial.system_attrs.get(_HEARTBEAT, (None, 0.0))
            if number == trial.number and last < oldest:
                stale.append(trial._trial_id)
        return stale

    def get_heartbeat_interval(self) -> int:
        """Seconds between two signs."""
        return self._interval

    def get_heartbeat_stale_trial_callback(self) -> Retry:
        """What happens to a killed trial."""
        return self._retry


def storage_url(config: DictConfig) -> str:
    """``storage`` of the configuration, or SQLite beside MLflow's database."""
    return config.storage or f"sqlite:///{Path(config.paths.mlruns).absolute()}/sweeps.db"


def open_storage(config: DictConfig) -> BaseStorage:
    """Open the storage of a sweep; it is made at first use.

    Parameters
    ----------
    config
        Of ``ipml sweep``: ``storage``, ``heartbeat`` and ``retries``.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    check_count("heartbeat.interval", config.heartbeat.interval)
    check_count("heartbeat.grace", config.heartbeat.grace, low=config.heartbeat.interval)
    check_count("retries", config.retries, low=0)
    url, interval, grace = storage_url(config), config.heartbeat.interval, config.heartbeat.grace
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        retry = RetryHeartbeatStaleTrialCallback(max_retry=config.retries)
        if url.startswith(JOURNAL):
            path = Path(url.removeprefix(JOURNAL)).absolute()
            _make_folder(path.parent, url)
            return JournalWithHeartbeat(JournalFileBackend(str(path)), interval, grace, retry)
        options: dict[str, Any] = {}
        if url.startswith("sqlite:///"):
            _make_folder(Path(url.removeprefix("sqlite:///")).absolute().parent, url)
            options = {"connect_args": {"timeout": 60}}  # several processes write
        return _open_database(
            url,
            options,
            heartbeat_interval=interval,
            grace_period=grace,
            heartbeat_stale_trial_callback=retry,
        )


def _make_folder(folder: Path, url: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"storage={url}: {error.strerror}: {folder}") from error


def _open_database(url: str, engine_options: dict[str, Any], **options: Any) -> RDBStorage:
    for attempt in range(_TRIES):
        try:
            return RDBStorage(url, engine_options, **options)
        except (ArgumentError, ImportError, ValueError) as error:
            raise InputError(
                f"storage={url}: {str(error).splitlines()[0]}; allowed: sqlite:///FILE, journal:FILE or another "
                "database of SQLAlchemy"
            ) from error
        except SQLAlchemyError as error:
            # Two processes that make the same database at once get in each other's way, once.
            made_by_both = url.startswith("sqlite") or not isinstance(error, OperationalError)
            if attempt == _TRIES - 1 or not made_by_both or "unable to open" in str(error):
                raise InputError(f"storage={url}: {str(error).splitlines()[0]}") from error
            time.sleep(0.1)
    raise AssertionError("unreachable")
