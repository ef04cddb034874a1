"""``docs/configuration.md``: every key with its values, default and meaning, written from the settings.

``python -m ipml.cli.configuration_page FILE`` (``make configuration``) writes it; a test compares the two.
"""

import functools
import operator
import re
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from omegaconf import OmegaConf
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from ipml.cli.config_groups import choices_of, codes_of, groups_of
from ipml.commands import COMMANDS, TRAININGS, load
from ipml.config import compose_config
from ipml.files import write_text
from ipml.settings import CommandSettings, TrainSettings
from ipml.settings.base import Code, KeysOf, Pattern
from ipml.settings.fields import bounds, fields_of, with_rules

Node = Mapping[str, Any]

_HEAD = """# Configuration

Every key, read from the settings and from `conf/` by `make configuration`; do not edit this page. A key is set as
`KEY=VALUE` behind a command. *Values* are what is allowed; *default* is what the files of `conf/` say with the choices
that a command makes by itself: `${…}` refers to another key, and `???` has to be given. How to use a command:
`ipml COMMAND --help`; columns of tables: [data.md](data.md).
"""
_KEYS = "keys of its own"
_LONGEST = 100  # of a default that is shown whole
_MOST_CHANGES = 12
_TABLE = ["| key | values | default | what it is |", "| --- | --- | --- | --- |"]
# Groups that several commands have stand once; their keys are those of the command that is named.
_SHARED = {
    "data": "train",
    "embeddings": "train",
    "lexicon": "train",
    "country": "train",
    "trainer": "train",
    "logger": "train",
    "selection": "keywords",
    "sentence_encoder": "compare_keywords",
}


def configuration_page() -> str:
    """Text of the page."""
    return "\n".join([_HEAD, *_groups(), *_every_command(), *_shared_groups(), *_commands()]) + "\n"


def _groups() -> Iterator[str]:
    """Groups, their choices and the commands that take them."""
    found: dict[str, tuple[Sequence[str], list[str]]] = {}
    for command in COMMANDS:
        for group in groups_of(command):
            found.setdefault(group.key, (group.choices, []))[1].append(command)
        for key, codes in codes_of(command).items():
            found.setdefault(key, (codes, []))[1].append(command)
    yield from (
        "## Groups and codes",
        "",
        "One choice of each, a file in the folder of that name in `conf/`.",
        "",
    )
    yield from ("| group | choices | commands |", "| --- | --- | --- |")
    for key, (choices, commands) in found.items():
        yield f"| `{key}` | {_listed(choices)} | {_listed(commands)} |"
    yield ""


def _every_command() -> Iterator[str]:
    node = _composed("doctor")
    kept = {key: field for key, field in fields_of(CommandSettings).items() if key in node}
    yield from ("## Every command", "", *_TABLE)
    yield from (row for key, field in kept.items() for row in _rows(key, field, node.get(key)))
    yield ""


def _shared_groups() -> Iterator[str]:
    yield from ("## Groups that several commands have", "")
    for group, command in _SHARED.items():
        field = fields_of(_settings(command))[group]
        composed = {c: _composed(command, [f"{group}={c}"])[group] for c in choices_of(group)}
        default = next(found.default for found in groups_of(command) if found.key == group)
        choice = "simulated" if default.startswith("as ") else default
        what = re.sub(r"; the group .*", ".", str(_classes(with_rules(field))[0].__doc__))
        yield from (f"### {group}", "", f"{_plain(what)} Default: `{group}={choice}`.", "", *_TABLE)
        yield from (
            row for row in _rows(group, field, composed[choice]) if not row.startswith(f"| `{group}` ")
        )
        yield ""
        for other, content in composed.items():
            if other != choice:
                yield from _difference(group, other, content, composed[choice])


def _difference(group: str, choice: str, content: Node, usual: Node) -> Iterator[str]:
    """Line that says which values of a choice are not those of the table."""
    known = dict(_leaves(usual, group))
    own = dict(_leaves(content, group))
    changed = [f"`{key}={_shown(value)}`" for key, value in own.items() if known.get(key, known) != value]
    if len(changed) > _MOST_CHANGES:
        yield from (f"`{group}={choice}`: `conf/{group}/{choice}.yaml`.", "")
    elif changed:
        yield from (f"`{group}={choice}`: {', '.join(changed)}.", "")


def _commands() -> Iterator[str]:
    yield from ("## Keys of single commands", "")
    for command in COMMANDS:
        kind = _settings(command)
        shared = TrainSettings if command == "sweep" else CommandSettings
        own = {
            key: field
            for key, field in fields_of(kind).items()
            if key not in fields_of(shared) and not (command == "train" and key == "model")
        }
        if not own and command != "sweep":
            continue
        node = _composed(command)
        yield from (f"### {command}", "", f"`ipml {command}`: {COMMANDS[command].summary}.", "")
        if command == "sweep":
            yield from ("Keys of `ipml train` are keys here too.", "")
        shown_above = [key for key in own if key in _SHARED and not (command == "ingest" and key == "data")]
        links = [f"[{key}](#{key})" for key in shown_above]
        if links:
            yield from (f"Groups: {', '.join(links)}.", "")
        rest = {key: field for key, field in own.items() if key not in shown_above}
        if command == "compare_keywords":
            yield from ("`model` is as of [model=dual_attn](#modeldual_attn).", "")
            del rest["model"]
        if rest:
            yield from _TABLE
            yield from (row for key, field in rest.items() for row in _rows(key, field, node.get(key)))
            yield ""
        for key in (key for key, field in rest.items() if field.discriminator == "kind"):
            for choice in choices_of(key):
                yield from _difference(key, choice, _composed(command, [f"{key}={choice}"])[key], node[key])
        if command == "train":
            yield from _models()


