"""Packages that only some tokenizers and vectors need: where they lie, or how to get them."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ipml.errors import InputError


def package_version(distribution: str, user: str, command: str) -> str:
    """Version of an installed package.

    Parameters
    ----------
    distribution
        Its name in the package index.
    user
        Who needs it, for the message, as ``tokenizer sudachi``.
    command
        What installs it.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        return version(distribution)
    except PackageNotFoundError as error:
        raise InputError(f"{user} needs a package: {command}") from error


def package_folder(module: str, user: str, command: str) -> Path:
    """Folder of an installed package, found without importing (running) it.

    Raises
    ------
    InputError
        If it is not installed.
    """
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"{user} needs a package: {command}")
    return Path(spec.submodule_search_locations[0])
