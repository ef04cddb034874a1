"""Choose one of several kinds by plain settings, and say in one line what is wrong with them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ipml.errors import InputError, choice_error

Made = TypeVar("Made")


def make_kind(group: str, settings: Mapping[str, Any], kinds: Mapping[str, Callable[..., Made]]) -> Made:
    """Make what ``settings["kind"]`` names, with the other settings as its options.

    Raises
    ------
    InputError
        If the kind is not one of ``kinds``, or an option is missing or not one of its own.
    """
    options = dict(settings)
    kind = options.pop("kind", None)
    if kind not in kinds:
        raise choice_error(f"{group}.kind", kind, kinds)
    make = kinds[kind]
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
