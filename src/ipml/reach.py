"""What the settings of a model may reach, since anybody may have written them: files to read, one cache, no network.

A model names its word vectors and its encoder, to be opened again. What it names is read only below folders that the
user has stated, is never written, and is fetched only if the command line says so.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ipml.errors import InputError
from ipml.files import short_hash, write_text

Download = bool | Literal["with_token"]
FOLDERS = "IPML_MODEL_FOLDERS"  # of the environment, for models that MLflow serves


@dataclass(frozen=True)
class Reach:
    """Folders and permissions of a command.

    Attributes
    ----------
    folders
        Below which files are read that a model names.
    data
        ``paths.data``: holds the converted word vectors.
    download
        Whether what a model names on the hub is fetched, and with the user's token.
    """

    folders: tuple[Path, ...]
    data: Path
    download: Download = False

    @classmethod
    def of_now(cls) -> "Reach":
        """Return that of the command whose run is open, else of ``IPML_HOME`` (or the current folder) alone.

        The folders of ``IPML_MODEL_FOLDERS`` are allowed outside of a command, as where MLflow serves a model.
        """
        if (current := _current.get()) is not None:
            return current
        root = Path(os.environ.get("IPML_HOME") or Path.cwd())
        more = [Path(name) for name in os.environ.get(FOLDERS, "").split(os.pathsep) if name]
        return cls((root, *more), root / "data")

    @property
    def vector_cache(self) -> str:
        """Folder of converted word vectors."""
        return str(self.data / "vectors")

    def file(self, named: object, key: str) -> Path:
        """File or folder that the settings of a model name, links followed.

        Raises
        ------
        InputError
            If it is not below one of the folders, and no configuration of the user has named it either.
        """
        if not isinstance(named, str) or not named or "\0" in named:
            raise InputError(f"{key}={named!r}: the model names no file; train it again")
        path = Path(named).absolute()
        if not path.drive.startswith("\\\\"):  # looking at another machine's file tells it who asks
            path = path.resolve()
            if any(path.is_relative_to(folder.absolute().resolve()) for folder in self.folders):
                return path
            if self._was_named(path):
                return path
        shown = ", ".join(map(str, self.folders))
        raise InputError(
            f"{key}={named}: a model may name files only below {shown}; if you trust it, "
            f"model_folders=[{path.parent}] lets it read there"
        )

    def embeddings(self, vectors: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Settings of word vectors as a model keeps them, with its files checked and the cache of this user."""
        checked = dict(vectors)
        for name in {"path", "words"} & checked.keys():
            checked[name] = str(self.file(checked[name], f"{key}.{name}"))
        if "cache" in checked:
            checked["cache"] = self.vector_cache
        return checked

    def note(self, path: Path) -> None:
        """Note that the user's own configuration names a file or a folder, so that models made with it may, too."""
        try:
            self.file(str(path), "")
        except InputError:
            write_text(self._note_on(path), f"{path.resolve()}\n")

    def _was_named(self, path: Path) -> bool:
        """Whether a command of this user has read this before, by its own configuration."""
        if self._note_on(path).is_file():
            return True
        if not path.is_file():
            return False
        state = path.stat()
        name = converted_name(path, state.st_size, state.st_mtime_ns)
        return (self.data / "vectors" / "hashes" / f"{name}.json").is_file()

    def _note_on(self, path: Path) -> Path:
        return self.data / "named" / short_hash(str(path.resolve()))


_current: ContextVar[Reach | None] = ContextVar("reach", default=None)


@contextmanager
def reaching(reach: Reach) -> Iterator[None]:
    """Make this the one of `Reach.of_now` while the block runs."""
    token = _current.set(reach)
    try:
        yield
    finally:
        _current.reset(token)


def not_fetched(key: str, name: str) -> InputError:
    """Error for what is neither a folder here nor may be fetched."""
    return InputError(
        f"{key}={name}: no folder here, and nothing is fetched from the hub unless the command line says "
        "allow_download=true"
    )


def converted_name(path: Path, size: int, time: int) -> str:
    """Name of the note on a file of word vectors that was converted."""
    return short_hash(str(path.resolve()), str(size), str(time))
