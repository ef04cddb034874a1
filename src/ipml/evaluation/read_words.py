"""Words of the firms that are compared: their weights, vectors and dictionaries, and the errors of aligned ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.alignment.affine import Alignment
from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.refits import bootstrap_alignments, has_bootstrap
from ipml.alignment.registered import (
    AlignedLanguage,
    alignment_name,
    needs_alignment,
    open_aligned_language,
    open_alignment,
)
from ipml.errors import LineageError, NotRecordedError, NotRegisteredError
from ipml.evaluation.earlier_runs import AlignmentRun, VectorsRun
from ipml.evaluation.estimates.word_errors import FirmWords, WordErrors
from ipml.evaluation.pairs import Group, Pair
from ipml.evaluation.read_groups import RegisteredGroups
from ipml.statistics.angles import Array
from ipml.tracking import Lineage, ModelReference, RegisteredModel, Workspace
from ipml.vectors.firm_vectors import PATENTS, PRODUCTS, WordWeights
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.stage import load_vectors
from ipml.vectors.table import WORDS, vectors_are_of

KINDS = (PRODUCTS, PATENTS)
NO_WORDS = "does not apply to vectors=texts, whose texts are encoded whole"


@dataclass(frozen=True)
class CountryWords:
    """Words of a country's firms as a run of the stage ``vectors`` used them.

    Attributes
    ----------
    workspace
        Where it is.
    run_id
        The run.
    """

    workspace: Workspace
    run_id: str

    @cached_property
    def made_with(self) -> VectorsRun:
        """Settings of the run."""
        return self.workspace.load_settings(self.run_id, VectorsRun)

    @property
    def are_words(self) -> bool:
        """Whether the vectors are means of those of words; those of whole texts have no words of their own."""
        return vectors_are_of(self.lineage) == WORDS

    @cached_property
    def lineage(self) -> Lineage:
        """Lineage of the run."""
        return self.workspace.get_run(self.run_id).lineage

    def language(self, kind: str) -> str:
        """Language of the product words or of the patent words."""
        return self.made_with.language if kind == PRODUCTS else self.made_with.patents.language

    @cached_property
    def spaces(self) -> dict[str, AlignedLanguage]:
        """Each of the languages, as the run brought it into the reference space."""
        codes = {self.language(kind) for kind in KINDS}
        return {
            code: open_aligned_language(
                self.made_with, self.workspace, code, self.lineage.get(alignment_name(self.workspace, code))
            )
            for code in codes
        }

    def firm_ids(self, firm_type: str) -> list[str]:
        """Firms of a type, in the order of their vectors."""
        return load_vectors(self.workspace, self.run_id).of_type(firm_type).firms["firm_id"].tolist()

    def alignment(self, code: str) -> RegisteredModel | None:
        """Registered alignment of a language; None where it needs none."""
        if not needs_alignment(self.made_with.embeddings, code, self._reference_language):
            return None
        name = alignment_name(self.workspace, code)
        if name not in self.lineage:
            raise LineageError(f"run {self.run_id}: made from no {name}; run `ipml vectors` again")
        return self.workspace.find_model(ModelReference(name, version=self.lineage[name]))

    @cached_property
    def dictionaries(self) -> dict[str, Lexicon]:
        """Both parts of the dictionary of each language's alignment."""
        dictionaries = {}
        for code in self.spaces:
            if (model := self.alignment(code)) is not None:
                lexicon = self.workspace.load_settings(model.run_id, AlignmentRun).lexicon
                parts = (open_lexicon(lexicon, part, code).pairs for part in ("train", "test"))
                dictionaries[code] = Lexicon(tuple(dict.fromkeys(chain(*parts))))
        return dictionaries

    @cached_property
    def reference(self) -> AlignedLanguage:
        """Words of the reference language as the run would have used them."""
        return open_aligned_language(self.made_with, self.workspace, self._reference_language)

    @property
    def _reference_language(self) -> str:
        return str(self.workspace.settings.reference_language)

    def weights(self, kind: str, firm_ids: Sequence[str]) -> WordWeights:
        """What each word of a kind counts in each of some firms."""
        return WordWeights.from_frame(self._tables[kind], firm_ids)

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {kind: self.workspace.load_table(self.run_id, kind) for kind in KINDS}

    def under_each_map(self, firm_ids: Sequence[str]) -> Iterator[tuple[Array, Array]]:
        """P and T of firms under each map of the bootstrap sets; without one, for ever as they are."""
        weights = [self.weights(kind, firm_ids) for kind in KINDS]
        for maps in self._maps():
            spaces = self.spaces | {
                code: replace(self.spaces[code], alignment=one) for code, one in maps.items()
            }
            P, T = (
                of_kind.means(own_vectors(spaces[self.language(kind)], of_kind.words))
                for kind, of_kind in zip(KINDS, weights, strict=True)
            )
            yield P, T

    def _maps(self) -> Iterator[dict[str, Alignment]]:
        sets = self.bootstraps
        if not sets:
            yield from repeat({})
        alignments = (bootstrap_alignments(folder) for folder in sets.values())
        for maps in zip(*alignments, strict=False):
            yield dict(zip(sets, maps, strict=True))

    @cached_property
    def bootstraps(self) -> dict[str, Path]:
        """Folders of those alignments that have a bootstrap set of maps, by language."""
        models = {code: self.alignment(code) for code in self.spaces}
        folders = {code: model.folder for code, model in models.items() if model is not None}
        return {code: folder for code, folder in folders.items() if has_bootstrap(folder)}


