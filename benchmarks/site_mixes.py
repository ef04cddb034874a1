"""Sites to learn from: product texts of labelled Japanese and Chinese firms among other pages of real sites.

Labels. Japan: patents yes or no (`../shared/data/firms`). China has next to no firms without patents, so a network
cannot learn yes or no there: the label is more patents than the median firm of `../shared/data/cn_patents` (found by a
search that gives at most 200). That is a label of patents too, and known for firms with Chinese texts.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.mixed_sites import N_PAGES, Mixed, passage
from benchmarks.page_kinds import PRODUCT, Words
from benchmarks.site_pages import OTHER_KINDS, Site, SitePage, read_rows, without_repeats
from ipml.text import Language
from ipml.text.normalisation import normalise
from ipml.text.tokenizers import Tokenizer
from ipml.vectors.texts.phrases import names_pattern, units, without_names

UNITS = ("phrases", "words")
FEWEST = {"phrases": 3, "words": 8}  # units of a product text
FEWEST_OTHER = {"phrases": 5, "words": 10}  # units of another page
TEXT_KINDS = {"ja": ("business_summary",), "zh": ("main_products", "main_business")}
_LEGAL_FORM = re.compile("株式会社|股份有限公司|有限公司|ホールディングス")
_IN_BRACKETS = re.compile(r"（[^）]*）")
_NOT_PRODUCTS = re.compile(
    "本社|設立|創業|上場|旧社名|子会社|持株|本店|グループ|指数|社名|合併|略称|市場"
)  # of a sentence
_SENTENCES = 12  # of a Wikipedia lead, from its beginning
_LONGEST = 60  # characters of a phrase


@dataclass(frozen=True)
class LabelledText:
    """What a firm makes, its own name taken away, and whether it has (many) patents."""

    text: str
    label: bool


class Lines:
    """Tokenizer of units that stand a line each."""

    fingerprint = "lines"

    def tokenize(self, texts: Iterable[str]) -> Iterator[Words]:
        """Yield the lines of each text."""
        return (text.split("\n") if text else [] for text in texts)


def unit_cutter(unit: str, tokenizer: Tokenizer) -> Callable[[str], Words]:
    """Make the function that cuts a text into the units that word attention weighs: phrases, or words."""
    if unit == "phrases":
        return phrases
    return lambda text: [word for word in next(tokenizer.tokenize([text])) if any(map(str.isalpha, word))]


def in_lines(language: Language) -> Language:
    """Return the language with the vectors it has, for units that stand a line each."""
    return replace(language, tokenizer=Lines())


def phrases(text: str) -> Words:
    r"""Cut a text into phrases of at least two characters with a letter among them.

    Examples
    --------
    >>> phrases("• 岗亭、移动厕所\n2019")
    ['岗亭', '移动厕所']
    """
    found = units(normalise(text), "phrase", _LONGEST)
    return [phrase for phrase in found if len(phrase) > 1 and any(map(str.isalpha, phrase))]


def read_labelled(
    language: str, roots: Mapping[str, Path], left_out: Sequence[str]
) -> dict[str, LabelledText]:
    """Product texts and labels of firms, by ``firm_id``.

    Parameters
    ----------
    language
        ``ja``: firms of Japan; ``zh``: of China.
    roots
        Folders ``firms``, ``wikipedia`` (ja) and ``cn_patents`` (zh).
    left_out
        Firms whose sites are judged.
    """
    if language == "ja":
        firms = {row["firm_id"]: row for row in read_rows(roots["firms"], "firms")}
        labels = {
            firm_id: bool(row["has_patent"])
            for firm_id, row in firms.items()
            if row["country"] == "JP" and row["has_patent"] is not None
        }
        more = {
            row["firm_id"]: product_sentences(row["text"]) for row in read_rows(roots["wikipedia"], "pages")
        }
        folder = roots["firms"]
    else:
        firms = {row["firm_id"]: row for row in read_rows(roots["cn_patents"], "firms")}
        labels = above_median({firm_id: row["n_patents_here"] for firm_id, row in firms.items()})
        more = {}
        folder = roots["cn_patents"]
    texts: dict[str, list[str]] = {}
    for row in read_rows(folder, "pages"):
        if row["kind"] in TEXT_KINDS[language]:
            texts.setdefault(row["firm_id"], []).append(row["text"])
    return {
        firm_id: LabelledText(
            without_name("\n".join([*texts[firm_id], more.get(firm_id, "")]), firms[firm_id]["name_local"]),
            labels[firm_id],
        )
        for firm_id in sorted(texts.keys() & labels.keys() - set(left_out))
    }


def above_median(counts: Mapping[str, float]) -> dict[str, bool]:
    """Whether the count of each firm is above the median of all."""
    median = float(np.median(list(counts.values())))
    return {firm_id: count > median for firm_id, count in counts.items()}


def product_sentences(lead: str) -> str:
    """Sentences of a Wikipedia lead that are not on seat, founding, owner or stock market, a line each."""
    sentences = re.split("(?<=。)", _IN_BRACKETS.sub("", lead))[:_SENTENCES]
    return "\n".join(sentence for sentence in sentences if not _NOT_PRODUCTS.search(sentence))


def without_name(text: str, name: str | None) -> str:
    """Text without the firm's own name, legal form or not."""
    return without_names(text, names_pattern([_LEGAL_FORM.sub("", name or "")]))


