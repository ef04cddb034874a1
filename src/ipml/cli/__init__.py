"""``ipml COMMAND key=value …``: one table of commands, errors in one line, exit code 2 for the user's."""

import os
import sys
from collections.abc import Sequence

from ipml.commands import COMMANDS
from ipml.errors import InputError, nearest

# Flags of Hydra, and whether a value follows.
_FLAGS = {
    "--hydra-help": False,
    "--version": False,
    "--resolve": False,
    "--run": False,
    "-r": False,
    "--multirun": False,
    "-m": False,
    "--cfg": True,
    "-c": True,
    "--package": True,
    "-p": True,
    "--info": True,
    "-i": True,
    "--config-dir": True,
    "-cd": True,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, or 2 for a mistake in what the user gave."""
    if (line := os.environ.get("IPML_COMPLETE")) is not None:
        from ipml.cli.completion import candidates

        print("\n".join(candidates(line, COMMANDS)))
        return 0
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    command, *overrides = arguments
    if command == "--version":
        from ipml import __version__

        print(f"ipml {__version__}")
        return 0
    if command not in COMMANDS:
        meant = nearest(command, COMMANDS)
        return _refused([f"{command}: not a command{meant}; allowed: {', '.join(COMMANDS)}"])
    if {"-h", "--help"} & set(overrides):
        from ipml.cli.command_help import command_help

        print(command_help(command, overrides))
        return 0
    return _run_command(command, overrides)


def usage() -> str:
    """Help text: the grammar and the commands."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:{width}}{command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: ipml COMMAND key=value …",
            "",
            *lines,
            "",
            "`ipml COMMAND --help` shows a command's keys and their values.",
            "IPML_HOME sets where data, runs and models lie (default: the current folder).",
        ]
    )


def _run_command(command: str, words: list[str]) -> int:
    # Hydra prints its own errors in several lines unless it is told to let them through.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    import hydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode
    from omegaconf import DictConfig

    from ipml.cli.dispatch import announce, run_command
    from ipml.codes import config_directory, search
    from ipml.config import explain, read_settings
    from ipml.console import reporter
    from ipml.overrides import CONFIG_ERRORS, check_syntax, one_line, search_path, translate

    try:
        words = translate(command, words)
        overrides = overrides_among(words)
        check_syntax(overrides)
        search(search_path(overrides))
    except InputError as error:
        return _refused([str(error)])
    mistakes: list[str] = []

    def guarded(config: DictConfig) -> None:
        # Caught here, because Hydra announces every exception of a task in lines of its own.
        try:
            settings = read_settings(config, command, list(HydraConfig.get().overrides.task))
            announce(command, settings)
            with reporter.reporting(f"ipml {command}"):
                run_command(command, settings)
        except (InputError, *CONFIG_ERRORS) as error:
            if os.environ.get("IPML_DEBUG"):
                raise
            mistake = str(error) if isinstance(error, InputError) else one_line(error)
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                given = {word.lower() for word in overrides}
                own = [word for word in HydraConfig.get().overrides.task if word.lower() not in given]
                mistake = f"{' '.join(own)}: {mistake}"
            mistakes.append(mistake)

    sys.argv = [f"ipml {command}", *words]
    try:
        hydra.main(version_base="1.3", config_path=str(config_directory()), config_name=command)(guarded)()
    except CONFIG_ERRORS as error:
        mistakes.append(explain(error, command, overrides))
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        return 130
    return _refused(mistakes) if mistakes else 0


def _refused(mistakes: Sequence[str]) -> int:
    for mistake in mistakes:
        print(f"error: {mistake}", file=sys.stderr)
    return 2


def overrides_among(words: Sequence[str]) -> list[str]:
    """Overrides among the words of a command line, in their order.

    Raises
    ------
    InputError
        For a flag that there is not.
    """
    overrides = []
    is_value = False
    for word in words:
        flag, given, _ = word.partition("=")
        if flag in _FLAGS:
            is_value = _FLAGS[flag] and not given
        elif word.startswith("-"):
            raise InputError(f"{word}: no such flag; keys are set as KEY=VALUE, without --")
        else:
            if not is_value:
                overrides.append(word)
            is_value = False
    return overrides
