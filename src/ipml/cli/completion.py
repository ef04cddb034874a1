"""Completion: what can stand next on a command line, and ``ipml completion``, the script that has a shell ask for it.

A shell asks with the line in the environment variable ``IPML_COMPLETE``; nothing of a stage is loaded.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from omegaconf import DictConfig, OmegaConf

from ipml.cli.config_groups import codes_of, groups_of, look_where_told
from ipml.config import compose_config, keys_of, settings_class
from ipml.errors import InputError
from ipml.overrides import CONFIG_ERRORS, is_choice
from ipml.settings import CommandSettings
from ipml.settings.fields import choices, is_truth_value, type_at
from ipml.settings.mistakes import shown

# Bash takes `=`, `:` and `@` for ends of words, so that what stands before them is not to be repeated.
_BASH = r"""# source <(ipml completion shell=bash)
_ipml() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$'\n'
    local typed="${line##*[[:space:]]}"
    local kept="${typed%"${typed##*[=:@]}"}"
    COMPREPLY=($(IPML_COMPLETE="$line" ipml 2>/dev/null))
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=.] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -F _ipml ipml"""

_ZSH = r"""# source <(ipml completion shell=zsh)
_ipml() {
    local -a found
    found=("${(@f)$(IPML_COMPLETE="$LBUFFER" ipml 2>/dev/null)}")
    compadd -Q -S '' -- ${found:#}
}
compdef _ipml ipml"""

_FISH = r"""# ipml completion shell=fish | source
complete -c ipml -a '(IPML_COMPLETE=(commandline -cp) ipml 2>/dev/null)'"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


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
    words = [word.replace("'", "") for word in words]  # as a shell would have them
    look_where_told(words)
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
    try:
        return compose_config(command, [word for word in before if is_choice(word)])
    except (InputError, *CONFIG_ERRORS):
        return compose_config(command)


def _values(config: DictConfig, command: str, key: str) -> list[str]:
    if key in (codes := codes_of(command)):
        return codes[key]
    content: Any = OmegaConf.to_container(config)
    kind = type_at(settings_class(command, content), key.split("."), content)
    return ["true", "false"] if is_truth_value(kind) else [shown(value) for value in choices(kind)]


def _open(config: DictConfig, key: str) -> str:
    """A key as it goes on: with a dot where keys stand under it."""
    value = OmegaConf.select(config, key, throw_on_missing=False, throw_on_resolution_failure=False)
    return f"{key}." if isinstance(value, DictConfig) else f"{key}="


def _inside(groups: Iterable[str], place: str) -> list[str]:
    """Groups of the top level lead to the keys under them, too."""
    return [f"{group}." for group in groups if not place and "@" not in group]


class CompletionSettings(CommandSettings):
    """Of ``ipml completion``."""

    shell: Literal["bash", "zsh", "fish"]
    """Whose script."""


def print_script(settings: CompletionSettings) -> None:
    """Print the script of the shell."""
    print(SCRIPTS[settings.shell])
