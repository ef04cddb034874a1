"""The Hydra configuration: how a command composes it, the settings made of it, and what is wrong in one line."""

import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from ipml.codes import code_names, config_directory, search
from ipml.commands import COMMANDS, TRAININGS, load
from ipml.errors import InputError, choice_error, nearest
from ipml.files import short_hash
from ipml.overrides import (
    CODE_KEYS,
    CONFIG_ERRORS,
    check_syntax,
    is_choice,
    one_line,
    search_path,
    translate,
)
from ipml.settings import CommandSettings, Settings, validated
from ipml.settings.fields import is_free, type_at
from ipml.settings.mistakes import needed_like, shown


def settings_hash(node: DictConfig) -> str:
    """Hash of a resolved configuration, or of a part of one."""
    return short_hash(json.dumps(OmegaConf.to_container(node, resolve=True), sort_keys=True))


OmegaConf.register_new_resolver("cwd", os.getcwd, replace=True)
OmegaConf.register_new_resolver("settings_hash", settings_hash, replace=True)
OmegaConf.register_new_resolver("codes", code_names, replace=True)


def compose_config(command: str, overrides: Sequence[str] = ()) -> DictConfig:
    """Compose the configuration of a command, as ``ipml COMMAND OVERRIDES`` would; values are not checked.

    Raises
    ------
    InputError
        For an override that does not fit, in one line.
    """
    overrides = translate(command, overrides)
    check_syntax(overrides)
    search(search_path(overrides))
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
        return read_settings(config, command, translate(command, overrides))
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
        kind, default_of = settings_class(command, content), _defaults_of(command, overrides)
        settings = validated(kind, content, "", lambda key: _example(key, default_of(key)), command)
        _check_arguments(kind, content, overrides, default_of)
    except (InputError, *CONFIG_ERRORS) as error:
        if missing and (not isinstance(error, InputError) or "=???" in str(error)):
            raise missing from error
        raise _in_the_words_given(error, overrides) from error
    if missing:
        raise missing
    return settings


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
        return with_debug(config)
    if command == "promote" and config.get("study") is not None:
        config = config.copy()
        config.study = config.study.name  # its stages are not this command's
    return config


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
        return f"{key}.NAME=…" if name is None else _example(f"{key}.{name}", default[name])
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
    meant = nearest(key, keys_of(composed))
    return f"{key}: no such key in the configuration of {command}{meant}{allowed}"


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
