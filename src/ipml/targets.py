"""Objects that settings name by ``_target_``, as an optimiser or a class of one's own: what is wrong is one line."""

import inspect
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate

from ipml.errors import InputError, first_line

TARGET = "_target_"
_OF_HYDRA = (TARGET, "_partial_", "_args_", "_recursive_", "_convert_")


def make(key: str, settings: Mapping[str, Any], /, *arguments: Any, **further: Any) -> Any:
    """Make the object that settings name.

    Parameters
    ----------
    key
        Of the settings in the configuration, for messages.
    settings
        ``_target_`` and its arguments.
    arguments
        What the thing made is called with, where the settings say ``_partial_``.
    further
        Arguments beside those of the settings.

    Raises
    ------
    InputError
        If there is no such class or function, or it refuses its arguments.
    """
    try:
        made = instantiate(settings, **further)
        return made(*arguments) if arguments else made
    except InputError:
        raise
    except InstantiationException as error:
        cause = error.__cause__
        if isinstance(cause, InputError):
            raise cause from error
        raise InputError(f"{_named(key, settings)}: {first_line(cause or error)}") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{_named(key, settings)}: {first_line(error)}") from error


def check_targets(content: Any, key: str = "") -> None:
    """Refuse a ``_target_`` that there is not, and an argument that it does not take: `InputError`, in good time.

    Parameters
    ----------
    content
        Nested plain settings.
    key
        That they stand under.
    """
    if isinstance(content, Mapping):
        for name, value in content.items():
            check_targets(value, f"{key}.{name}" if key else str(name))
        if isinstance(content.get(TARGET), str):
            _check_arguments(key, content)


def _check_arguments(key: str, settings: Mapping[str, Any]) -> None:
    try:
        target = resolve_name(settings[TARGET])
    except Exception as error:  # whatever the import of a module of the user's own raises
        raise InputError(f"{_named(key, settings)}: {first_line(error)}") from error
    try:
        parameters = inspect.signature(target).parameters
    except (TypeError, ValueError):  # of what is written in C, nothing may be known
        return
    if any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    known = [name for name, p in parameters.items() if p.kind != p.POSITIONAL_ONLY and name != "self"]
    for name in settings:
        if name not in (*known, *_OF_HYDRA):
            raise InputError(
                f"{key}.{name}: {settings[TARGET]} takes no such argument; its arguments: {', '.join(known) or 'none'}"
            )


def _named(key: str, settings: Mapping[str, Any]) -> str:
    return f"{key}.{TARGET}={settings[TARGET]}"
