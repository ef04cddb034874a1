"""What is wrong with values, in one line: the key, the value, what is allowed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ipml.errors import InputError, nearest
from ipml.settings.base import UnknownCodeError
from ipml.settings.fields import Bounds, bounds, choices, class_of, fields_of, is_never_empty, type_at

Kind = TypeVar("Kind", bound=BaseModel)
_TYPES = {
    "int_type": "a number is needed",
    "float_type": "a number is needed",
    "finite_number": "a number is needed",
    "bool_type": "true or false is needed",
    "string_type": "one value is needed",
    "list_type": "a list is needed",
    "dict_type": "keys of their own are needed",
    "model_type": "keys of their own are needed",
    "model_attributes_type": "keys of their own are needed",
}
_GROUPS = ("list_type", "dict_type", "model_type", "model_attributes_type")
_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def validated(
    kind: type[Kind],
    content: Mapping[str, Any],
    place: str = "",
    example: Callable[[str], str | None] = lambda key: None,
    of: str = "",
) -> Kind:
    """Make settings from plain values.

    Parameters
    ----------
    kind
        Class of the settings.
    content
        Nested plain values, resolved.
    place
        Key that they stand under, for messages.
    example
        What a key is set as by default, as ``seed=0``.
    of
        Whose configuration it is, for messages.

    Raises
    ------
    InputError
        For the first value that is not allowed, and for a key that is missing or that there is not.
    """
    if not isinstance(content, Mapping):
        raise InputError(f"{place}={shown(content)}: keys of their own are needed")
    try:
        return kind.model_validate(dict(content))
    except ValidationError as error:
        # Values that do not go together are told only where each of them is right by itself.
        found = error.errors(include_url=False)[0]
        raise InputError(_line(found, kind, content, place, example, of)) from None


def shown(value: object) -> str:
    """Value as it is written on the command line."""
    if isinstance(value, list):
        return f"[{','.join(map(shown, value))}]"
    if isinstance(value, Mapping):
        return str(value).replace("'", "")
    return "null" if value is None else str(value)


def needed_like(default: object, value: object) -> str | None:
    """What a value would have to be to be of the type of a default; None where it is, or where none is known."""
    if isinstance(default, bool):
        return None if isinstance(value, bool) else _TYPES["bool_type"]
    is_several = isinstance(value, Mapping | list)
    if isinstance(default, int | float) and not is_several:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if is_number else _TYPES["float_type"]
    if isinstance(default, list):
        return None if isinstance(value, list) else _TYPES["list_type"]
    if isinstance(default, Mapping):
        return None if isinstance(value, Mapping) else _TYPES["dict_type"]
    return _TYPES["string_type"] if is_several and default is not None else None


def _line(
    error: Mapping[str, Any],
    kind: type[BaseModel],
    content: Mapping[str, Any],
    place: str,
    example: Callable[[str], str | None],
    of: str,
) -> str:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return str(cause)
    keys = _keys(error["loc"], content)
    key = ".".join([*([place] if place else []), *(str(k) for k in keys if isinstance(k, str))])
    value, needed = error["input"], error["type"]
    if needed == "extra_forbidden":
        return _no_such_key(key, kind, keys, content, of)
    if needed in ("missing", "union_tag_not_found"):
        key = key if needed == "missing" else f"{key}.{error['ctx']['discriminator'].strip(chr(39))}"
        return f"{key}: a value is needed, for example {key}=…"
    if needed == "union_tag_invalid":
        name = error["ctx"]["discriminator"].strip("'")
        tags = error["ctx"]["expected_tags"].replace("'", "")
        return f"{key}.{name}={error['ctx']['tag']}: not a choice; allowed: {tags}"
    if cause is not None and isinstance(value, Mapping):
        return f"{key}: {cause}"
    if needed in ("too_short", "string_too_short") and isinstance(value, str):
        return f"{key}=: a folder or a file is needed; the current folder is {key}=."
    if needed in ("too_long", "string_too_long"):
        return f"{key}: {len(value)} characters; at most {error['ctx']['max_length']} are allowed"
    return (
        f"{key}={shown(value)}: {_needed(needed, value, cause, type_at(kind, keys, content), example(key))}"
    )


def _needed(needed: str, value: object, cause: object, of_key: Any, example: str | None) -> str:
    """What a value would have to be."""
    if isinstance(cause, UnknownCodeError):
        return f"not a choice; allowed: {', '.join(map(shown, choices(of_key)))}; {cause}"
    if cause is not None:
        return str(cause)
    if needed == "literal_error":
        return f"not a choice; allowed: {', '.join(map(shown, choices(of_key)))}"
    if needed in _BOUNDS or (needed == "finite_number" and bounds(of_key) != Bounds()):
        return str(bounds(of_key))
    if needed == "too_short" or (needed == "list_type" and value is None and is_never_empty(of_key)):
        return "a list with at least one entry is needed"
    if needed == "int_type" and (value is None or isinstance(value, float)):
        return "a whole number is needed"
    is_several = isinstance(value, Mapping | list)
    said = (
        "one value is needed" if is_several and needed not in _GROUPS else _TYPES.get(needed, "not allowed")
    )
    return f"{said}, as {example}" if example else said


def _no_such_key(
    key: str, kind: type[BaseModel], keys: Sequence[str | int], content: Mapping[str, Any], of: str
) -> str:
    inner: Any = content
    for name in keys[:-1]:
        inner = inner[name]
    parent = class_of(type_at(kind, keys[:-1], content), inner)
    known = [] if parent is None else list(fields_of(parent))
    meant = nearest(str(keys[-1]), known)
    allowed = f"; allowed: {', '.join(known)}" if known else ""
    return f"{key}: no such key{f' in the configuration of {of}' if of else ''}{meant}{allowed}"


def _keys(location: Sequence[str | int], content: Any) -> list[str | int]:
    """Keys of an error's place: what names a class of a union is left out."""
    keys: list[str | int] = []
    for number, name in enumerate(location):
        inside = isinstance(content, Mapping) and name in content
        if inside or (isinstance(content, list) and isinstance(name, int)):
            content = content[name]
        elif number < len(location) - 1 or not isinstance(content, Mapping):
            continue
        keys.append(name)
    return keys
