"""Which words of the pages with attention become a firm's keywords: the rule, applied and put into words."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.corpus.firm_names import names_and_addresses, own_entries
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.keywords.ranking import COLUMNS, firm_shares, top_words, union_of_pages
from ipml.settings import Selection
from ipml.text.tokenizers import Tokenizer

_SHOWN = 12


@dataclass(frozen=True)
class Selected:
    """Keywords of firms with E words on pages and a vocabulary of V.

    Attributes
    ----------
    scores
        Attention that the rule was applied to.
    contrast
        Contrast of each entry, (E,); None where all pages have attention.
    common, own
        Words that too many firms use, (V,); words of the firm's own names, (E,).
    taken
        Entries that became keywords, (E,).
    """

    scores: SiteScores
    contrast: npt.NDArray[np.float64] | None
    common: npt.NDArray[np.bool_]
    own: npt.NDArray[np.bool_]
    taken: npt.NDArray[np.bool_]

    def table(self, sites: Sites) -> pd.DataFrame:
        """List the keywords, with the columns `COLUMNS`: each word of a firm once, best first."""
        counts = sites.counts
        chosen = np.flatnonzero(self.taken)
        page = sites.page_of_entry[chosen]
        firm = sites.firm_of_page[page]
        entries = pd.DataFrame(
            {
                "firm_id": sites.firm_ids[firm],
                "page": page - sites.page_offsets[firm],
                "url": sites.urls[page],
                "word": np.array(sites.words, dtype=object)[counts.indices[chosen]],
                "word_weight": self.scores.word_weights[chosen] / counts.data[chosen],
                "page_weight": self.scores.page_weights[page],
                "contrast": np.nan if self.contrast is None else self.contrast[chosen],
            }
        )
        return union_of_pages(entries)[list(COLUMNS)]


def name_words(firms: pd.DataFrame, sites: Sites, tokenizer: Tokenizer) -> dict[str, set[str]]:
    """Collect the words of the firms' names, and the names in the addresses of their pages.

    Parameters
    ----------
    firms
        By ``firm_id``, with those of the columns ``name``, ``name_local``, ``brands`` that the corpus has.
    sites
        Sites of these firms.
    """
    firm_of_page = np.repeat(sites.firm_ids, sites.n_pages)
    return names_and_addresses(firms, zip(firm_of_page, sites.urls, strict=True), tokenizer)


def own_words(sites: Sites, names: dict[str, set[str]]) -> npt.NDArray[np.bool_]:
    """Mark the entries of ``sites.counts`` that are words of their firm's own names, (E,)."""
    of_firms = [names.get(firm_id, set()) for firm_id in sites.firm_ids]
    return own_entries(sites.counts, sites.firm_of_page, sites.words, of_firms)


def select(
    sites: Sites,
    scores: SiteScores,
    contrast: npt.NDArray[np.float64] | None,
    names: dict[str, set[str]],
    selection: Selection,
) -> Selected:
    """Apply the rule of ``selection`` to scored sites.

    Parameters
    ----------
    contrast
        Contrast of each entry, (E,); None: no word is left out for it.
    names
        ``firm_id`` to the words of the firm's own names.
    """
    counts = sites.counts
    page = sites.page_of_entry
    common = firm_shares(counts, sites.n_pages) > selection.max_firm_share
    own = own_words(sites, names)
    allowed = (scores.page_weights[page] > 0) & ~common[counts.indices] & ~own
    if contrast is not None and selection.min_contrast is not None:
        allowed &= contrast >= selection.min_contrast
    taken = top_words(
        scores.word_weights,
        counts.data,
        counts.indptr,
        allowed,
        selection.rule,
        selection.amount,
        selection.count_repeats,
    )
    return Selected(scores, contrast, common, own, taken)


def rule_lines(selection: Selection, selected: Selected, sites: Sites) -> list[str]:
    """Say the rule in words, with the words that were left out for being on too many sites."""
    what = "tokens" if selection.count_repeats else "distinct words"
    rule = {
        "percentile": f"the top {selection.amount:.0%} of their {what}",
        "mass": f"the fewest words with {selection.amount:.0%} of the attention",
        "top_k": f"the top {selection.amount:g} words",
    }[selection.rule]
    shown = [word for word, is_common in zip(sites.words, selected.common, strict=True) if is_common]
    listed = ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "")
    lines = [
        f"  rule: on each page with attention {rule}, by attention; before that the firm's own names and brands and "
        f"{len(shown)} words that more than {selection.max_firm_share:.0%} of the firms use are left out"
        + (f" ({listed})" if shown else "")
    ]
    if selection.min_contrast is not None:
        lines.append(
            "  contrast: not known, every page has attention; no word is left out for it"
            if selected.contrast is None
            else f"  contrast: words less than {np.exp(selection.min_contrast):.1f} times as frequent on pages with "
            "attention as on others are left out"
        )
    return lines
