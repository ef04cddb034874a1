"""What the alignment control reads: weights of words in firms, vectors of the words, and their translations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from scipy import sparse

from ipml.alignment.affine import Alignment
from ipml.alignment.bootstrap import bootstrap_alignments, has_bootstrap
from ipml.alignment.lexicon import Lexicon
from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.stage import alignment_name, needs_alignment
from ipml.alignment.task import REFERENCE
from ipml.errors import LineageError
from ipml.evaluation.alignment_control import TwoVersions, two_versions
from ipml.evaluation.groups import RegisteredGroups
from ipml.statistics.angles import Array
from ipml.tracking import Lineage, ModelReference, RegisteredModel, find_model
from ipml.tracking.registry import registered_name
from ipml.tracking.runs import load_config, load_table
from ipml.tracking.store import connect
from ipml.vectors.aligned_language import AlignedLanguage, open_aligned_language
from ipml.vectors.firm_vectors import PATENTS, PRODUCTS, WordWeights
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.stage import load_vectors

KINDS = (PRODUCTS, PATENTS)


@dataclass(frozen=True)
class CountryWords:
    """Words of a country's firms as a run of the stage ``vectors`` used them.

    Attributes
    ----------
    config
        Of ``ipml evaluate``.
    run_id
        The run.
    """

    config: DictConfig
    run_id: str

    @cached_property
    def made_with(self) -> DictConfig:
        """Configuration of the run."""
        return load_config(self.config, self.run_id)

    @cached_property
    def lineage(self) -> Lineage:
        """Lineage of the run."""
        return Lineage.from_tags(connect(self.config).get_run(self.run_id).data.tags)

    def language(self, kind: str) -> str:
        """Language of the product words or of the patent words."""
        return str(self.made_with.language if kind == PRODUCTS else self.made_with.patents.language)

    @cached_property
    def spaces(self) -> dict[str, AlignedLanguage]:
        """Each of the languages, as the run brought it into the English space."""
        codes = {self.language(kind) for kind in KINDS}
        return {
            code: open_aligned_language(
                self.made_with, code, self.lineage.get(alignment_name(self.made_with, code))
            )
            for code in codes
        }

    def firm_ids(self, firm_type: str) -> list[str]:
        """Firms of a type, in the order of their vectors."""
        return load_vectors(self.config, self.run_id).of_type(firm_type).firms["firm_id"].tolist()

    def alignment(self, code: str) -> RegisteredModel | None:
        """Registered alignment of a language; None where it needs none."""
        if not needs_alignment(self.made_with, code):
            return None
        name = alignment_name(self.made_with, code)
        return find_model(self.config, ModelReference(name, version=self.lineage[name]))

    @cached_property
    def dictionaries(self) -> dict[str, Lexicon]:
        """Both parts of the dictionary of each language's alignment."""
        dictionaries = {}
        for code in self.spaces:
            if (model := self.alignment(code)) is not None:
                fitted = load_config(self.config, model.run_id)
                parts = (open_lexicon(fitted.lexicon, part, code).pairs for part in ("train", "test"))
                dictionaries[code] = Lexicon(tuple(dict.fromkeys(chain(*parts))))
        return dictionaries

    @cached_property
    def english(self) -> AlignedLanguage:
        """English words as the run would have used them."""
        return open_aligned_language(self.made_with, REFERENCE)

    def weights(self, kind: str, firm_ids: Sequence[str]) -> WordWeights:
        """What each word of a kind counts in each of some firms."""
        return WordWeights.from_frame(self._tables[kind], firm_ids)

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {kind: load_table(self.config, self.run_id, kind) for kind in KINDS}

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


def words_of_countries(config: DictConfig, found: RegisteredGroups) -> dict[str, CountryWords]:
    """Words of each country, as the vectors of its mappings used them."""
    return {
        group.country: CountryWords(
            config, found.models[name].lineage[registered_name(config, VECTORS, group.country)]
        )
        for name, group in found.groups.items()
    }


def read_versions(
    words: CountryWords, kind: str, firm_ids: Sequence[str], other: CountryWords | None = None
) -> TwoVersions:
    """Vectors of firms with their words as they are, and with translations in their place.

    Parameters
    ----------
    other
        Country whose language the words are translated into, from English; None: into English. Words that are of the
        language already stay.
    """
    weights = words.weights(kind, firm_ids)
    source = words.language(kind)
    as_they_are = own_vectors(words.spaces[source], weights.words)
    every = np.ones(len(weights.words), dtype=bool)
    if other is None:
        dictionary, space = words.dictionaries.get(source), words.english
    else:
        target = other.language(kind)
        dictionary, space = other.dictionaries.get(target), other.spaces[target]
        dictionary = None if dictionary is None else turned_round(dictionary)
    if dictionary is None:  # one language on both sides
        return two_versions(weights.matrix, as_they_are, as_they_are, every)
    translations = dictionary.translations()
    listed = [translations.get(word, []) for word in weights.words]
    return two_versions(weights.matrix, as_they_are, *mean_vectors(listed, space))


def turned_round(lexicon: Lexicon) -> Lexicon:
    """Return the dictionary from the target language to the source language."""
    return Lexicon(tuple((target, source) for source, target in lexicon.pairs))


def mean_vectors(
    listed: Sequence[Sequence[str]], space: AlignedLanguage
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Mean vector of each word's translations, shape (w, d), and which have one with a vector, shape (w,)."""
    every = list(dict.fromkeys(chain(*listed)))
    known, vectors = space.language.vectors.select(every)
    words = [word for word, has_vector in zip(every, known, strict=True) if has_vector]
    number = {word: column for column, word in enumerate(words)}
    columns = [[number[word] for word in of_word if word in number] for of_word in listed]
    counts = np.array([len(of_word) for of_word in columns])
    entries = np.fromiter(chain(*columns), dtype=np.int64), np.repeat(np.arange(len(listed)), counts)
    matrix = sparse.coo_matrix(
        (np.ones(counts.sum()), (entries[1], entries[0])), shape=(len(listed), len(words))
    )
    sums = matrix.tocsr() @ space.to_english_space(words, vectors).astype(np.float64)
    return np.asarray(sums) / np.maximum(counts, 1)[:, None], counts > 0


def own_vectors(space: AlignedLanguage, words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Vectors of words that had some when the firms' vectors were made; `LineageError` if they have none now."""
    known, vectors = space.language.vectors.select(list(words))
    if not known.all():
        raise LineageError(
            f"{space.language.code}: {int((~known).sum())} words of the firms have no vector now: the embeddings have "
            "changed; run `ipml vectors` again"
        )
    return space.to_english_space(words, vectors)