def other_pages(
    sites: Mapping[str, Site], left_out: Sequence[str], unit: str, cut: Callable[[str], Words], repeats: bool
) -> dict[str, list[Words]]:
    """Pages of `OTHER_KINDS` of the sites that are not judged, by kind, as units.

    Parameters
    ----------
    left_out
        Firms that are judged.
    repeats
        Keep the lines that repeat over the pages of a firm.
    """
    found: dict[str, list[Words]] = {}
    for firm_id, pages in sites.items():
        if firm_id in left_out:
            continue
        texts = [page.text for page in pages]
        for page, text in zip(pages, texts if repeats else without_repeats(texts), strict=True):
            if page.corrected in OTHER_KINDS and len(own := cut(text)) >= FEWEST_OTHER[unit]:
                found.setdefault(page.corrected, []).append(own)
    return found


def mix(
    products: Mapping[str, Words], others: Mapping[str, Sequence[Words]], mention: float, seed: int
) -> Mixed:
    """Mix a site for each firm: its product text, and 5 to 9 passages of other pages, as long as product texts.

    Parameters
    ----------
    products
        Units of the product text by firm.
    others
        Other pages by kind; each passage is of a kind drawn at random.
    mention
        Share of each other page that is a passage of the firm's product text.
    seed
        Decides, with the firm's identifier, on all that is drawn for the firm. Labels play no part.
    """
    kinds = sorted(others)
    lengths = np.sort([len(own) for own in products.values()])
    mixed = Mixed()
    for firm_id, own in products.items():
        digest = hashlib.sha256(firm_id.encode()).digest()[:8]
        rng = np.random.default_rng([seed, int.from_bytes(digest, "big")])
        n_others = int(rng.integers(N_PAGES[0], N_PAGES[1] + 1)) - 1
        mixed.add(firm_id, PRODUCT, own)
        for kind in rng.choice(kinds, n_others):
            length = int(rng.choice(lengths))
            named = passage([own], round(mention * length), rng)
            mixed.add(firm_id, str(kind), [*passage(others[kind], length - len(named), rng), *named])
    return mixed


def whole_sites(
    sites: Mapping[str, Site], firm_ids: Sequence[str], cut: Callable[[str], Words], repeats: bool
) -> tuple[Mixed, list[SitePage]]:
    """All pages of some firms, as they are, and the pages behind them."""
    whole, pages = Mixed(), []
    for firm_id in firm_ids:
        texts = [page.text for page in sites[firm_id]]
        for page, text in zip(sites[firm_id], texts if repeats else without_repeats(texts), strict=True):
            whole.add(firm_id, page.kind, cut(text))
            pages.append(page)
    return whole, pages
