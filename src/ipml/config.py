"""The Hydra configuration: how a command composes it, the settings made of it, and what is wrong in one line."""

import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from ipml.codes import code_names, config_directory, search
from ipml.commands import COMMANDS, TRAININGS, load
from ipml.errors import InputError, choice_error, nearest
from ipml.files import short_hash
from ipml.guards.secrets import given_secret, key_file, remember, remember_origin
from ipml.overrides import (
    CODE_KEYS,
    CONFIG_ERRORS,
    check_syntax,
    is_choice,
    is_search_path,
    one_line,
    search_path,
    top_keys,
    translate,
    with_one_search_path,
)
from ipml.settings import CommandSettings, Settings, validated
from ipml.settings.fields import is_free, is_text, type_at
from ipml.settings.mistakes import needed_like, shown
from ipml.settings.namespace import default_namespace
from ipml.text_overrides import with_text_in_quotes


def settings_hash(node: DictConfig) -> str:
    """Hash of a resolved configuration, or of a part of one."""
    return short_hash(json.dumps(OmegaConf.to_container(node, resolve=True), sort_keys=True))


OmegaConf.register_new_resolver("cwd", os.getcwd, replace=True)
OmegaConf.register_new_resolver("settings_hash", settings_hash, replace=True)
OmegaConf.register_new_resolver("codes", code_names, replace=True)
OmegaConf.register_new_resolver("key_file", key_file, replace=True)
OmegaConf.register_new_resolver("given_secret", given_secret, replace=True)


def in_hydras_words(command: str, overrides: Sequence[str], several: bool = False) -> list[str]:
    """Put overrides into words that Hydra reads as they are meant, and look for choices where they say.

    Text is put in quotes, and a node with another ``kind`` or ``_target_`` takes the place of the one before, whose
    keys are not the new one's. What is in these words already stays as it is.

    Parameters
    ----------
    command, overrides
        As at the command line.
    several
        Whether a key may take several values in turn, as with ``-m``.

    Raises
    ------
    InputError
        For an override that is malformed, or names a file or a folder that there is not.
    """
    words = with_text_in_quotes(command, translate(command, overrides), several)
    check_syntax(words)
    words = with_one_search_path(words)
    search(search_path(words))
    return [word for place, given in enumerate(words) for word in _replacing(command, given, words[:place])]


def _replacing(command: str, override: str, before: Sequence[str]) -> list[str]:
    """Override; before one that gives a node another kind, one that empties the node."""
    key, _, value = override.partition("=")
    if not value.lstrip().startswith("{") or key.startswith(("+", "~")) or is_choice(override):
        return [override]
    given: Any = OverridesParser.create().parse_override(override).value()
    kinds = [name for name in ("kind", "_target_") if isinstance(given, dict) and name in given]
    if not kinds:
        return [override]
    try:
        now = _compose(command, [word for word in before if is_choice(word)])
        there = OmegaConf.select(now, key, throw_on_missing=False)
    except CONFIG_ERRORS:
        return [override]  # what is wrong, the composition of all says
    is_another = isinstance(there, DictConfig) and any(there.get(name) != given[name] for name in kinds)
    return [f"{key}=null", override] if is_another else [override]


def compose_config(command: str, overrides: Sequence[str] = ()) -> DictConfig:
    """Compose the configuration of a command, as ``ipml COMMAND OVERRIDES`` would; values are not checked.

    Raises
    ------
    InputError
        For an override that does not fit, in one line.
    """
    overrides = in_hydras_words(command, overrides)
    try:
        return _compose(command, overrides)
    except CONFIG_ERRORS as error:
        raise InputError(explain(error, command, overrides)) from error


