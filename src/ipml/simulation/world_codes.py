"""Which countries, firm types and languages a world has, and what their files in ``conf/`` say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

from pydantic import Field

from ipml.codes import Kind, code_names, read_codes, unknown_code
from ipml.errors import InputError
from ipml.settings import Settings, validated
from ipml.settings.groups import Published

S = TypeVar("S", bound=Settings)


class Characters(Settings):
    """All characters from one to another, in the order of an encoding."""

    first: str
    last: str
    encoding: str | None = None
    """Code that orders them, as ``gb2312``; null: Unicode."""

    def all(self) -> list[str]:
        """Characters of the range.

        Raises
        ------
        ValueError, LookupError
            If an end is not one character of the encoding, or there is no such encoding.
        """
        if len(self.first) != 1 or len(self.last) != 1:
            raise ValueError("first and last are one character each")
        if self.encoding is None:
            return [chr(number) for number in range(ord(self.first), ord(self.last) + 1)]
        size = len(self.first.encode(self.encoding))
        first, last = (int.from_bytes(end.encode(self.encoding), "big") for end in (self.first, self.last))
        codes = [code.to_bytes(size, "big") for code in range(first, last + 1)]
        spelled = [code.decode(self.encoding, "ignore") for code in codes]
        # What an encoding has no character for is passed over.
        return [c for c, code in zip(spelled, codes, strict=True) if c.encode(self.encoding) == code]


class WordForm(Settings):
    """How the words of a language are invented: syllables, drawn one by one and joined."""

    syllables: list[int] = Field(min_length=1)
    """Numbers of syllables of a word, each as often."""
    parts: list[list[str]] | None = None
    """A syllable is one of each list, joined, in all combinations."""
    characters: Characters | None = None
    """Instead: a syllable is one of these characters."""
    not_first: list[str] = Field(default_factory=list)
    """Characters that no word begins with."""

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
            "countries": list(self.countries),
            "firm_types": list(self.firm_types),
            "reference_language": self.reference,
            "languages": self.languages,
            "published": {
                code: None if of is None else of.model_dump() for code, of in self.published.items()
            },
            "words": {
                code: form.model_dump(exclude_unset=False, exclude_none=True)
                for code, form in self.word_forms.items()
            },
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
        _check_syllables(code, word_forms[code])
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


def _check_syllables(code: str, form: WordForm) -> None:
    place = f"conf/language/{code}.yaml: words"
    if (form.parts is None) == (form.characters is None):
        raise InputError(f"{place}: either parts or characters are needed")
    try:
        syllables = form.all_syllables
    except (ValueError, LookupError) as error:
        raise InputError(f"{place}.characters: {error}") from error
    if wrong := [syllable for syllable in syllables if syllable.split() != [syllable]]:
        raise InputError(f"{place}: a syllable is {wrong[0]!r}; allowed: characters without blanks")


def _part(form: type[S], kind: Kind, code: str, value: Any) -> S:
    key = {"country": "published", "language": "words"}[kind]
    place = f"conf/{kind}/{code}.yaml: {key}"
    if value is None:
        raise InputError(f"{place}: needed by a simulated world, as in the files beside it")
    return validated(form, value, place)
