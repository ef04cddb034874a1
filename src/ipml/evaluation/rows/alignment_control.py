"""Rows of the alignment control: of each pair of countries whose words were not all used in one language."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.registered import AlignedLanguage
from ipml.console import track
from ipml.evaluation.estimates.alignment_control import (
    TwoVersions,
    averaged,
    combined_angle,
    control,
    map_angles,
    two_versions,
)
from ipml.evaluation.pairs import Pair, common_cells, mean_levels
from ipml.evaluation.read_words import KINDS, NO_WORDS, CountryWords, own_vectors
from ipml.evaluation.results import BETWEEN_COUNTRIES, DEBIASED, GROUP, INDUSTRY_MEAN, PLUG_IN, LeftOut, Row
from ipml.evaluation.rows.context import Context
from ipml.statistics.angles import Array
from ipml.statistics.intervals import percentile_interval

WHAT, COVERAGE = "alignment_control", "alignment_control_coverage"
BOOTSTRAP_MAPS = "bootstrap_maps"
MIN_MAPS = 20  # for an interval: the range of fewer, such as 5, holds .67 of further maps, not .95


class AlignmentControl:
    """Angle that alignment alone produces, and how far the bootstrap set of maps moves the real one.

    Pairs of firm types have no rows: they use one language.

    Parameters
    ----------
    enabled
        False: no rows.

    Raises
    ------
    InputError
        If the vectors were made before the weights of their words were kept, or a dictionary is gone.
    """

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        if not self._enabled:
            return
        of_countries = [pair for pair in context.pairs if pair.comparison == BETWEEN_COUNTRIES]
        for pair in track(of_countries, "alignment control"):
            first, second = (context.words[group.country] for group in pair.groups)
            if not (first.are_words and second.are_words):
                context.notes.append(f"left out: {WHAT} of {pair.name}: it {NO_WORDS}")
                continue
            if any(first.language(kind) != second.language(kind) for kind in KINDS):
                row = replace(pair.row(PLUG_IN, context.simulated), what=WHAT)
                yield from _control_rows(context, pair, (first, second), row)
                yield from _map_rows(context, pair, (first, second), row)


def _control_rows(
    context: Context, pair: Pair, words: tuple[CountryWords, CountryWords], row: Row
) -> Iterator[Row]:
    """Control of both directions and their mean."""
    groups = pair.first, pair.second
    through_reference = all(of.dictionaries for of in words)
    versions, sides = [], []
    for side in (0, 1):
        firm_ids = words[side].firm_ids(groups[side].firm_type)
        into = None if through_reference or words[side].dictionaries else words[1 - side]
        versions.append(
            [read_versions(words[side], kind, firm_ids, into).about(groups[side].centre) for kind in KINDS]
        )
    for side, direction in ((1, pair.directions[0]), (0, pair.directions[1])):
        for kind, version in zip(KINDS, versions[side], strict=True):
            coverage = replace(row, what=COVERAGE, method=kind, value=version.coverage, unit="share")
            yield replace(coverage, direction=direction, n1=None, n2=None)
    for side in (0, 1):
        products, patents = versions[side]
        sides.append(
            tuple(
                control(P, T, groups[side].industries, context.min_industry_firms, context.seed)
                for P, T in ((products, patents), (products.swapped(), patents.swapped()))
            )
        )
    for level in (GROUP, INDUSTRY_MEAN):
        if not all(level in of_side for both in sides for of_side in both):
            continue  # too few firms with translated words
        (first, first_swapped), (second, second_swapped) = (
            (own[level], swapped[level]) for own, swapped in sides
        )
        if through_reference:
            parts = [
                [(1.0, second), (1.0, first_swapped)],
                [(1.0, first), (1.0, second_swapped)],
                [(1.0, averaged([first, first_swapped])), (1.0, averaged([second, second_swapped]))],
            ]
        else:
            parts = [[(1.0, second)], [(1.0, first)], [(0.5, first), (0.5, second)]]
        for of_direction, direction in zip(parts, pair.directions, strict=True):
            angle = combined_angle(of_direction, context.confidence)
            at = replace(row, direction=direction, level=level, n1=first.n, n2=second.n)
            yield replace(at, value=angle.plug_in)
            value, low, high, p_value = angle.debiased
            yield replace(at, method=DEBIASED, value=value, low=low, high=high, p_value=p_value)


def _map_rows(
    context: Context, pair: Pair, words: tuple[CountryWords, CountryWords], row: Row
) -> Iterator[Row]:
    """Plug-in angles of the pair itself under each map of the bootstrap sets: mean, SD and interval over maps."""
    groups = pair.first, pair.second
    firm_ids = [of.firm_ids(group.firm_type) for of, group in zip(words, groups, strict=True)]
    if not any(of.bootstraps for of in words):
        return
    industries, (first_cells, second_cells) = common_cells(pair, context.min_industry_firms)
    angles: dict[str, list[tuple[float, float]]] = {}
    maps = zip(*(of.under_each_map(ids) for of, ids in zip(words, firm_ids, strict=True)), strict=False)
    for vectors in maps:
        # One centre for both: lineages with different ones do not merge.
        first_vectors, second_vectors = (_about(both, pair.first.centre) for both in vectors)
        for level in mean_levels(industries):
            first, second = ([of_side[i] for i in level.cells] for of_side in (first_cells, second_cells))
            of_sample = [(g.sample.fitted, g.sample.strength) for g in groups]
            forward = map_angles(first_vectors, second_vectors, *of_sample[1], first).mean()
            backward = map_angles(second_vectors, first_vectors, *of_sample[0], second).mean()
            angles.setdefault(level.name, []).append((float(forward), float(backward)))
    n_maps = max((len(found) for found in angles.values()), default=MIN_MAPS)
    if n_maps < MIN_MAPS:
        context.left_out.append(
            LeftOut("interval", BOOTSTRAP_MAPS, pair.name, n_maps, MIN_MAPS, "maps (model.bootstrap_maps)")
        )
    for name, found in angles.items():
        both = np.array(found)
        for direction, values in zip(pair.directions, [*both.T, both.mean(axis=1)], strict=True):
            enough = len(values) >= MIN_MAPS
            low, high = percentile_interval(values, context.confidence) if enough else (None, None)
            yield replace(
                row, method=BOOTSTRAP_MAPS, value=float(values.mean()), direction=direction, level=name,
                low=low, high=high, sd=float(values.std(ddof=1)) if len(values) > 1 else None,
            )  # fmt: skip


def _about(vectors: tuple[Array, Array], centre: Array | None) -> tuple[Array, Array]:
    """P and T less a centre."""
    P, T = vectors
    return (P, T) if centre is None else (P - centre, T - centre)


def read_versions(
    words: CountryWords, kind: str, firm_ids: Sequence[str], other: CountryWords | None = None
) -> TwoVersions:
    """Vectors of firms with their words as they are, and with translations in their place.

    Parameters
    ----------
    other
        Country whose language the words are translated into, from the reference language; None: into that. Words that
        are of the language already stay.
    """
    weights = words.weights(kind, firm_ids)
    source = words.language(kind)
    as_they_are = own_vectors(words.spaces[source], weights.words)
    every = np.ones(len(weights.words), dtype=bool)
    if other is None:
        dictionary, space = words.dictionaries.get(source), words.reference
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
    sums = matrix.tocsr() @ space.to_reference_space(words, vectors).astype(np.float64)
    return np.asarray(sums) / np.maximum(counts, 1)[:, None], counts > 0