def compose_settings(
    command: str, overrides: Sequence[str] = (), fixed: Mapping[str, Any] | None = None
) -> CommandSettings:
    """Compose the configuration of a command, as ``ipml COMMAND OVERRIDES`` would, and check it.

    Parameters
    ----------
    command, overrides
        As at the command line.
    fixed
        Keys at the top with values that stand in place of the composed ones, for keys that refer to them too.

    Raises
    ------
    InputError
        For an override that does not fit, in one line.
    """
    config = compose_config(command, overrides)
    try:
        for key, value in (fixed or {}).items():
            config[key] = value.model_dump() if isinstance(value, Settings) else value
        return read_settings(config, command, in_hydras_words(command, overrides))
    except CONFIG_ERRORS as error:
        raise InputError(one_line(error)) from error


def read_settings(config: DictConfig, command: str, overrides: Sequence[str] = ()) -> CommandSettings:
    """Settings of a command from its composed configuration.

    Parameters
    ----------
    config
        As it was composed, with interpolations.
    command
        Name of the command.
    overrides
        That it was composed with; a message says by them what stands in the place of a wrong value by default.

    Raises
    ------
    InputError
        For a value that is still to be given, or that is not allowed; it names the key, the value and what is allowed.
    """
    config = _prepared(config, command)
    missing = _missing(config)
    try:
        content: Any = OmegaConf.to_container(config, resolve=True)
        _remember_secrets(OmegaConf.to_container(config), content)
        kind, default_of = settings_class(command, content), _defaults_of(command, overrides)
        _check_text(kind, content, content)
        settings = validated(kind, content, "", lambda key: _example(key, default_of(key)), command)
        _check_arguments(kind, content, overrides, default_of)
    except (InputError, *CONFIG_ERRORS) as error:
        if missing and (not isinstance(error, InputError) or "=???" in str(error)):
            raise missing from error
        raise _in_the_words_given(error, overrides) from error
    if missing:
        raise missing
    return settings


def given_overrides() -> list[str]:
    """Overrides that the configuration of now was composed with, under ``hydra.main``; a ``${…}`` in them as it is."""
    given: Any = OmegaConf.to_container(HydraConfig.get().overrides)
    return [*(word for word in given["hydra"] if is_search_path(word)), *given["task"]]


@functools.cache
def command_keys(command: str) -> frozenset[str]:
    """Keys at the top of a command's configuration, those of its groups too."""
    return frozenset(map(str, _compose(command, [])))


def settings_class(command: str, content: Mapping[str, Any]) -> type[CommandSettings]:
    """Class of a command's settings; of a training, that of the model in its configuration."""
    place = COMMANDS[command].settings
    if command == "train":
        stage = content["model"].get("stage")
        if stage not in TRAININGS:
            raise choice_error("model.stage", stage, TRAININGS)
        place = TRAININGS[stage].settings
    found: type[CommandSettings] = load(place)
    return found


def with_debug(config: DictConfig) -> DictConfig:
    """Configuration with the keys that ``debug`` sets for the stage; what it trains is not registered.

    Raises
    ------
    InputError
        If the choice of ``debug`` is not for this stage.
    """
    debug, stage = config.debug, config.model.stage
    if stage not in debug.model:
        raise choice_error(f"debug={debug.name} model.stage", stage, debug.model)
    smaller: DictConfig = config.copy()
    smaller.model = OmegaConf.merge(config.model, debug.model[stage])
    smaller.register = False
    return smaller


def _prepared(config: DictConfig, command: str) -> DictConfig:
    """Configuration in which choices that stand for other keys have had their effect."""
    if command == "train" and config.get("debug") is not None:
        config = with_debug(config)
    if command == "promote" and config.get("study") is not None:
        config = config.copy()
        config.study = config.study.name  # its stages are not this command's
    if config.get("namespace") is None and (namespace := _namespace_of_corpus(config)) is not None:
        config = config.copy()
        config.namespace = namespace
    return config


def _namespace_of_corpus(config: DictConfig) -> str | None:
    """Namespace of the corpus that a configuration names; None where it names none."""
    found = [OmegaConf.select(config, f"data.{key}", throw_on_missing=False) for key in ("kind", "root")]
    if None in found:
        return None
    return default_namespace(*map(str, found))


