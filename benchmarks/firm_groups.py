"""Firms that may not be told apart by a split: of one text, one web site, or one corporate group."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ipml.corpus import Corpus

_FIRMS_OF_SITE = 10  # a host with pages of more firms is a publisher's, as an encyclopedia's
LANGUAGES = ("ja", "en")
_PARENT = re.compile(
    r"subsidiar(?:y|ies) of ([A-Z][^.;]*?(?:Ltd|Inc|Corporation|Company|Corp|Limited|Holdings|Group|[a-z])[.,;])"
)
_LEGAL_FORM = re.compile(
    r"\b(?:co|ltd|inc|corp|corporation|company|limited|holdings?|group|kk|the)\b\.?|[.,;]", re.I
)


def firm_groups(corpus: Corpus, firms: pd.DataFrame) -> pd.Series:
    """Name the group of each firm, which is the first firm of it.

    Two firms are in one group if a page of theirs in one language is the same but for punctuation, case and width, if
    their pages have one host, or if the English profile of one calls it a subsidiary of the other, or both of a third.

    Parameters
    ----------
    firms
        By ``firm_id``, with ``name``.
    """
    read = [corpus.pages(firms.index.tolist(), language) for language in LANGUAGES]
    pages = pd.concat([table.select(["firm_id", "text", "url"]).to_pandas() for table in read])
    names = {bare_name(name): str(firm_id) for firm_id, name in firms["name"].dropna().items()}
    keys = [(str(firm_id), f"firm {firm_id}") for firm_id in firms.index]
    for firm_id, text, url in pages.itertuples(index=False):
        keys.append((firm_id, f"text {bare_text(text)}"))
        if isinstance(url, str) and (found := host(url)):
            keys.append((firm_id, f"host {found}"))
        for parent in _PARENT.findall(text):
            known = names.get(bare_name(parent))
            keys.append((firm_id, f"parent {bare_name(parent)}"))
            if known is not None:
                keys.append((known, f"parent {bare_name(parent)}"))
    firms_of = pd.Series([key for _, key in set(keys)]).value_counts()
    publishers = {key for key in firms_of.index[firms_of > _FIRMS_OF_SITE] if key.startswith("host ")}
    return _linked(firms.index, [(firm_id, key) for firm_id, key in keys if key not in publishers])


def bare_text(text: str) -> str:
    """Take punctuation, blanks, case and width from a text."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text).lower())


def bare_name(name: str) -> str:
    """Take legal forms and blanks from a firm's English name."""
    return re.sub(r"\s+", "", _LEGAL_FORM.sub(" ", name).lower())


def host(url: str) -> str:
    """Host of an address without ``www``; empty if there is none."""
    try:
        found = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return ""
    return re.sub(r"^www\d?\.", "", found or "")


def in_development(groups: pd.Series, share: float) -> npt.NDArray[np.bool_]:
    """Say which firms are for choices, by a hash of their group that no seed moves, (n,)."""
    names = [hashlib.sha256(f"real_jp kept aside {group}".encode()).hexdigest() for group in groups]
    return np.array([int(name[:12], 16) / 16**12 < share for name in names])


def _linked(firm_ids: Iterable[str], keys: list[tuple[str, str]]) -> pd.Series:
    """Join firms that share a key, directly or through others."""
    firms = pd.Index(list(firm_ids))
    rows = firms.get_indexer(pd.Index([firm_id for firm_id, _ in keys]))
    _, columns = np.unique([key for _, key in keys], return_inverse=True)
    uses = sparse.csr_matrix((np.ones(len(keys)), (rows, columns)), shape=(len(firms), columns.max() + 1))
    _, group = connected_components(uses @ uses.T, directed=False)
    first = pd.Series(np.asarray(firms, dtype=object)).groupby(group).transform("first")
    return pd.Series(first.to_numpy(), index=firms)
