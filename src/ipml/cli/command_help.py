"""``ipml COMMAND --help`` on one screen: what it does, examples, groups with their choices, keys with comments."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ipml.cli.config_groups import (
    Group,
    body,
    choices_of,
    codes_of,
    files_of,
    files_of_choice,
    groups_of,
    head,
    look_where_told,
)
from ipml.codes import config_directory, config_file
from ipml.commands import COMMANDS, TRAININGS, load
from ipml.settings import CommandSettings
from ipml.settings.fields import choices, explanation, is_code, type_at
from ipml.settings.mistakes import shown

_WIDTH = 110


def command_help(command: str, overrides: Sequence[str] = ()) -> str:
    """Help text of a command, made from the comments of its configuration files without composing them.

    Parameters
    ----------
    command
        Its name.
    overrides
        Of the command line: a choice among them, as ``model=mapping``, has its own keys shown too.
    """
    look_where_told(overrides)
    file = config_directory() / f"{command}.yaml"
    text, examples = _examples(head(file))
    groups = groups_of(command)
    usage = [
        f"usage: ipml {command} key=value …",
        "",
        f"  {COMMANDS[command].summary}",
        *(f"  {line}" for line in text),
    ]
    coded = [Group(key, tuple(names), "") for key, names in codes_of(command).items()]
    width = max((len(group.key) for group in (*groups, *coded)), default=0) + 2
    kind = settings_kind(command)
    keys = [f"  {line}" for part in files_of(command) for line in _explained(body(part), kind)]
    return "\n".join(
        [
            *usage,
            *(["", "examples:", *examples] if examples else []),
            *(["", "groups, GROUP=CHOICE (the default in brackets):"] if groups else []),
            *(line for group in (*groups, *coded) for line in _group_lines(group, width)),
            "",
            "keys:",
            *keys,
            *_allowed(kind, files_of(command)),
            *(line for override in overrides for line in _choice_lines(command, override)),
            "",
            *_more(command, groups),
        ]
    )


def _examples(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Divide the head of a command's file into text and the commands among it, as its author set them off."""
    examples = [f"  {line}" for line in lines if re.match(r"\s*(ipml|python train\.py) ", line)]
    return [line for line in lines if f"  {line}" not in examples], examples


def _group_lines(group: Group, width: int) -> list[str]:
    shown = [f"[{choice}]" if choice == group.default else choice for choice in group.choices]
    if group.default.startswith("as "):
        shown.insert(0, f"[{group.default}]")
    of = f"  (of {_together(group.parents)})" if group.parents else ""
    return textwrap.wrap(
        f"{group.key:{width}}{', '.join(shown)}{of}",
        _WIDTH,
        initial_indent="  ",
        subsequent_indent=" " * (width + 2),
        break_on_hyphens=False,
    )


def _together(parents: Sequence[str]) -> str:
    """``model=a, b`` of ``model=a`` and ``model=b``."""
    key = parents[0].partition("=")[0]
    return f"{key}={', '.join(parent.partition('=')[2] for parent in parents)}"


def _choice_lines(command: str, override: str) -> list[str]:
    key, _, choice = override.partition("=")
    folder = key.partition("@")[0]
    if choice not in choices_of(folder):
        return []
    file = config_file(folder, choice)
    files = files_of_choice(folder, choice)
    stages = [content["stage"] for content in map(_content, files) if "stage" in content]
    kind = load(TRAININGS[stages[0]].settings) if folder == "model" else settings_kind(command)
    place = key.partition("@")[2] or key
    lines = [*(f"# {line}" for line in head(file)), *_explained(body(file), kind, place)]
    return ["", f"{override}:", *(f"  {line}" for line in lines), *_allowed(kind, files, place)]


def _explained(lines: Sequence[str], kind: type[CommandSettings], place: str = "") -> Iterator[str]:
    """Give each key without a comment the line of its field; the lines are of a file whose keys stand under a place."""
    above: list[tuple[int, str]] = []
    column = next(
        (line.index(" #") - 1 for line in lines if " #" in line), 0
    )  # of the comments that there are
    for line in lines:
        if (key := re.match(r"( *)(\w+):(?! *[|>])", line)) is None:
            yield line
            continue
        indent = len(key[1])
        above = [*((n, name) for n, name in above if n < indent), (indent, key[2])]
        keys = [*(place.split(".") if place else []), *(name for _, name in above)]
        said = "" if "#" in line else explanation(kind, keys)
        # As comments are written: a sentence without capital and stop, unless it begins with a name.
        begins_with_a_word = re.match(r"[A-Z]([a-z]*\b)", said)
        said = said[:1].lower() + said[1:] if begins_with_a_word else said
        yield f"{line:{column}}  # {said.removesuffix('.').replace('``', '')}" if said else line


def settings_kind(command: str) -> type[CommandSettings]:
    """Class of a command's settings, whatever it trains."""
    kind: type[CommandSettings] = load(COMMANDS[command].settings)
    return kind


def _allowed(kind: Any, files: Sequence[Path], place: str = "") -> list[str]:
    """Closed lists of the keys in files, which stand under a key."""
    found: dict[str, str] = {}
    for keys in (
        keys for file in files for keys in _leaves(_content(file), tuple(place.split(".")) if place else ())
    ):
        of_key = type_at(kind, keys)
        if len(values := choices(of_key)) > 1 and not is_code(of_key):
            found[".".join(keys)] = ", ".join(map(shown, values))
    width = max(map(len, found), default=0) + 2
    lines = [f"  {key:{width}}{values}" for key, values in found.items()]
    return ["", "closed lists:", *lines] if lines else []


def _content(file: Path) -> dict[str, Any]:
    content: Any = OmegaConf.to_container(OmegaConf.load(file))
    return {key: value for key, value in content.items() if key not in ("defaults", "hydra")}


def _leaves(content: dict[str, Any], place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*place, key))
        else:
            yield (*place, key)


def _more(command: str, groups: Sequence[Group]) -> list[str]:
    lines = [(f"ipml {command} … --cfg job", "every key with the value it would have; nothing is run")]
    if groups:
        example = next((group for group in groups if group.key == "model"), groups[0])
        choice = example.default if example.default in example.choices else example.choices[0]
        lines.insert(
            0, (f"ipml {command} {example.key}={choice} --help", "the keys of a choice, with comments")
        )
    width = max(len(shown) for shown, _ in lines) + 2
    return [f"{shown:{width}}{what}" for shown, what in lines]
