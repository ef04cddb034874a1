"""The words after ``ipml COMMAND``: overrides, and the few flags of Hydra."""

from collections.abc import Sequence

from ipml.errors import InputError

# Whether a value follows.
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
