"""``ipml COMMAND key=value …``: one table of commands, errors in one line, exit code 2 for the user's."""

import os
import re
import sys
from collections.abc import Sequence
from typing import TextIO

from ipml.codes import own_search
from ipml.commands import COMMANDS
from ipml.errors import InputError, nearest
from ipml.guards.secrets import hide, masked_output

# Flags of Hydra, and the values that may follow; none: any, or a folder.
_FLAGS: dict[str, tuple[str, ...] | None] = {
    **dict.fromkeys(("--hydra-help", "--version", "--resolve", "--run", "-r", "--multirun", "-m"), ()),
    **dict.fromkeys(("--cfg", "-c"), ("job", "hydra", "all")),
    **dict.fromkeys(
        ("--info", "-i"), ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")
    ),
    **dict.fromkeys(("--package", "-p", "--config-dir", "-cd"), None),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_OUTPUT_CLOSED = 141  # as of a program that SIGPIPE ends


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0, or 2 for a mistake in what the user gave."""
    try:
        with own_search(), masked_output():
            code = _main(arguments)
            sys.stdout.flush()
    except BrokenPipeError:
        if not _is_closed(sys.stdout):
            raise  # a pipe of the command's own
        # Who reads the output, as `head`, has read enough. What is left of it would be written at the end, and fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _OUTPUT_CLOSED
    return code


def _is_closed(output: TextIO) -> bool:
    try:
        print(file=output, flush=True)
    except BrokenPipeError:
        return True
    return False


def _main(arguments: Sequence[str] | None) -> int:
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
        from ipml.overrides import CONFIG_ERRORS, one_line

        try:
            print(command_help(command, overrides))
        except InputError as error:
            return _refused([str(error)])
        except CONFIG_ERRORS as error:  # of a file of the user's own
            return _refused([one_line(error)])
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
    from ipml.cli.follow_up import say_what_follows
    from ipml.cli.stopping import Stop, stoppable
    from ipml.codes import config_directory
    from ipml.config import explain, given_overrides, in_hydras_words, read_settings
    from ipml.console import console, reporter
    from ipml.guards.failures import explain_failure
    from ipml.overrides import CONFIG_ERRORS, one_line
    from ipml.provenance import command_line, noting_runs, of_command

    try:
        flags, given = divided([hide(word) for word in words])
        several = bool({"-m", "--multirun"} & set(flags))
        # Again, since an experiment's file may have some, too.
        overrides = [hide(word) for word in in_hydras_words(command, given, several)]
    except InputError as error:
        return _refused([str(error)])
    everywhere = {word.lower() for word in overrides}
    mistakes: list[str] = []
    broken: list[BrokenPipeError] = []

    def database(config: DictConfig) -> str:
        return str(config.tracking.uri or f"{config.paths.mlruns}/mlflow.db")

    def guarded(config: DictConfig) -> None:
        own = [word for word in given_overrides() if word.lower() not in everywhere]
        if HydraConfig.get().mode == RunMode.MULTIRUN and own:
            print(f"{HydraConfig.get().job.num + 1}: {' '.join(own)}", file=sys.stderr)
        # Caught here, because Hydra announces every exception of a task in lines of its own.
        try:
            words = given_overrides()
            line = command_line(command, words if several else given)
            with reporter.reporting(f"ipml {command}"), of_command(line), noting_runs() as run_ids:
                settings = read_settings(config, command, words)
                announce(command, settings)
                result = run_command(command, settings)
                console.show_header()  # of a command that printed nothing
                say_what_follows(command, settings, words if several else given, run_ids, result)
        except BrokenPipeError as error:  # of whoever reads the output, see `main`
            broken.append(error)
        except Exception as error:
            if isinstance(error, CONFIG_ERRORS):
                mistake: str | None = one_line(error)
            else:
                mistake = (
                    str(error) if isinstance(error, InputError) else explain_failure(error, database(config))
                )
            if mistake is None or os.environ.get("IPML_DEBUG"):
                raise  # a fault of the program
            if HydraConfig.get().mode == RunMode.MULTIRUN and own and not mistake.startswith(" ".join(own)):
                mistake = f"{' '.join(own)}: {mistake}"
            mistakes.append(mistake)

    sys.argv = [f"ipml {command}", *flags, *overrides]
    stop = Stop()
    try:
        with stoppable() as stop:
            hydra.main(version_base="1.3", config_path=str(config_directory()), config_name=command)(
                guarded
            )()
    except CONFIG_ERRORS as error:
        mistakes.append(explain(error, command, overrides))
    except (KeyboardInterrupt, SystemExit) as error:
        if isinstance(error, SystemExit) and stop.number is None:
            raise
        print("stopped; run the same command again to go on", file=sys.stderr)
        return stop.exit_code
    except OSError as error:  # Hydra's own folders
        if (failure := explain_failure(error)) is None:
            raise
        mistakes.append(failure)
    if broken:
        raise broken[0]
    return _refused(mistakes) if mistakes else 0


def _refused(mistakes: Sequence[str]) -> int:
    for mistake in mistakes:
        # What a user gave may have ends of lines in it, or what a terminal obeys.
        print(f"error: {_CONTROL.sub(' ', mistake)}", file=sys.stderr)
    return 2


def divided(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Flags of Hydra with their values, and overrides, of the words of a command line.

    ``--config-dir`` is an override too: ``hydra.searchpath``, which all that reads choices knows.

    Raises
    ------
    InputError
        For a flag that there is not, or its value.
    """
    from ipml.overrides import search_path_override

    flags: list[str] = []
    overrides: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        flag, given, value = word.partition("=")
        if not word.startswith("-"):
            overrides.append(word)
            continue
        if flag not in _FLAGS:
            raise InputError(f"{word}: no such flag; keys are set as KEY=VALUE, without --")
        allowed = _FLAGS[flag]
        if allowed == ():
            flags.append(word)
            continue
        if flag in ("--info", "-i") and not given and (not left or left[0] not in (allowed or ())):
            value = "all"
        elif not given:
            value = left.pop(0) if left else ""
        if allowed is not None and value not in allowed:
            raise InputError(f"{flag} {value}: not a choice; allowed: {', '.join(allowed)}")
        if allowed is None and not value:
            raise InputError(f"{flag}: a value is needed, as {flag}=…")
        if flag in ("--config-dir", "-cd"):
            overrides.append(search_path_override([value]))
        else:
            flags += [flag, value]
    return flags, overrides
