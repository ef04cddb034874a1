"""Which countries, firm types and languages a world has, and what their files in ``conf/`` say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ipml.codes import Kind, code_names, read_codes, unknown_code
from ipml.errors import InputError

S = TypeVar("S", bound=BaseModel)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Published(_File):
    """Numbers of a country's firms that its firms in the world are scaled to."""

    firms: int = Field(ge=0)
    """All firms, with and without patents."""
    with_patents: dict[str, int]
    """Firms with patents by firm type; a type that is not there has none."""


class Characters(_File):
    """All characters from one to another, in the order of an encoding."""

    first: str
    last: str
    encoding: str | None = None
    """Code that orders them, as ``gb2312``; null: Unicode."""

    def all(self) -> list[str]:
        """Characters of the range."""
        if self.encoding is None:
            return [chr(number) for number in range(ord(self.first), ord(self.last) + 1)]
        size = len(self.first.encode(self.encoding))
        first, last = (int.from_bytes(end.encode(self.encoding), "big") for end in (self.first, self.last))
        codes = [code.to_bytes(size, "big") for code in range(first, last + 1)]
        spelled = [code.decode(self.encoding, "ignore") for code in codes]
        # What an encoding has no character for is passed over.
        return [c for c, code in zip(spelled, codes, strict=True) if c.encode(self.encoding) == code]


class WordForm(_File):
    """How the words of a language are invented: syllables, drawn one by one and joined."""

    syllables: list[int] = Field(min_length=1)
    """Numbers of syllables of a word, each as often."""
    parts: list[list[str]] | None = None
    """A syllable is one of each list, joined, in all combinations."""
    characters: Characters | None = None
    """Instead: a syllable is one of these characters."""
    not_first: list[str] = []
    """Characters that no word begins with."""

    @model_validator(mode="after")
    def _has_syllables(self) -> Self:
        if (self.parts is None) == (self.characters is None):
            raise ValueError("either parts or characters are needed")
        if wrong := [syllable for syllable in self.all_syllables if syllable.split() != [syllable]]:
            raise ValueError(f"a syllable is {wrong[0]!r}; allowed: characters without blanks")
        return self

    @cached_property
    def all_syllables(self) -> list[str]:
        """All syllables, in the order in which they are numbered."""
        if self.characters is not None:
            return self.characters.all()
        return ["".join(parts) for parts in product(*(self.parts or []))]


@dataclass(frozen=True)
class WorldCodes:
    """Countries, firm types and languages of a world; their order is that of all arrays.

    Attributes
    ----------
    languages
        Language of each country, by the country's code.
    published
        Numbers of firms of each country; None where nothing is published: its groups have the least size.
    firm_types
        Codes.
    word_forms
        By language: those of the countries, and the reference language.
    reference
        Language in whose space all others are turned.
    """

    languages: dict[str, str]
    published: dict[str, Published | None]
    firm_types: tuple[str, ...]
    word_forms: dict[str, WordForm]
    reference: str

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes of the countries."""
        return tuple(self.languages)

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Country and firm type of each group, the countries one after the other."""
        return [(country, firm_type) for country in self.countries for firm_type in self.firm_types]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they are saved beside a corpus."""
        return {
            "countries": {
                country: {
                    "language": language,
                    "published": None if (of := self.published[country]) is None else of.model_dump(),
                }
                for country, language in self.languages.items()
            },
            "firm_types": list(self.firm_types),
            "languages": {code: form.model_dump(exclude_none=True) for code, form in self.word_forms.items()},
            "reference_language": self.reference,
        }


def read_world_codes(countries: Sequence[str], firm_types: Sequence[str], reference: str) -> WorldCodes:
    """Read the files of a world's countries, firm types and languages.

    Parameters
    ----------
    countries, firm_types
        Codes; each needs a file.
    reference
        Code of the reference language.

    Raises
    ------
    InputError
        For a code without a file, or a file that lacks what a world needs of it.
    """
    of_countries, of_languages = read_codes("country"), read_codes("language")
    _check("data.countries", "country", countries, list(of_countries))
    _check("data.firm_types", "firm_type", firm_types, code_names("firm_type"))
    languages = {code: str(of_countries[code].get("language")) for code in countries}
    word_forms = {}
    for code in dict.fromkeys([*languages.values(), reference]):
        if code not in of_languages:
            raise unknown_code("language", code, "language", list(of_languages))
        word_forms[code] = _part(WordForm, "language", code, of_languages[code].get("words"))
    published = {
        code: None
        if (part := of_countries[code].get("published")) is None
        else _part(Published, "country", code, part)
        for code in countries
    }
    return WorldCodes(languages, published, tuple(firm_types), word_forms, reference)


def _check(key: str, kind: Kind, codes: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [code for code in codes if code not in known]:
        raise unknown_code(key, unknown[0], kind, known)
    if not codes or len(set(codes)) < len(codes):
        raise InputError(f"{key}=[{','.join(codes)}]: different codes are needed, at least one")


def _part(form: type[S], kind: Kind, code: str, value: Any) -> S:
    key = {"country": "published", "language": "words"}[kind]
    place = f"conf/{kind}/{code}.yaml: {key}"
    if value is None:
        raise InputError(f"{place}: needed by a simulated world, as in the files beside it")
    try:
        return form.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([place, *map(str, first["loc"])])
        raise InputError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error
