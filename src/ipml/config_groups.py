"""Names that lie as files in the groups of the configuration: countries, languages, firm types, choices of a group."""

import os
from collections.abc import Iterable
from pathlib import Path

_FURTHER = "IPML_SEARCHPATH"
_UNTIL_FILES = {"firm_type": ("high_growth", "established", "multinational")}


def config_directory() -> Path:
    """Return the folder ``conf``: inside an installed package, or at the root of a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parents[1] / "conf"


def config_folders() -> list[Path]:
    """Return the folder ``conf``, and those that the newest composition was told of by ``hydra.searchpath``."""
    further = os.environ.get(_FURTHER, "")
    return [config_directory(), *(Path(folder) for folder in further.split(os.pathsep) if folder)]


def search(places: Iterable[str]) -> None:
    """Take the folders of ``hydra.searchpath``, as ``file:///home/me/conf``, in the place of those of before.

    They are kept in the environment, so that the processes that this one starts know them too.
    """
    folders = [place.removeprefix("file://") for place in places if place.startswith("file://")]
    os.environ[_FURTHER] = os.pathsep.join(folders)


def names_of(group: str) -> tuple[str, ...]:
    """Names of the files of a group in alphabetical order, as ``("CN", "JP", "US")`` of ``country``."""
    names = {file.stem for folder in config_folders() for file in (folder / group).glob("*.yaml")}
    return tuple(sorted(names or _UNTIL_FILES.get(group, ())))
