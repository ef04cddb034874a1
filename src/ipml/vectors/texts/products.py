"""Phrases around the keywords of firms, and product vectors as weighted means of theirs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ipml.console import track
from ipml.corpus import Corpus
from ipml.dual_attention.data.sites import numbered_pages
from ipml.text.normalisation import normalise
from ipml.text.tokenizers import Tokenizer
from ipml.vectors.build_vectors import VectorsOfFirms
from ipml.vectors.firm_vectors import rows_to_one, sif_weights, weighted_means
from ipml.vectors.settings import TextMeans
from ipml.vectors.split_half_error import error_weights
from ipml.vectors.texts.encoders import LanguageEncoder
from ipml.vectors.texts.phrases import units, without_names

Names = Sequence[re.Pattern[str] | None]


class Page(NamedTuple):
    """A page with keywords: number of its firm, its attention, and its text."""

    firm: int
    attention: float
    text: str


class _Phrase(NamedTuple):
    """Attention of a phrase of a firm, and the keywords that it holds."""

    attention: float
    keywords: frozenset[str]


@dataclass(frozen=True)
class Phrases:
    """The distinct phrases with keywords of n firms.

    Attributes
    ----------
    weights
        What each of m texts counts in each firm's vector, shape (n, m); a row sums to 1, or is empty.
    texts
        The m texts.
    n_keywords, n_found
        Keywords of each firm, and those that one of its phrases holds, both (n,).
    """

    weights: sparse.csr_matrix
    texts: list[str]
    n_keywords: npt.NDArray[np.int64]
    n_found: npt.NDArray[np.int64]


def pages_with_keywords(
    corpus: Corpus, firms: pd.DataFrame, keywords: pd.DataFrame, language: str, page_kinds: list[str] | None
) -> list[Page]:
    """Pages that the table ``keywords`` names, with the attention that it has of them."""
    attention = keywords.groupby(["firm_id", "page"])["page_weight"].first().to_dict()
    firm_ids = firms["firm_id"].tolist()
    table, firm, number = numbered_pages(corpus, firm_ids, language, page_kinds)
    named = zip(firm.tolist(), number.tolist(), strict=True)
    found = [attention.get((firm_ids[of_firm], page)) for of_firm, page in named]
    chosen = [row for row, weight in enumerate(found) if weight is not None]
    texts = table["text"].take(chosen).to_pylist()
    return [
        Page(int(firm[row]), float(found[row] or 0.0), text) for row, text in zip(chosen, texts, strict=True)
    ]


def find_phrases(
    pages: Sequence[Page],
    keywords: pd.DataFrame,
    names: Names,
    tokenizer: Tokenizer,
    settings: TextMeans,
    weight: str,
    sif_constant: float,
) -> Phrases:
    """Find the phrases of pages that hold a keyword of their firm.

    A phrase that stands twice counts once, with its greatest attention: that of its page times that of its keywords
    together.

    Parameters
    ----------
    keywords
        Of these firms, with the columns ``firm`` (number), ``word``, ``word_weight``.
    names
        Pattern of each of n firms' own names, which its phrases are read without.
    weight
        ``equal``: each phrase counts once; ``attention``: by its attention; ``sif``: by the mean SIF weight of its
        keywords, a word's frequency being its share of all keywords of all firms.
    """
    of_word = keywords.groupby("word")["firm"].nunique()
    rarity = dict(zip(of_word.index, sif_weights(of_word.to_numpy(), sif_constant).tolist(), strict=True))
    of_firms: list[dict[str, float]] = [{} for _ in names]
    columns = (keywords[name].tolist() for name in ("firm", "word", "word_weight"))
    for firm, word, word_weight in zip(*columns, strict=True):
        of_firms[firm][word] = word_weight
    found: list[dict[str, _Phrase]] = [{} for _ in names]
    for page in track(pages, "finding phrases"):
        of_firm = of_firms[page.firm]
        for text, held in _with_keywords(page, names[page.firm], of_firm, tokenizer, settings):
            attention = page.attention * sum(of_firm[word] for word in held)
            before = found[page.firm].get(text, _Phrase(0.0, frozenset()))
            found[page.firm][text] = _Phrase(max(attention, before.attention), held | before.keywords)
    numbers: dict[str, int] = {}
    entries: list[tuple[int, int, float]] = []
    n_found = np.zeros(len(names), dtype=np.int64)
    for firm, phrases in enumerate(found):
        # Sorting is stable: of phrases with the same attention the first ones of the site stay.
        ranked = sorted(phrases.items(), key=lambda one: -one[1].attention)
        chosen = [text for text, _ in ranked[: settings.max_units]]
        n_found[firm] = len(frozenset[str]().union(*(phrases[text].keywords for text in chosen)))
        for text in chosen:
            values = {
                "equal": 1.0,
                "attention": phrases[text].attention,
                "sif": float(np.mean([rarity[word] for word in sorted(phrases[text].keywords)])),
            }
            entries.append((firm, numbers.setdefault(text, len(numbers)), values[weight]))
    rows, places, values_of_all = zip(*entries, strict=True) if entries else ((), (), ())
    shape = len(names), len(numbers)
    matrix = sparse.coo_matrix((values_of_all, (rows, places)), shape=shape, dtype=np.float64).tocsr()
    n_keywords = np.array([len(words) for words in of_firms], dtype=np.int64)
    return Phrases(rows_to_one(matrix), list(numbers), n_keywords, n_found)


def phrase_vectors(
    phrases: Phrases, encoder: LanguageEncoder, seed: int
) -> tuple[VectorsOfFirms, sparse.csr_matrix]:
    """Product vectors of n firms, and what each phrase counts in them, shape (n, m): of those that have a vector."""
    vectors = encoder.encode(phrases.texts, "encoding phrases")
    weights = rows_to_one((phrases.weights @ sparse.diags(vectors.any(axis=1).astype(np.float64))).tocsr())
    weights.eliminate_zeros()
    weights.sort_indices()
    made = VectorsOfFirms(
        weighted_means(weights, vectors),
        weighted_means(error_weights(weights, seed), vectors),
        phrases.n_keywords,
        np.diff(weights.indptr).astype(np.int64),
        phrases.n_found / np.maximum(phrases.n_keywords, 1),
    )
    return made, weights


def _with_keywords(
    page: Page,
    names: re.Pattern[str] | None,
    keywords: Mapping[str, float],
    tokenizer: Tokenizer,
    settings: TextMeans,
) -> Iterator[tuple[str, frozenset[str]]]:
    """Phrases of a page that hold keywords, and which."""
    text = without_names(normalise(page.text), names)
    found = [" ".join(unit.split()) for unit in units(text, settings.unit, settings.unit_characters)]
    found = list(dict.fromkeys(unit for unit in found if unit))
    for unit, tokens in zip(found, tokenizer.tokenize(found), strict=True):
        words = frozenset(keywords.keys() & set(tokens))
        if words:
            yield unit, words
