"""KeyBERT (Grootendorst 2020): how near a word is to its page, for every known word of every page.

The package `keybert` does the ranking, on our words: a page is given as its list of known words, and the
vectorizer takes the list as it is. Pages and words are encoded once, not again for each chunk of pages. What
remains is KeyBERT's own loop, one or two milliseconds a page of 200 words: seconds for a country's sites.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from keybert import KeyBERT
from keybert.backend import BaseEmbedder
from sklearn.feature_extraction.text import CountVectorizer

from ipml.console import progress
from ipml.corpus import Corpus
from ipml.dual_attention.data.sites import Sites
from ipml.keyword_comparison.sentence_encoders import SentenceEncoder
from ipml.text.normalisation import normalise

_PAGES_AT_A_TIME = 500


class Backend(BaseEmbedder):
    """Lets KeyBERT ask one of our encoders."""

    def embed(self, documents: Sequence[str], verbose: bool = False) -> npt.NDArray[np.float32]:
        """Encode n texts, (n, d)."""
        encoder: SentenceEncoder = self.embedding_model
        return encoder.encode_texts(documents)


def word_cosines(sites: Sites, texts: Sequence[str], encoder: SentenceEncoder) -> npt.NDArray[np.float32]:
    """Compute the cosine between each word and the page it stands on, as KeyBERT gives it: to four decimals.

    Parameters
    ----------
    sites
        G pages; the candidates on a page are its distinct known words.
    texts
        Text of each page, (G,).
    encoder
        Of texts and words.

    Returns
    -------
    Cosine of each entry of ``sites.counts``, in the order of ``sites.counts.data``, (E,).
    """
    backend = Backend(encoder)
    model = KeyBERT(model=backend)
    pages, words = backend.embed(texts), encoder.encode_words(sites.words)
    lists = list(_words_of_pages(sites))
    vectorizer = CountVectorizer(analyzer=_as_it_is, lowercase=False, vocabulary=sites.words)
    cosines: list[float] = []
    with progress("KeyBERT: pages", len(lists)) as step:
        for start in range(0, len(lists), _PAGES_AT_A_TIME):
            chunk = lists[start : start + _PAGES_AT_A_TIME]
            found: Any = model.extract_keywords(
                chunk,
                vectorizer=vectorizer,
                doc_embeddings=pages[start : start + len(chunk)],
                word_embeddings=words,
                top_n=max(map(len, chunk)),
            )
            if len(chunk) == 1:  # KeyBERT then leaves the outer list out
                found = [found]
            for page, ranked in zip(chunk, found, strict=True):
                cosine = dict(ranked)
                cosines.extend(cosine[word] for word in page)
            step.advance(len(chunk))
    return np.array(cosines, dtype=np.float32)


def page_texts(
    corpus: Corpus, sites: Sites, language: str, page_kinds: Sequence[str] | None, max_pages: int
) -> list[str]:
    """Read the text of each page of ``sites``, (G,), by the same rule as `read_sites`."""
    pages = corpus.pages(sites.firm_ids.tolist(), language, page_kinds)
    texts_of: dict[str, list[str]] = {firm_id: [] for firm_id in sites.firm_ids}
    for firm_id, text in zip(pages["firm_id"].to_pylist(), pages["text"].to_pylist(), strict=True):
        if len(texts_of[firm_id]) < max_pages:
            texts_of[firm_id].append(normalise(text))
    return [text for texts in texts_of.values() for text in texts]


def _words_of_pages(sites: Sites) -> Iterator[list[str]]:
    for start, stop in pairwise(sites.counts.indptr):
        yield [sites.words[number] for number in sites.counts.indices[start:stop]]


def _as_it_is(words: list[str]) -> list[str]:
    return words
