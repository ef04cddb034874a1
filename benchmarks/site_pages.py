"""Whole real sites of the folder `sites`: their pages, what each page is about, and the parts they are dealt to.

The kind of a page is a rule of the data's on path and title. It misleads: a title that holds 株式会社 makes a page
``company``, and what has no word of the rule in its path is ``other``. `CORRECTIONS` mend it for the sites where
that hides product pages; they were written from paths, titles, breadcrumbs and texts, before the weight of any page
was seen.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ipml.corpus import stratified_part
from ipml.errors import InputError

PRODUCT_KINDS = ("product", "service")
OTHER_KINDS = ("news", "recruit", "ir", "privacy", "contact", "company")  # that sites are mixed from
_ITEM, _SERVICE, _OTHER = "product", "service", "other"
CORRECTIONS: dict[str, list[tuple[str, str]]] = {  # firm: pattern of a path, kind; the first that fits
    "JP-7065": [
        (r"^carsharing/about", "company"),
        (r"^(suit|nantsui|nanmoni|wk|pallet|carsharing)/", _ITEM),
        (r"^uprChinese/(carsharing|gts|nanmoni|nantsui|pallet|outsourcing)", _ITEM),
    ],
    "SITE-neotec": [
        (r"kanki", _OTHER),  # on ventilation in general
        (r"(^|/)(EL|torisetsu|syoukoushiki|simulation|miharaminami|senrioka)", _ITEM),
        (r"gaiyou", _SERVICE),
    ],
    "SITE-www.bfts.co.jp": [(r"^dist/(biz|system)/", _SERVICE)],
    "SITE-corporate": [(r"^\dd_thqree/", _ITEM), (r"^(pf|lp)/", _OTHER)],
    "SITE-my-system.co.jp": [(r"^renew/support", _SERVICE), (r"^signage", _ITEM)],
    "SITE-sitesucker": [(r"^release/", "news")],
    "SITE-azuretest": [  # templates that were never filled in
        (r"^(bow_lp|copy_subtitle|db|ebook|example|industry|onecol|strength|testtest|two)", _OTHER)
    ],
    "SITE-hbbw": [(r"^pic/", _ITEM), (r"^new/", "news")],
    "SITE-jxds-jt": [(r"/(pro_detail|pro_list|seoDetails|seoList)", _ITEM), (r"/join", "recruit")],
    "SITE-stamfordtyres.com.cn": [(r"^pd_show/", _ITEM)],
    "SITE-szyt-ic": [(r"^(fa-|kffa)", _ITEM)],
    "SITE-jhdc": [(r"^(dzj|jxx|lm|nxx|scj|sfj|sj|xj|specialty|history)/", _ITEM), (r"^hr/", "recruit")],
}
_BREADCRUMBS = [  # of pages that the rule calls company or other
    (re.compile(r"主页 > (?:产品中心|玖号洞藏特产)"), _ITEM),
    (re.compile(r"首页 > 服务项目"), _SERVICE),
    (re.compile(r"[主首]页 > (?:新闻中心|新闻资讯)"), "news"),
]
DEVELOPMENT, LEFT_OUT = "development", "left out"


@dataclass(frozen=True)
class SitePage:
    """A page of a site: its firm, who made the site, path, text, and its kind by the data and corrected."""

    firm_id: str
    designer: str
    url: str
    text: str
    kind: str
    corrected: str


Site = Sequence[SitePage]


def read_rows(folder: Path, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``TABLE.jsonl.gz``.

    Raises
    ------
    InputError
        If there is no such file.
    """
    path = folder / f"{table}.jsonl.gz"
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_whole_sites(folder: Path, language: str) -> dict[str, list[SitePage]]:
    """Pages in a language of each firm that has one, in the order of the file."""
    designer = {row["firm_id"]: row["source"].partition("/")[0] for row in read_rows(folder, "firms")}
    found: dict[str, list[SitePage]] = {}
    for row in read_rows(folder, "pages"):
        if row["lang"] == language:
            firm_id, url, text, kind = row["firm_id"], row["url"], row["text"], row["page_kind"]
            page = SitePage(
                firm_id, designer[firm_id], url, text, kind, corrected_kind(firm_id, url, text, kind)
            )
            found.setdefault(firm_id, []).append(page)
    if not found:
        raise InputError(f"{folder}: no page in language {language}")
    return found


def corrected_kind(firm_id: str, url: str, text: str, kind: str) -> str:
    """Kind of a page by `CORRECTIONS` and by its breadcrumb; else the kind it has."""
    for pattern, corrected in CORRECTIONS.get(firm_id, []):
        if re.search(pattern, url):
            return corrected
    if kind in ("other", "company"):
        plain = " ".join(text.split())
        return next((corrected for crumb, corrected in _BREADCRUMBS if crumb.search(plain)), kind)
    return kind


def deal_sites(sites: Mapping[str, Site], seed: int) -> dict[str, list[str]]:
    """Firms with product pages and others, dealt to a part for all choices and one that is left out of them.

    Both parts have as many sites with many product pages as with few; which site goes where is decided by a hash of
    ``firm_id`` and by the seed.
    """
    shares = {
        firm_id: float(np.mean([page.kind in PRODUCT_KINDS for page in pages]))
        for firm_id, pages in sites.items()
    }
    firm_ids = sorted(firm_id for firm_id, share in shares.items() if 0 < share < 1)
    many = np.array([shares[firm_id] for firm_id in firm_ids])
    chosen = stratified_part(firm_ids, many > np.median(many), 0.5, seed, DEVELOPMENT)
    return {
        DEVELOPMENT: [firm_id for firm_id, first in zip(firm_ids, chosen, strict=True) if first],
        LEFT_OUT: [firm_id for firm_id, first in zip(firm_ids, chosen, strict=True) if not first],
    }


def without_repeats(texts: Sequence[str], most: float = 0.1) -> list[str]:
    """Texts of a firm's pages without the lines that stand on more than two pages and a share ``most`` of them."""
    split = [[line.strip() for line in text.splitlines() if line.strip()] for text in texts]
    on_pages = Counter(line for lines in split for line in set(lines))
    limit = max(2.0, most * len(texts))
    return ["\n".join(line for line in lines if on_pages[line] <= limit) for lines in split]