def _missing(config: DictConfig) -> InputError | None:
    """Error that names the keys whose value is still to be given; None where there are none.

    Of the embeddings, only the language that is read has to be complete.
    """
    own = f"embeddings.languages.{OmegaConf.select(config, 'language', throw_on_missing=False)}."
    content: Any = OmegaConf.to_container(config)
    missing = sorted(key for key in left_open(content) if ".languages." not in key or key.startswith(own))
    if not missing:
        return None
    examples = " ".join(f"{key}=…" for key in missing)
    needed = "a value is needed" if len(missing) == 1 else "values are needed"
    return InputError(f"{', '.join(missing)}: {needed}, for example {examples}")


def _remember_secrets(written: Any, content: Any) -> None:
    """Know the secrets of a configuration, and where those come from that stand as ``${…}`` in it."""
    if isinstance(content, Mapping):
        for key, value in content.items():
            _remember_secrets(written.get(key) if isinstance(written, Mapping) else None, value)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            known = isinstance(written, list) and number < len(written)
            _remember_secrets(written[number] if known else None, value)
    elif isinstance(content, str):
        if isinstance(written, str):
            remember_origin(written, content)
        remember(content)


def _check_text(
    kind: type[CommandSettings], content: Any, node: Any, keys: tuple[str | int, ...] = ()
) -> None:
    """Refuse text that a file has as a number: nobody can tell any more whether 202411 was written 2024_11."""
    if isinstance(node, Mapping | list):
        for name, value in node.items() if isinstance(node, Mapping) else enumerate(node):
            _check_text(kind, content, value, (*keys, name))
    elif isinstance(node, int | float) and is_text(type_at(kind, keys, content)):
        key = ".".join(str(name) for name in keys if isinstance(name, str))
        raise InputError(
            f"{key}={shown(node)}: text is needed; what looks like a number stands in quotes in a file"
        )


def _check_arguments(
    kind: type[CommandSettings],
    content: Mapping[str, Any],
    overrides: Sequence[str],
    default_of: Callable[[str], Any],
) -> None:
    """Refuse an argument of a ``_target_`` that was given as another type than its file has: `InputError`."""
    for override in overrides:
        key = override.lstrip("+").partition("=")[0]
        if override.startswith("~") or is_choice(override):
            continue
        if is_free(type_at(kind, key.split("."), content)):
            default, value = default_of(key), _value_at(content, key)
            if (needed := needed_like(default, value)) is not None:
                raise InputError(f"{key}={shown(value)}: {needed}, as {_example(key, default)}")


def _value_at(content: Any, key: str) -> Any:
    for name in key.split("."):
        content = content.get(name) if isinstance(content, Mapping) else None
    return content


def _in_the_words_given(error: Exception, overrides: Sequence[str]) -> InputError:
    """Error in one line that names a key as it was typed, not as `translate` wrote it."""
    message = str(error) if isinstance(error, InputError) else one_line(error)
    typed = {"registered_model": "model"} | {
        f"country.{key}": key
        for key in CODE_KEYS
        if any(override.startswith(f"++country.{key}=") for override in overrides)
    }
    for key, word in typed.items():
        message = message.replace(f"{key}=", f"{word}=", 1) if message.startswith(f"{key}=") else message
    return InputError(message)


def _defaults_of(command: str, overrides: Sequence[str]) -> Callable[[str], Any]:
    """Values that keys have by default, with the choices among the overrides; composed at first use, and once."""

    @functools.cache
    def defaults() -> DictConfig | None:
        try:
            return _compose(command, [override for override in overrides if is_choice(override)])
        except CONFIG_ERRORS:
            return None

    def default_of(key: str) -> Any:
        composed = defaults()
        if composed is None:
            return None
        try:
            found = OmegaConf.select(composed, key, throw_on_missing=False)
            return OmegaConf.to_container(found, resolve=True) if OmegaConf.is_config(found) else found
        except CONFIG_ERRORS:
            return None

    return default_of


