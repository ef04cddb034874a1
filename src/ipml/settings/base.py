"""What all settings are made of: a frozen model with the keys of the YAML files, and the types of its values.

Settings hold every rule on a value of the configuration. `ipml.settings.mistakes` says what breaks one in a line of
the user's words; what stands here raises no messages of its own but where pydantic has no rule of the kind.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema, core_schema

from ipml.codes import Kind, code_names, how_to_add

NAME = r"\w[\w.-]*"  # letters and digits of any script
_LONGEST_NAME = 100  # characters; a registered model's name has several parts


class Settings(BaseModel):
    """A node of the configuration: fields are its keys, and no others are allowed.

    Values stay as they were written, an integer in the place of a real number too, so that `model_dump` is the resolved
    configuration again.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        serialize_by_alias=True,
        protected_namespaces=(),
        validate_default=True,
        use_attribute_docstrings=True,  # the description of a field is the line below it
    )

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return the keys that were given, as nested plain values: the resolved configuration."""
        return super().model_dump(**{"exclude_unset": True, **options})


@dataclass(frozen=True)
class KeysOf:
    """Rules of some keys of a node whose other keys are free, as the arguments of a ``_target_`` are.

    The value stays a plain dict; what the rules read as text is text in it.
    """

    rules: type[BaseModel]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by the rules, and keep the dict."""
        return core_schema.no_info_wrap_validator_function(
            _with_text,
            handler.generate_schema(self.rules),
            serialization=core_schema.plain_serializer_function_ser_schema(dict),
        )


def _as_given(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    validate(value)
    return value


def _with_text(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    read: BaseModel = validate(value)
    return {**value, **read.model_dump(exclude_unset=True, by_alias=True)}


def _whole_number_as_text(value: object) -> object:
    """Write a whole number as text, since a file's ``namespace: 2026`` is one.

    Of other values that YAML reads, as 1.10, 12E4 or true, nobody can tell any more how they were written.
    """
    if isinstance(value, bool | float):
        raise ValueError("text is needed; what looks like a number or like true stands in quotes in a file")
    return str(value) if isinstance(value, int) else value


class UnknownCodeError(ValueError):
    """A code that has no file; the message says what makes one known."""


@dataclass(frozen=True)
class Code:
    """Rule that a value is the code of a country, a language or a firm type: it has a file."""

    kind: Kind

    def __call__(self, value: str) -> str:
        """Refuse another one."""
        if value not in self.names:
            raise UnknownCodeError(how_to_add(self.kind))
        return value

    @property
    def names(self) -> list[str]:
        """Codes that are allowed."""
        return code_names(self.kind)


@dataclass(frozen=True)
class Pattern:
    """Rule that a word has a certain form.

    Parameters
    ----------
    pattern
        Regular expression of the whole word.
    example
        What is needed, for the message.
    """

    pattern: str
    example: str

    def __call__(self, value: Any) -> Any:
        """Refuse what is written in another way."""
        if re.fullmatch(self.pattern, str(value)) is None:
            raise ValueError(f"allowed: {self.example}")
        return value


def written(pattern: str, example: str) -> AfterValidator:
    """Allow words of a certain form."""
    return AfterValidator(Pattern(pattern, example))


def _name(value: str) -> str:
    if re.fullmatch(NAME, value) is None:
        raise ValueError(
            "letters, digits, _ . and - are allowed in a name, the first a letter, a digit or _, and nothing else"
        )
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"{len(value)} characters; a name has at most {_LONGEST_NAME}")
    return value


Text = Annotated[str, BeforeValidator(_whole_number_as_text)]
# A folder or a file: an empty one would be the current folder.
Place = Annotated[Text, Field(min_length=1)]
# What becomes a part of the name of a model, a run, a folder, a tag or a database's entry.
Name = Annotated[Text, AfterValidator(_name)]
# "" is the one without a name.
Namespace = Annotated[Text, AfterValidator(lambda value: value and _name(value))]
Number = Annotated[float, Field(allow_inf_nan=False), WrapValidator(_as_given)]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(gt=0)]
Target = dict[str, Any]
CountryName = Annotated[Text, AfterValidator(Code("country")), AfterValidator(_name)]
FirmType = Annotated[Text, AfterValidator(Code("firm_type")), AfterValidator(_name)]
LanguageCode = Annotated[Text, AfterValidator(Code("language")), AfterValidator(_name)]
