"""Codes of countries, languages and firm types: a code is a file, in ``conf/`` or in a folder of one's own.

Which there are is read from the names of the files and their key ``order`` alone, so that help, completion and
refusals have them at once.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import yaml

from ipml.errors import InputError

Kind = Literal["country", "language", "firm_type"]  # folders of the configuration
_LAST = float("inf")
_FURTHER = "IPML_SEARCHPATH"


def config_directory() -> Path:
    """Return the folder ``conf``: inside an installed package, or at the root of a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parents[1] / "conf"


def config_folders() -> list[Path]:
    """Return the folder ``conf``, and those that the newest composition was told of by ``hydra.searchpath``."""
    further = os.environ.get(_FURTHER, "")
    return [config_directory(), *(Path(folder) for folder in further.split(os.pathsep) if folder)]


def config_file(group: str, name: str) -> Path:
    """Path of a choice of a group: of files of one name the first in `config_folders`; the file need not be there."""
    paths = [folder / group / f"{name}.yaml" for folder in config_folders()]
    return next((path for path in paths if path.is_file()), paths[0])


def search(places: Iterable[str]) -> None:
    """Take the folders of ``hydra.searchpath``, as ``file:///home/me/conf``, in the place of those of before.

    They are kept in the environment, so that the processes that this one starts know them too.
    """
    folders = [place.removeprefix("file://") for place in places if not place.startswith("pkg://")]
    os.environ[_FURTHER] = os.pathsep.join(folders)


@contextmanager
def own_search() -> Iterator[None]:
    """Look where it was looked before, after the block, whatever `search` is told in it."""
    before = os.environ.get(_FURTHER, "")
    try:
        yield
    finally:
        os.environ[_FURTHER] = before


def code_names(kind: Kind) -> list[str]:
    """Codes that have a file, by the ``order`` in it; those without one stand last, by name.

    Raises
    ------
    InputError
        For a file that cannot be read, or an ``order`` that is no number.

    Examples
    --------
    >>> code_names("country")
    ['JP', 'US', 'CN']
    """
    return list(read_codes(kind))


def read_codes(kind: Kind) -> dict[str, dict[str, Any]]:
    """Contents of the files of a kind by code, in the order of `code_names`; errors as there."""
    paths: dict[str, Path] = {}
    for folder in config_folders():
        for path in sorted((folder / kind).glob("*.yaml")):
            paths.setdefault(path.stem, path)  # as Hydra: the first of a name counts
    contents = {name: _read(path) for name, path in paths.items()}
    return dict(sorted(contents.items(), key=lambda item: (item[1].get("order", _LAST), item[0])))


def language_names() -> dict[str, str]:
    """Language of each further code of one (key ``codes`` of its file) and of its ``title``, in small letters.

    Raises
    ------
    InputError
        For a file that cannot be read, ``codes`` that are no list of texts, and a code of two languages.

    Examples
    --------
    >>> names = language_names()
    >>> names["jpn"], names["japanese"]
    ('ja', 'ja')
    """
    files = read_codes("language")
    language_of = {name.lower(): name for name in files}
    for name, content in files.items():
        codes = content.get("codes", [])
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise InputError(f"conf/language/{name}.yaml: codes={codes}: a list of codes is needed, as [jpn]")
        for code in (*codes, str(content.get("title", name))):
            known = language_of.setdefault(code.casefold(), name)
            if known != name:
                raise InputError(f"conf/language/{name}.yaml: {code} is a code or title of {known} already")
    return language_of


def unknown_code(key: str, value: object, kind: Kind, allowed: Sequence[str]) -> InputError:
    """Error for a code that has no file; it names those that have one, and says how to add one."""
    return InputError(f"{key}={value}: not a choice; allowed: {', '.join(allowed)}; {how_to_add(kind)}")


def how_to_add(kind: Kind) -> str:
    """What makes a further code known, in words for an error."""
    return f"another one needs a file conf/{kind}/NAME.yaml"


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: not readable ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: keys and values are needed, as order: 4")
    order = content.get("order", 0)
    if isinstance(order, bool) or not isinstance(order, int | float):
        raise InputError(f"{path}: order={order}: a number is needed")
    return content