def _example(key: str, default: Any) -> str | None:
    """What a key is set as by default, as ``seed=0``, for messages; None where it has no default."""
    if default is None:
        return None
    if isinstance(default, dict):
        name = next(iter(default), None)
        return f"+{key}.NAME=…" if name is None else _example(f"{key}.{name}", default[name])
    return f"{key}={str(default).lower() if isinstance(default, bool) else shown(default)}"


def left_open(content: Any, place: str = "") -> Iterator[str]:
    """Keys whose value is to be given by the user, ``???`` in a file."""
    # `OmegaConf.missing_keys` fails where another key refers to one of them.
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from left_open(value, f"{place}.{key}" if place else str(key))
    elif content == "???":
        yield place


def explain(error: Exception, command: str, overrides: Sequence[str]) -> str:
    """Say what is wrong with the overrides of a command in one line, with the keys that are allowed."""
    unmerged = re.fullmatch(r"Error merging override (.+)", str(error))
    if unmerged:
        key = unmerged[1].lstrip("+").partition("=")[0]
        if example := _example(key, _defaults_of(command, overrides)(key)):
            return f"{unmerged[1]}: another kind of value is needed, as {example}"
    unknown = re.search(r"Could not override '([^']+)'", str(error))
    if unknown is None:
        return one_line(error)
    key = unknown[1]
    others = [override for override in overrides if not override.lstrip("+~").startswith(key)]
    try:
        composed = _compose(command, others)
        place = key.rpartition(".")[0]
        parent = OmegaConf.select(composed, place) if place else composed
    except CONFIG_ERRORS:
        return f"{key}: no such key in the configuration of {command}"
    allowed = f"; allowed: {', '.join(str(k) for k in parent)}" if isinstance(parent, DictConfig) else ""
    known = keys_of(composed)
    if key in known or (
        isinstance(parent, DictConfig) and not parent
    ):  # of one that is empty, any key is a new one
        return f"{key}: keys are added by +, as +{key if key not in known else f'{key}.NAME'}=…"
    # A key that is right but for the way to it, as `lr`, is meant before one that is spelt alike.
    deeper = [name for name in known if name.endswith(f".{key}")]
    meant = f", did you mean {min(deeper, key=_depth)}?" if deeper else nearest(key, known)
    meant = meant or _of_others(key)
    return f"{key}: no such key in the configuration of {command}{meant}{allowed}"


def _of_others(key: str) -> str:
    """Say which models and commands have a key at their top; empty for one that none has."""
    models = [path.stem for path in sorted((config_directory() / "model").glob("*.yaml"))]
    models = [name for name in models if key in top_keys(f"model/{name}")]
    commands = [name for name in COMMANDS if key in top_keys(name)]
    found = [f"model.{key} of model={', '.join(models)}"] if models else []
    found += [f"{key} of {', '.join(commands)}"] if commands else []
    return f"; there is {' and '.join(found)}" if found else ""


def _depth(key: str) -> tuple[int, str]:
    return key.count("."), key


def keys_of(config: DictConfig) -> list[str]:
    """All keys of a configuration, those above others too: ``model``, ``model.network``, ``model.network.dropout``."""

    def walk(content: Mapping[str, Any], place: str) -> Iterator[str]:
        for name, value in content.items():
            yield f"{place}{name}"
            if isinstance(value, dict):
                yield from walk(value, f"{place}{name}.")

    content: Any = OmegaConf.to_container(config)
    return list(walk(content, ""))


def _compose(command: str, overrides: Sequence[str]) -> DictConfig:
    if GlobalHydra.instance().is_initialized():
        return compose(command, overrides=list(overrides))
    with initialize_config_dir(str(config_directory()), version_base="1.3"):
        return compose(command, overrides=list(overrides))
