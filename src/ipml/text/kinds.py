"""Choose a tokenizer or vectors by plain settings, and find the packages that some of them need."""

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ipml.errors import InputError, choice_error


def make_kind(group: str, settings: Mapping[str, Any], kinds: Mapping[str, str | Callable[..., Any]]) -> Any:
    """Make what ``settings["kind"]`` names, with the other settings as its options.

    Parameters
    ----------
    group
        Configuration key that the settings stand under, for messages.
    kinds
        Class or function of each kind, or where it is, as ``module:name``.

    Raises
    ------
    InputError
        If the kind is not one of ``kinds``, or an option is missing or not one of its own.
    """
    options = dict(settings)
    kind = options.pop("kind", None)
    if kind not in kinds:
        raise choice_error(f"{group}.kind", kind, kinds)
    make = _maker(kinds[kind])
    parameters = inspect.signature(make).parameters
    for name in options:
        if name not in parameters:
            allowed = ", ".join(parameters) or "none"
            raise InputError(
                f"{group}.{name}={options[name]}: not an option of kind={kind}; its options: {allowed}"
            )
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and options.get(name) is None:
            raise InputError(f"{group}.{name}: kind={kind} needs a value")
    return make(**options)


def takes(kind: object, option: str, kinds: Mapping[str, str | Callable[..., Any]]) -> bool:
    """Whether a kind has an option; not so of one that there is not."""
    return kind in kinds and option in inspect.signature(_maker(kinds[str(kind)])).parameters


def _maker(place: str | Callable[..., Any]) -> Callable[..., Any]:
    if not isinstance(place, str):
        return place
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


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
