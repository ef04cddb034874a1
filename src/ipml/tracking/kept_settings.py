"""Settings that a run keeps, taken for what anybody may have written: a registry can be shared, or come from elsewhere.

A command that goes on with an earlier run makes objects of the classes that these name, and opens the files. So classes
are those that the configuration here names, and files those that a model may read.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ipml.codes import config_folders
from ipml.errors import InputError
from ipml.reach import Reach
from ipml.settings import CommandSettings

_TARGET = "_target_"
_IN_A_FILE = re.compile(rf"\b{_TARGET}:\s*['\"]?([\w.]+)")


def checked_settings(
    content: Mapping[str, Any], kind: type[BaseModel], own: CommandSettings, reach: Reach
) -> dict[str, Any]:
    """Check the content of a ``config.yaml``.

    Parameters
    ----------
    kind
        What is made of it; parts that it does not have are left as they are.
    own
        Settings of the command that reads it: what they name is allowed.
    reach
        What a model may read.

    Returns
    -------
    It with the caches of this user.

    Raises
    ------
    InputError
        If it names a class that no file of the configuration names, or a file that may not be read.
    """
    if issubclass(kind, CommandSettings):
        allowed = {*_classes_of_files(), *(value for _, value in _targets(own.model_dump(), ""))}
        for key, value in _targets(content, ""):
            if value not in allowed:
                raise InputError(
                    f"{key}={value}: the run names a class that no file of the configuration here names; if you trust "
                    "it, write such a file (docs/extending.md) and give its folder by hydra.searchpath"
                )
    checked = dict(content)
    if "embeddings" in kind.model_fields and isinstance(checked.get("embeddings"), Mapping):
        checked["embeddings"] = _embeddings(checked["embeddings"], _languages(checked), reach)
    if "lexicon" in kind.model_fields and isinstance(checked.get("lexicon"), Mapping):
        for part in ("train", "test"):
            named = checked["lexicon"].get(part)
            if isinstance(named, str):
                reach.file(named, f"lexicon.{part}")
    return checked


def _embeddings(embeddings: Mapping[str, Any], used: set[object], reach: Reach) -> dict[str, Any]:
    languages = {}
    for code, source in dict(embeddings.get("languages") or {}).items():
        vectors = dict(source["vectors"])
        try:
            vectors = reach.embeddings(vectors, f"embeddings.languages.{code}.vectors")
        except InputError:
            if code in used:
                raise
            vectors = {"kind": vectors.get("kind"), "path": "???"}  # as of a language that nobody has given
        languages[code] = {**source, "vectors": vectors}
    return {**embeddings, "languages": languages}


def _languages(content: Mapping[str, Any]) -> set[object]:
    """Languages that the run has read."""
    patents = content.get("patents")
    further = patents.get("language") if isinstance(patents, Mapping) else None
    return {content.get("language"), content.get("reference_language", "en"), further}


def _targets(content: Any, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            at = f"{place}.{key}" if place else str(key)
            if key == _TARGET:
                yield at, value
            else:
                yield from _targets(value, at)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _targets(value, f"{place}.{number}")


def _classes_of_files() -> set[str]:
    """Classes that files of ``conf`` name, those of ``hydra.searchpath`` too."""
    files = (file for folder in config_folders() for file in folder.rglob("*.yaml"))
    return {name for file in files for name in _IN_A_FILE.findall(file.read_text(encoding="utf-8"))}
