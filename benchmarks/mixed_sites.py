"""Sites mixed from real text: product pages of real Japanese firms among pages of other kinds.

No data have both patents and whole sites whose product pages are known, so sites are put together. The product pages
of a firm are the sentences of its English profile on what it makes. Its other pages are as long: its own sentences
on history and seat, and careers, legal, investor, news and contact pages of American firms and their reports to the
SEC. A share of the words of each such page is a passage of the firm's own product pages, as a vacancy names what the
firm makes. Labels play no part in the mixing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.page_kinds import (
    HISTORY,
    PRODUCT,
    URL_KINDS,
    Words,
    plain_words,
    sentence_kind,
    split_sentences,
    url_kind,
)
from ipml.corpus import Corpus
from ipml.dual_attention.data.sites import Sites
from ipml.errors import InputError
from ipml.text import Language, encode_texts

REPORTS = "sec_10k_item_7"  # management's discussion of the year: investor pages
SPLIT_SENTENCES = 6  # product sentences from which on a firm has two product pages
MIN_WORDS = 10  # of a product page
N_PAGES = (6, 10)  # fewest and most pages of a site


@dataclass
class Mixed:
    """Pages of mixed sites, firm after firm: firm, kind and words of each; and the firms that have none."""

    firm_ids: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    pages: list[Words] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # no product page of `MIN_WORDS` words

    def add(self, firm_id: str, kind: str, page: Words) -> None:
        """Add a page."""
        self.firm_ids.append(firm_id)
        self.kinds.append(kind)
        self.pages.append(page)


def read_boilerplate(corpus: Corpus) -> dict[str, list[Words]]:
    """Pages of each kind of `URL_KINDS` of American firms, as words.

    Raises
    ------
    InputError
        If the corpus has no page of a kind.
    """
    table = corpus.pages(corpus.firms("US")["firm_id"], "en", ["web_page", REPORTS]).to_pandas()
    boilerplate: dict[str, list[Words]] = {kind: [] for kind in URL_KINDS}
    distinct = table.drop_duplicates("text")
    for source, url, text in zip(distinct["kind"], distinct["url"], distinct["text"], strict=True):
        kind = "investors" if source == REPORTS else url_kind(url or "")
        words = plain_words(text)
        if kind is not None and len(words) >= MIN_WORDS:
            boilerplate[kind].append(words)
    for kind, pages in boilerplate.items():
        if not pages:
            raise InputError(f"data.root={corpus.root}: no English web page of kind {kind} of a US firm")
    return boilerplate


def firm_pages(profile: str, name: str) -> tuple[list[Words], Words]:
    """Product pages and words on the history of a firm, both without the words of its name."""
    in_name = plain_words(name)
    found: dict[str | None, list[Words]] = {PRODUCT: [], HISTORY: [], None: []}
    for sentence in split_sentences(profile):
        found[sentence_kind(sentence)].append(plain_words(sentence, in_name))
    sentences = found[PRODUCT]
    middle = len(sentences) // 2 if len(sentences) >= SPLIT_SENTENCES else 0
    pages = [_joined(part) for part in (sentences[:middle], sentences[middle:])]
    return [page for page in pages if len(page) >= MIN_WORDS], _joined(found[HISTORY])


def mix_sites(
    profiles: Mapping[str, str],
    names: Mapping[str, str],
    boilerplate: Mapping[str, Sequence[Words]],
    mention: float,
    seed: int,
) -> Mixed:
    """Mix a site for each firm.

    Parameters
    ----------
    profiles, names
        Profile and name by firm.
    boilerplate
        Pages by kind.
    mention
        Share of the words of each other page that is a passage of the firm's product pages.
    seed
        Decides, with the firm's identifier, on all that is drawn for the firm.
    """
    firms = {firm_id: firm_pages(profile, names[firm_id]) for firm_id, profile in profiles.items()}
    lengths = np.sort([len(page) for own, _ in firms.values() for page in own])
    mixed = Mixed()
    for firm_id, (own, history) in firms.items():
        if not own:
            mixed.left_out.append(firm_id)
            continue
        digest = hashlib.sha256(firm_id.encode()).digest()[:8]
        rng = np.random.default_rng([seed, int.from_bytes(digest, "big")])
        for page in own:
            mixed.add(firm_id, PRODUCT, page)
        n_others = int(rng.integers(N_PAGES[0], N_PAGES[1] + 1)) - len(own)
        for number, kind in enumerate(rng.choice(list(boilerplate), n_others)):
            length = int(rng.choice(lengths))
            named = passage(own, round(mention * length), rng)
            start = history[: length - len(named)] if number == 0 else []
            filling = passage(boilerplate[kind], length - len(start) - len(named), rng)
            mixed.add(firm_id, HISTORY if start else str(kind), [*start, *filling, *named])
    return mixed


def encode_sites(mixed: Mixed, language: Language, separator: str = " ") -> Sites:
    """Word counts of mixed sites; the kind of a page stands as its address.

    Parameters
    ----------
    separator
        Where the tokenizer of the language cuts between the words of a page.
    """
    encoded = encode_texts([separator.join(page) for page in mixed.pages], language)
    firm_ids = list(dict.fromkeys(mixed.firm_ids))
    number = {firm_id: place for place, firm_id in enumerate(firm_ids)}
    n_pages = np.bincount([number[firm_id] for firm_id in mixed.firm_ids])
    return Sites(
        firm_ids=np.array(firm_ids, dtype=object),
        page_offsets=np.concatenate([[0], np.cumsum(n_pages)]).astype(np.int64),
        urls=np.array(mixed.kinds, dtype=object),
        counts=encoded.counts(),
        words=encoded.words,
        vectors=encoded.vectors,
        known_share=encoded.known_share,
    )


def overlap(mixed: Mixed) -> tuple[float, float]:
    """How far a firm's product pages and its other pages share words, means over pages and over firms.

    Returns
    -------
    Share of the words of other pages that stand on product pages of the firm, and share of the distinct words of
    its product pages that stand on its other pages.
    """
    own: dict[str, set[str]] = {}
    others: dict[str, set[str]] = {}
    for firm_id, kind, page in zip(mixed.firm_ids, mixed.kinds, mixed.pages, strict=True):
        (own if kind == PRODUCT else others).setdefault(firm_id, set()).update(page)
    shares = [
        sum(word in own[firm_id] for word in page) / len(page)
        for firm_id, kind, page in zip(mixed.firm_ids, mixed.kinds, mixed.pages, strict=True)
        if kind != PRODUCT
    ]
    return float(np.mean(shares)), float(np.mean([len(own[f] & others[f]) / len(own[f]) for f in own]))


def _joined(sentences: Iterable[Words]) -> Words:
    return [word for sentence in sentences for word in sentence]


def passage(pages: Sequence[Words], length: int, rng: np.random.Generator) -> Words:
    """Consecutive words of one page drawn at random, of more than one where it is too short; no page is empty."""
    words: Words = []
    while (missing := length - len(words)) > 0:
        page = pages[int(rng.integers(len(pages)))]
        start = int(rng.integers(max(len(page) - missing, 0) + 1))
        words += page[start : start + missing]
    return words
