"""Groups of the configuration that several commands share."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from ipml.codes import code_names
from ipml.errors import InputError
from ipml.settings.base import (
    NAME,
    Count,
    CountryName,
    FirmType,
    KeysOf,
    Name,
    Number,
    Pattern,
    Place,
    Settings,
    Text,
    written,
)
from ipml.settings.world import WorldSettings

GroupKey = tuple[str, str]
Countries = Annotated[list[CountryName], Field(min_length=1)]
FirmTypes = Annotated[list[FirmType], Field(min_length=1)]


class Data(Settings):
    """The firms; the group ``data``."""

    kind: Literal["simulated", "corpus"]
    """A planted world, or firms of your own."""
    root: Place
    """Folder of the corpus."""
    cache: Place | None = None
    """Of a corpus alone: folder for what is made of a root that is a source."""
    countries: Countries
    """That a firm may be of."""
    firm_types: FirmTypes
    """That a firm may be of."""
    reference_language: Text | None = None
    """Of a simulated world alone: the language that its dictionaries translate into."""
    world: WorldSettings | None = None
    """Of a simulated world alone."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needed = {"simulated": ("world", "reference_language"), "corpus": ("cache",)}
        for key in needed[self.kind]:
            if getattr(self, key) is None:
                raise InputError(f"data.{key}: needed by data.kind={self.kind}")
        return self


class Published(Settings):
    """Firms of the published study, which a simulated world is scaled to."""

    firms: Count
    """In all."""
    with_patents: dict[str, Count]
    """By firm type."""


class Country(Settings):
    """A country; the group ``country``."""

    name: Name
    """Its code."""
    language: Name
    """Of the pages and patents that are read."""
    page_kinds: list[Text] | None
    """Kinds of pages that are read; null: every kind."""
    order: Number | None = None
    """Place among the countries in pairs and tables; without one it stands behind those that have one."""
    published: Published | None = None
    """What a simulated world takes from it; null: groups of the least size."""
    firm_type: Text | None = None
    """As it was given; the command's own key has the rule."""


class VectorRules(Settings, extra="allow"):
    """Keys of word vectors that are names or paths; the others are options of their kind."""

    kind: Text
    """Of the vectors."""
    path: Text | None = None
    """File or folder that they are read from."""
    words: Text | None = None
    """File with their words, of ``kind=npy``."""
    cache: Text | None = None
    """Folder for the converted table."""


class TokenizerRules(Settings, extra="allow"):
    """Keys of a tokenizer that have rules; the others are options of its kind."""

    kind: Text
    """Of the tokenizer."""


class LanguageSource(Settings):
    """Word vectors of a language and the tokenizer that goes with them."""

    vectors: Annotated[dict[str, Any], KeysOf(VectorRules)]
    """``kind`` and its options, as `ipml.text.embeddings` knows them."""
    tokenizer: Annotated[dict[str, Any], KeysOf(TokenizerRules)]
    """``kind`` and its options, as `ipml.text.tokenizers` knows them."""


class Embeddings(Settings):
    """Word vectors; the group ``embeddings``."""

    name: Name
    """That of its file."""
    shared_space: bool
    """Whether all languages lie in one space: their alignment is the identity."""
    languages: dict[Name, LanguageSource]
    """By code."""


class Lexicon(Settings):
    """A bilingual dictionary; the group ``lexicon``."""

    kind: Literal["tsv", "muse", "jmdict", "cedict"]
    """Form of the dictionary: lines with a tab, MUSE's, or a package."""
    train: Text | list[int] | None
    """A file, or for a package the thousandths of its source words, from and to, by a hash of the word."""
    test: Text | list[int] | None
    """The same of the test dictionary."""
    max_sense: Count | None
    """Pairs of this sense of the word or an earlier one; null: all."""


class TrainerRules(Settings, extra="allow"):
    """Keys of the group ``trainer`` that have rules; the others are arguments of Lightning's trainer."""

    accelerator: Literal["cpu", "gpu", "cuda", "mps", "auto"] = "cpu"
    """Device that computes."""
    devices: Annotated[
        Any,
        written(
            r"[1-9]\d*|-1|auto|\[\d+(, \d+)*\]", "a number from 1, auto, or the numbers of devices, as [0,1]"
        ),
    ] = 1
    """How many of them, or which; on the CPU processes."""


