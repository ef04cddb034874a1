"""Rules of a key, read from the fields of settings: its choices and its bounds, for messages, help and completion."""

import math
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from ipml.settings.base import Code, KeysOf


@dataclass(frozen=True)
class Bounds:
    """Range of a number; an end may be open, that is not be allowed itself."""

    low: float = -math.inf
    high: float = math.inf
    low_is_open: bool = False
    high_is_open: bool = False

    def __str__(self) -> str:
        """What is allowed, as a message ends."""
        is_open = self.low_is_open or self.high_is_open
        return f"allowed: {self.range}" if is_open else f"{self.range} is needed"

    @property
    def range(self) -> str:
        """What is allowed, in words; empty where anything is."""
        if self.low_is_open or self.high_is_open:
            low = f"{'more than' if self.low_is_open else 'at least'} {_plain(self.low)}"
            high = f"{'less than' if self.high_is_open else 'at most'} {_plain(self.high)}"
            return f"{low}, {high}" if math.isfinite(self.high) else low
        if math.isfinite(self.high):
            return f"{_plain(self.low)} to {_plain(self.high)}"
        return f"at least {_plain(self.low)}" if math.isfinite(self.low) else ""


def _plain(end: float) -> str:
    return str(int(end)) if float(end).is_integer() else f"{end:g}"


def type_at(kind: Any, keys: Sequence[str | int], content: Any = None) -> Any:
    """Type with its rules of a key under settings; None if there is no such key.

    Parameters
    ----------
    kind
        Class of settings, or a type within it.
    keys
        Names on the way, as ``("model", "network", "dropout")``.
    content
        Values of the node, which decide between several classes.
    """
    if not keys:
        return kind
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        rules = [extra.rules for extra in arguments[1:] if isinstance(extra, KeysOf)]
        return type_at(rules[0] if rules else arguments[0], keys, content)
    if origin in (Union, types.UnionType):
        found = (type_at(one, keys, content) for one in arguments if _fits(one, content))
        return next((one for one in found if one is not None), None)
    inner = _entry(content, keys[0])
    if origin is dict:
        return type_at(arguments[1], keys[1:], inner)
    if origin is list:
        return type_at(arguments[0], keys[1:], inner)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = fields_of(kind).get(str(keys[0]))
        return None if field is None else type_at(with_rules(field), keys[1:], inner)
    return None


def explanation(kind: Any, keys: Sequence[str | int], content: Any = None) -> str:
    """Line below the field of a key, which says what it is; empty where there is none. Arguments: as of `type_at`."""
    for part in _parts(type_at(kind, keys[:-1], content)):
        rules = part.rules if isinstance(part, KeysOf) else part
        if isinstance(rules, type) and issubclass(rules, BaseModel):
            field = fields_of(rules).get(str(keys[-1]))
            if field is not None:
                return " ".join((field.description or "").split())
    return ""


def class_of(kind: Any, content: Any) -> type[BaseModel] | None:
    """Class of settings of a node with some values, whose type may allow several; None for a plain value."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return class_of(arguments[0], content)
    if origin in (Union, types.UnionType):
        found = (class_of(one, content) for one in arguments if _fits(one, content))
        return next((one for one in found if one is not None), None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def fields_of(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields of a class of settings by their keys in the configuration."""
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def choices(kind: Any) -> tuple[object, ...]:
    """Values of a closed list, or of the entries of a list; empty where there is no list."""
    found = [
        value
        for part in _parts(kind)
        for value in (get_args(part) if get_origin(part) is Literal else _names(part))
    ]
    if found and type(None) in _parts(kind):
        found.append(None)
    return tuple(dict.fromkeys(found))


def bounds(kind: Any) -> Bounds:
    """Range that a number must lie in."""
    found: dict[str, Any] = {}
    for part in _parts(kind):
        if isinstance(part, Ge):
            found["low"] = part.ge
        elif isinstance(part, Gt):
            found |= {"low": part.gt, "low_is_open": True}
        elif isinstance(part, Le):
            found["high"] = part.le
        elif isinstance(part, Lt):
            found |= {"high": part.lt, "high_is_open": True}
    return Bounds(**found)


def is_code(kind: Any) -> bool:
    """Whether the values of a key are codes, each with a file of its own."""
    return any(isinstance(part, AfterValidator) and isinstance(part.func, Code) for part in _parts(kind))


def is_never_empty(kind: Any) -> bool:
    """Whether a list needs an entry."""
    return any(isinstance(part, MinLen) and part.min_length > 0 for part in _parts(kind))


def is_free(kind: Any) -> bool:
    """Whether a key has no rule, as an argument of a ``_target_``."""
    return kind is None or kind is Any


def is_text(kind: Any) -> bool:
    """Whether the value of a key is any text, as a name or a path; not of a list, whose entries may be."""
    origin = get_origin(kind)
    if origin is Annotated:
        return is_text(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return any(map(is_text, get_args(kind)))
    return kind is str


def may_be_null(kind: Any) -> bool:
    """Whether a key may have no value."""
    return type(None) in _parts(kind)


def is_truth_value(kind: Any) -> bool:
    """Whether a key is true or false."""
    return bool in _parts(kind)


def with_rules(field: FieldInfo) -> Any:
    """Type of a field with the rules that pydantic keeps beside it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _parts(kind: Any) -> list[Any]:
    """Types and rules that a type is put together of, each once."""
    return list(_walk(kind))


def _walk(kind: Any) -> Iterator[Any]:
    origin = get_origin(kind)
    if isinstance(kind, FieldInfo):
        yield from kind.metadata
    elif origin is Annotated or origin in (Union, types.UnionType, list):
        for part in get_args(kind):
            yield from _walk(part)
    else:
        yield kind


def _names(part: Any) -> Sequence[str]:
    rule = part.func if isinstance(part, AfterValidator) else None
    return rule.names if isinstance(rule, Code) else ()


def _entry(content: Any, key: str | int) -> Any:
    if isinstance(content, Mapping):
        return content.get(key)
    if isinstance(content, list) and isinstance(key, int) and key < len(content):
        return content[key]
    return None


def _fits(kind: Any, content: Any) -> bool:
    """Whether a class may be that of a node: the values that tell classes apart are its own."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(content, Mapping)):
        return True
    told = {
        key: get_args(f.annotation)
        for key, f in fields_of(kind).items()
        if get_origin(f.annotation) is Literal
    }
    return all(
        content.get(key) in own for key, own in told.items() if key in ("kind", "stage") and key in content
    )
