"""What can stand next on a command line: commands, groups and their choices, keys and values of closed lists.

A shell asks with the line in the environment variable ``IPML_COMPLETE``; nothing of a stage is loaded.
"""

from collections.abc import Iterable, Sequence

from omegaconf import DictConfig, OmegaConf

from ipml.allowed import Choice, rules_of
from ipml.cli.config_groups import codes_of, groups_of
from ipml.config import CONFIG_ERRORS, compose_config, is_config_group, keys_of, translate
from ipml.errors import InputError

_FLAGS = ("--help", "--cfg", "--info", "--multirun")


def candidates(line: str, commands: Iterable[str]) -> list[str]:
    """Whole words that the last word of a line may become, in order.

    Parameters
    ----------
    line
        From the program's name to the cursor.
    commands
        Names of the commands.
    """
    words = line.split()[1:]
    typed = words.pop() if words and not line[-1].isspace() else ""
    if not words:
        found: Iterable[str] = commands
    elif words[0] not in commands:
        return []
    elif typed.startswith("-"):
        found = _FLAGS
    else:
        found = _overrides(words[0], words[1:], typed)
    return sorted({word for word in found if word.startswith(typed)})


def _overrides(command: str, before: Sequence[str], typed: str) -> Iterable[str]:
    key, given, _ = typed.partition("=")
    groups = {group.key: group for group in groups_of(command)}
    if given and key in groups:
        return [f"{key}={choice}" for choice in groups[key].choices]
    config = _composed(command, before)
    if given:
        return [f"{key}={value}" for value in _values(config, command, key)]
    # Keys of one level at a time: all of them at once would fill the screen.
    place = typed.rpartition(".")[0]
    nested = [name for name in keys_of(config) if name.rpartition(".")[0] == place and name not in groups]
    return [
        *(f"{name}=" for name in groups),
        *(_open(config, name) for name in nested),
        *_inside(groups, place),
    ]


def _composed(command: str, before: Sequence[str]) -> DictConfig:
    """Configuration with the choices on the line; with the defaults where one of them is none."""
    words = translate(command, before)
    choices = [word for word in words if "=" in word and is_config_group(word.partition("=")[0])]
    try:
        return compose_config(command, choices)
    except (InputError, *CONFIG_ERRORS):
        return compose_config(command)


def _values(config: DictConfig, command: str, key: str) -> list[str]:
    if key in (codes := codes_of(command)):
        return codes[key]
    rule = rules_of(config, command).get(key)
    if isinstance(rule, Choice):
        return rule.shown
    value = OmegaConf.select(config, key, throw_on_missing=False, throw_on_resolution_failure=False)
    return ["true", "false"] if isinstance(value, bool) else []


def _open(config: DictConfig, key: str) -> str:
    """A key as it goes on: with a dot where keys stand under it."""
    value = OmegaConf.select(config, key, throw_on_missing=False, throw_on_resolution_failure=False)
    return f"{key}." if isinstance(value, DictConfig) else f"{key}="


def _inside(groups: Iterable[str], place: str) -> list[str]:
    """Groups of the top level lead to the keys under them, too."""
    return [f"{group}." for group in groups if not place and "@" not in group]