Trainer = Annotated[dict[str, Any], KeysOf(TrainerRules)]


class Logger(Settings):
    """Where the figures of epochs go; the group ``logger``."""

    names: list[Literal["mlflow", "csv", "wandb"]]
    """Any of these; none: only final figures are kept."""
    project: Text | None = None
    """Of wandb."""
    mode: Literal["online", "offline"] | None = None
    """Of wandb; offline: nothing leaves the machine."""


class Debug(Settings):
    """A training made small; the group ``debug``."""

    name: Name
    """That of its file."""
    model: dict[str, dict[str, Any]]
    """By ``model.stage``: keys that are set so, whatever else the command line says."""
    shown: Count | None = None
    """Functions that ``debug=profile`` prints."""
    cases: Annotated[int, Field(ge=2)] | None = None
    """Firms or pairs that ``debug=overfit`` learns by heart."""
    greatest_loss: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Loss that passes, as a share of the loss before training."""


class Inputs(Settings):
    """Which version of the models of earlier stages is read."""

    alias: Name
    """Of the registered versions that are read, as challenger or champion."""


class Bootstrap(Settings):
    """Draws again of what an interval is for."""

    resamples: Count
    """Number of draws."""
    level: Number = Field(gt=0, lt=1)
    """Coverage of the interval."""


class SentenceEncoder(Settings):
    """What KeyBERT compares words and pages by; the group ``sentence_encoder``."""

    kind: Literal["word_vectors", "use", "minilm", "sentence_transformers"]
    """Means of word vectors, a multilingual encoder, or another model of sentence-transformers."""
    model: Text | None = None
    """Folder or name of ``kind=sentence_transformers``."""


class Selection(Settings):
    """Which words of a page with attention are keywords; the group ``selection``."""

    rule: Literal["percentile", "mass", "top_k"]
    """On each page: a percentile of its words, mass of the attention, or the first words."""
    amount: Number
    """Share of the words, share of the attention, or number of words."""
    count_repeats: bool
    """Percentile of the tokens, so that repeats inflate a word."""
    max_firm_share: Number = Field(ge=0, le=1)
    """Words on the sites of more than this share of the firms are left out."""
    min_contrast: Number | None
    """Log of how much likelier a word must be on pages with attention; null: no matter."""

    @model_validator(mode="after")
    def _amount_fits_the_rule(self) -> Self:
        if self.rule == "top_k":
            if self.amount < 1:
                raise InputError(f"selection.amount={self.amount}: at least 1 is needed")
        elif not 0 < self.amount <= 1:
            raise InputError(
                f"selection.amount={self.amount}: more than 0 and at most 1 is needed for rule={self.rule}"
            )
        return self


REFERENCE = Pattern(  # of a registered model
    rf"(models:/)?(?P<name>{NAME})(@(?P<alias>[\w-]+)|/(?P<version>\d+))",
    "NAME@ALIAS or NAME/VERSION, as dual_attn-JP@champion",
)
Reference = Annotated[Text, BeforeValidator(REFERENCE)]


def read_pair(pair: list[str]) -> tuple[GroupKey, GroupKey]:
    """Country and firm type of both groups of ``pair=[JP-established,US-established]``."""
    first, second = (group.split("-", 1) for group in pair)
    return (first[0], first[1]), (second[0], second[1])


def _two_groups(pair: Any) -> Any:
    countries, firm_types = code_names("country"), code_names("firm_type")
    keys = [tuple(str(name).split("-", 1)) for name in pair] if isinstance(pair, list) else []
    known = all(len(key) == 2 and key[0] in countries and key[1] in firm_types for key in keys)
    if not known or len(keys) != 2 or len(set(keys)) != 2:
        raise ValueError(
            f"two groups are needed, as [JP-established,US-established]; allowed: {', '.join(countries)} with "
            f"{', '.join(firm_types)}"
        )
    return pair


Pair = Annotated[list[Text], BeforeValidator(_two_groups)]


def check_language(embeddings: Embeddings, language: str) -> None:
    """Refuse a language that the embeddings have no vectors of: `InputError`."""
    if language not in embeddings.languages:
        raise InputError(
            f"language={language}: embeddings={embeddings.name} has no vectors of it; "
            f"allowed: {', '.join(embeddings.languages)}"
        )