def _models() -> Iterator[str]:
    """Keys of each kind of model, and by what other choices of its kind differ."""
    composed = {choice: _composed("train", [f"model={choice}"])["model"] for choice in choices_of("model")}
    for stage, training in TRAININGS.items():
        field = fields_of(load(training.settings))["model"]
        yield from (f"#### model={stage}", "", *_TABLE)
        default = composed[stage]
        yield from (row for row in _rows("model", field, default) if not row.startswith("| `model` "))
        yield ""
        for choice, content in composed.items():
            if content["stage"] == stage and choice != stage:
                yield from _difference("model", choice, content, default)


def _rows(key: str, field: FieldInfo, value: Any) -> Iterator[str]:
    """Rows of a key and of those below it."""
    kind = with_rules(field)
    if entries := _classes_of_entries(kind):
        yield _row(key, "entries with keys", None, field)
        yield from _rows_of(f"{key}.{'NAME' if get_origin(kind) is dict else 'NUMBER'}", entries, None)
        return
    classes = _classes(kind)
    if not classes or type(None) in get_args(kind):
        yield _row(key, _values(kind), value, field)
    elif field.description:
        yield _row(key, _KEYS, None, field)
    yield from _rows_of(key, classes, value)


def _rows_of(key: str, classes: Sequence[type[BaseModel]], value: Any) -> Iterator[str]:
    """Rows of the keys of a node that may be of several classes: each key once, in the order of the file."""
    known: dict[str, list[tuple[type[BaseModel], FieldInfo]]] = {}
    for kind in classes:
        for name, field in fields_of(kind).items():
            known.setdefault(name, []).append((kind, field))
    values = value if isinstance(value, Mapping) else {}
    for name in sorted(known, key=[*values, *known].index):
        kind, field = known[name][0]
        if len(known[name]) > 1 and get_origin(field.annotation) is Literal:  # it tells the classes apart
            types_of = [other.annotation for _, other in known[name]]
            field = FieldInfo(
                annotation=functools.reduce(operator.or_, types_of), description=field.description
            )
        is_argument = kind.model_config.get("extra") == "allow"  # of a class that may not take it
        is_open = is_argument or not values or field.is_required()
        default = None if is_open else field.get_default(call_default_factory=True)
        yield from _rows(f"{key}.{name}", field, values.get(name, default))


def _row(key: str, values: str, value: Any, field: FieldInfo) -> str:
    default = "" if value is None and "null" not in values else f"`{_shown(value)}`"
    if isinstance(value, Mapping) and len(default) > _LONGEST:
        default = ", ".join(f"`{name}`" for name in value)
    parts = (f"`{key}`", values, default, _plain(field.description or ""))
    return f"| {' | '.join(part.replace('|', '&#124;') for part in parts)} |"


def _plain(text: str) -> str:
    """Docstring in Markdown, in one line."""
    return " ".join(text.replace("``", "`").split())


def _values(kind: Any) -> str:
    """What is allowed, in words."""
    options = [kind]
    while any(get_origin(one) in (Union, types.UnionType) for one in options):
        options = [
            part
            for one in options
            for part in (get_args(one) if get_origin(one) in (Union, types.UnionType) else [one])
        ]
    said = [_value(one) for one in options if one is not type(None)]
    return ", or ".join([*said, *(["null"] if type(None) in options else [])])


def _value(kind: Any) -> str:
    rules: list[Any] = []
    while get_origin(kind) is Annotated:
        rules = [*get_args(kind)[1:], *rules]
        kind = get_args(kind)[0]
    for rule in rules:
        if isinstance(rule, AfterValidator) and isinstance(rule.func, Code):
            return f"a code of `conf/{rule.func.kind}`"
        if isinstance(rule, AfterValidator) and isinstance(rule.func, Pattern):
            return rule.func.example.removeprefix("null, ")
    if get_origin(kind) in (Union, types.UnionType):
        return _values(kind)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{_shown(value)}`" for value in get_args(kind))
    if get_origin(kind) is list:
        return f"list: {_values(get_args(kind)[0])}"
    if kind is dict or get_origin(kind) is dict or _classes(kind):
        return _KEYS
    word = {int: "whole number", float: "number", bool: "`true`, `false`", str: "text", Any: "see right"}[
        kind
    ]
    limits = bounds(Annotated[kind, *rules]).range if rules and kind in (int, float) else ""
    return f"{word}, {limits}" if limits else word


def _classes(kind: Any) -> list[type[BaseModel]]:
    """Classes of settings that a node may be of."""
    origin = get_origin(kind)
    if origin is Annotated:
        rules = [extra.rules for extra in get_args(kind)[1:] if isinstance(extra, KeysOf)]
        return rules or _classes(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return [found for part in get_args(kind) for found in _classes(part)]
    return [kind] if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _classes_of_entries(kind: Any) -> list[type[BaseModel]]:
    """Classes of the entries of a list or of a node whose keys are names."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return _classes(get_args(kind)[-1]) if get_origin(kind) in (dict, list) else []


def _settings(command: str) -> type[CommandSettings]:
    kind: type[CommandSettings] = load(COMMANDS[command].settings)
    return kind


def _composed(command: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Configuration with references as they stand in the files, so that it is the same on every machine."""
    content: Any = OmegaConf.to_container(compose_config(command, overrides))
    return {str(key): value for key, value in content.items()}


def _leaves(node: Node, place: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{place}.{key}")
        else:
            yield f"{place}.{key}", value


def _shown(value: Any) -> str:
    """Value as YAML writes it, in one line."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
        .removesuffix("\n...\n")
        .strip()
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), configuration_page())
