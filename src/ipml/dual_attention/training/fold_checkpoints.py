"""Finished folds and other parts on disk while a run lasts, so that one that was killed goes on where it stood.

They lie under ``runs/.unfinished`` in a folder named by everything that decides them; whoever runs the same finds them
there. Of two processes that do the same, the second waits for the first; reading, writing and removing is under one
lock of all.
"""

import json
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ipml.console import console
from ipml.dual_attention.bundle import FoldModel, Member, member_name
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.errors import InputError
from ipml.files import atomic_path, code_fingerprint, lock_holder, locked, remove_lock, short_hash
from ipml.settings import CommandSettings
from ipml.tracking.model_files import load_model, save_model
from ipml.tracking.runs import Pruned

KIND, ARRAYS = "dual_attention_fold", "arrays"
Arrays = dict[str, npt.NDArray[Any]]
_POLL = 1.0  # seconds between looks at a process that does the same


@dataclass(frozen=True)
class FoldCheckpoints:
    """Folder of the folds and other parts that a run has finished; None: nothing is kept."""

    folder: Path | None = None

    def part(self, name: str) -> "FoldCheckpoints":
        """Return the folder of a further training of the same run, as of a control."""
        return FoldCheckpoints(self.folder and self.folder / name)

    def read(self, member: Member, make: Callable[[], DualAttentionNetwork]) -> FoldModel | None:
        """Read a model of a fold that was finished before; None if there is none or it is not whole.

        Parameters
        ----------
        member
            Its fold, and the number of its seed.
        make
            Makes an untrained network of its settings.
        """
        tensors = self._read(member_name(member), KIND)
        return None if tensors is None else FoldModel.of(tensors, make())

    def write(self, member: Member, fold: FoldModel) -> None:
        """Keep a finished model, in place of one that is not whole."""
        self._write(member_name(member), KIND, fold.tensors())

    def arrays(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Read the arrays of a part that was finished before, or make and keep them."""
        kept = self._read(name, ARRAYS)
        if kept is None:
            kept = make()
            self._write(name, ARRAYS, kept)
        return kept

    def remove(self) -> None:
        """Remove all of them."""
        if self.folder is not None:
            with locked(_lock(self.folder)):
                shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, name: str, kind: str) -> Arrays | None:
        if self.folder is None:
            return None
        with locked(_lock(self.folder)):
            try:
                tensors, _ = load_model(self.folder / name, kind)
            except InputError:  # the usual case: nothing was stopped
                return None
        return dict(tensors)

    def _write(self, name: str, kind: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        if self.folder is None:
            return
        target = self.folder / name
        with locked(_lock(self.folder)):
            shutil.rmtree(target, ignore_errors=True)
            with atomic_path(target) as temporary:
                save_model(temporary, kind, dict(arrays), {})


@contextmanager
def open_fold_checkpoints(
    settings: DualAttentionTraining, lineage: Mapping[str, str]
) -> Iterator[FoldCheckpoints]:
    """Keep finished folds until the block has succeeded, or a listener has broken it off.

    Parameters
    ----------
    settings
        Of the training.
    lineage
        Fingerprints of all that is read: corpus, vectors, tokenizer, encoder, and the model that is started from.
    """
    decisive = ("model", "trainer", "country", "language", "seed")
    with open_checkpoints(settings, decisive, lineage) as checkpoints:
        yield checkpoints


@contextmanager
def open_checkpoints(
    settings: CommandSettings, keys: Collection[str], lineage: Mapping[str, str]
) -> Iterator[FoldCheckpoints]:
    """Keep what is finished until the block has succeeded, or a listener has broken it off; of two alike, one waits.

    Parameters
    ----------
    settings
        Of the command.
    keys
        Those that decide what is kept.
    lineage
        Fingerprints of all that is read.
    """
    decisive = settings.model_dump(include=set(keys))
    key = short_hash(json.dumps([decisive, dict(lineage)], sort_keys=True), code_fingerprint())
    folder = Path(settings.paths.runs).absolute() / ".unfinished" / key
    checkpoints = FoldCheckpoints(folder)
    with _alone(folder):
        try:
            yield checkpoints
        except Pruned:
            checkpoints.remove()
            raise
        checkpoints.remove()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait while another process does the same, and say which."""
    own, is_waiting = Path(f"{folder}.lock"), False
    with ExitStack() as held:
        while True:
            # Taken and removed under the lock of all, so that nobody holds a file that is gone.
            with locked(_lock(folder)):
                try:
                    held.enter_context(locked(own, wait=False))
                    break
                except BlockingIOError:
                    holder = lock_holder(own)
            if not is_waiting:
                console.print(f"process {holder} does the same: waiting until it has ended")
                is_waiting = True
            time.sleep(_POLL)
        try:
            yield
        finally:
            with locked(_lock(folder)):
                held.close()
                remove_lock(own)


def _lock(folder: Path) -> Path:
    """Return the lock of all folders of finished folds; it stays, since another process may wait for it."""
    return next(parent for parent in folder.parents if parent.name == ".unfinished") / "lock"