def words_of_countries(workspace: Workspace, found: RegisteredGroups) -> dict[str, CountryWords]:
    """Words of each country, as the vectors of its mappings used them."""
    return {
        group.country: CountryWords(
            workspace, found.models[name].lineage[workspace.name(VECTORS, group.country)]
        )
        for name, group in found.groups.items()
    }


def own_vectors(space: AlignedLanguage, words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Vectors of words that had some when the firms' vectors were made; `LineageError` if they have none now."""
    known, vectors = space.language.vectors.select(list(words))
    if not known.all():
        raise LineageError(
            f"{space.language.code}: {int((~known).sum())} words of the firms have no vector now: the embeddings have "
            "changed; run `ipml vectors` again"
        )
    return space.to_reference_space(words, vectors)


@dataclass
class AlignedWords:
    """What is known of the errors of aligned words.

    Attributes
    ----------
    countries
        Words of the countries of which it is known.
    errors
        Covariance matrix (d, d) of the error of a word, by language.
    unknown
        Why it is not known, by country.
    """

    countries: dict[str, CountryWords] = field(default_factory=dict)
    errors: dict[str, Array] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, countries: Mapping[str, CountryWords]) -> "AlignedWords":
        """Read the alignments of the words of countries; what is too old to have them goes to ``unknown``.

        Raises
        ------
        InputError
            If an alignment is not the one that was registered; the message names it.
        """
        words = cls()
        for country, of_country in countries.items():
            if not of_country.are_words:
                words.unknown[country] = NO_WORDS
                continue
            try:
                of_country.weights(KINDS[0], [])
                languages = {of_country.language(kind) for kind in KINDS}
                models = {code: of_country.alignment(code) for code in languages}
            except (NotRecordedError, NotRegisteredError) as reason:
                words.unknown[country] = str(reason)
                continue
            words.countries[country] = of_country
            for code, model in models.items():
                if model is None:  # the reference language, or a space that all languages have in common
                    continue
                error = open_alignment(model.folder).word_error
                if not of_country.made_with.calibrated:
                    words.unknown[country] = "its words are not calibrated"
                elif error is None:
                    name = f"{model.name} version {model.version}"
                    words.unknown[country] = f"{name} was trained before they were kept; train it again"
                else:
                    words.errors[code] = error
        return words

    def of(self, pair: Pair) -> WordErrors | None:
        """Errors of the words of a pair; None where there are none, or they are not known."""
        groups = pair.first, pair.second
        if any(group.country in self.unknown for group in groups):
            return None
        languages = {self.countries[group.country].language(kind) for group in groups for kind in KINDS}
        errors = {code: error for code, error in self.errors.items() if code in languages}
        return WordErrors((self._words(groups[0]), self._words(groups[1])), errors) if errors else None

    def _words(self, group: Group) -> FirmWords:
        words = self.countries[group.country]
        firm_ids = words.firm_ids(group.firm_type)
        products, patents = KINDS
        return FirmWords(
            (words.weights(products, firm_ids), words.weights(patents, firm_ids)),
            (words.language(products), words.language(patents)),
        )
