"""The configuration's groups, choices and comments, read from the files alone: help and completion must be quick."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ipml.codes import code_names, config_directory, config_file, config_folders, search
from ipml.overrides import CODE_KEYS, CONFIG_ERRORS, is_search_path, search_path, top_keys
from ipml.text_overrides import with_text_in_quotes


@dataclass(frozen=True)
class Group:
    """A place in the configuration that takes one of several files.

    Attributes
    ----------
    key
        What stands before ``=``: ``model``, or ``aligner@model.map`` for a group that a choice brings along.
    choices
        Names of its files.
    default
        The choice that is taken where none is given; ``as data`` where it follows another group; empty for none.
    parents
        Choices that bring it along, as ``model=alignment``; none for a group of the command itself.
    """

    key: str
    choices: tuple[str, ...]
    default: str
    parents: tuple[str, ...] = ()


def look_where_told(words: Sequence[str]) -> None:
    """Look for further choices where ``hydra.searchpath`` among the words of a command line says."""
    try:
        told = [word for word in words if is_search_path(word)]
        search(search_path(with_text_in_quotes("registry", told)))  # of any command
    except CONFIG_ERRORS:  # a list that is not finished yet
        search([])


def groups_of(command: str) -> list[Group]:
    """Groups of a command in the order of its file, each followed by those that its choices bring along."""
    groups = []
    for file in files_of(command):
        for key, default in _defaults(file):
            if (config_directory() / key).is_dir() and file.stem != "base":
                group = Group(key, choices_of(key), default)
                groups += [group, *_brought_along(group)]
    return groups


def codes_of(command: str) -> dict[str, list[str]]:
    """Keys of a command whose values are codes, and the codes that have a file."""
    return {key: code_names(key) for key in CODE_KEYS if key in top_keys(command)}


def files_of(command: str) -> list[Path]:
    """File of a command, then those that it builds on."""
    file = config_directory() / f"{command}.yaml"
    built_on = [key for key, default in _defaults(file) if key != "_self_" and not default]
    return [
        file,
        *(f for key in built_on if (config_directory() / f"{key}.yaml").is_file() for f in files_of(key)),
    ]


def files_of_choice(folder: str, choice: str) -> list[Path]:
    """File of a choice, then those of the choices that it builds on."""
    file = config_file(folder, choice)
    built_on = [key for key, _ in _defaults(file) if config_file(folder, key).is_file()]
    return [file, *(f for key in built_on for f in files_of_choice(folder, key))]


def choices_of(folder: str) -> tuple[str, ...]:
    """Names of the choices in a folder of the configuration."""
    names = {path.stem for place in config_folders() for path in (place / folder).glob("*.yaml")}
    return tuple(sorted(names))


def body(path: Path, left_out: tuple[str, ...] = ("defaults", "hydra")) -> list[str]:
    """Lines of a configuration file with their comments, without its head and the blocks that are left out."""
    lines: list[str] = []
    inside = True
    for line in path.read_text(encoding="utf-8").splitlines():
        if key := re.match(r"(\w+):", line):
            inside = key[1] in left_out
        elif line.startswith("#") and lines:
            inside = False
        if not inside:
            lines.append(line)
    return "\n".join(lines).strip("\n").splitlines()


def head(path: Path) -> list[str]:
    """Lines of the comment that a configuration file begins with, without their marks."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" "))
    return [line for line in lines if not line.startswith("@package")]


def _brought_along(group: Group) -> Iterator[Group]:
    """Groups in the defaults of a group's choices, as ``aligner@model.map`` of ``model=alignment``."""
    parents: dict[str, list[str]] = {}
    defaults: dict[str, list[str]] = {}
    for choice in group.choices:
        for key, default in _choice_defaults(group.key, choice).items():
            parents.setdefault(key, []).append(f"{group.key}={choice}")
            defaults.setdefault(key, []).append(default)
    for key, brought_by in parents.items():
        folder, _, place = key.partition("@")
        full = f"{folder}@{group.key}.{place}" if place else f"{folder}@{group.key}"
        yield Group(full, choices_of(folder), defaults[key][0], tuple(brought_by))


def _choice_defaults(folder: str, choice: str) -> dict[str, str]:
    """Groups with their defaults that a choice brings along, those of the choice it builds on among them."""
    found: dict[str, str] = {}
    for key, default in _defaults(config_file(folder, choice)):
        if key.startswith("/"):
            found[key.removeprefix("/")] = default
        elif config_file(folder, key).is_file():
            found |= _choice_defaults(folder, key)
    return found


def _defaults(path: Path) -> Iterator[tuple[str, str]]:
    """Keys and values of a file's list of defaults; the value is empty for a file without a group."""
    content: Any = OmegaConf.to_container(OmegaConf.load(path))
    for entry in content.get("defaults", []):
        if isinstance(entry, str):
            yield entry, ""
            continue
        for key, value in entry.items():
            reference = re.fullmatch(r"\$\{(\w+)\}", str(value))
            name = re.sub(r"^(override|optional)\s+", "", str(key))
            yield name, f"as {reference[1]}" if reference else "" if value is None else str(value)
