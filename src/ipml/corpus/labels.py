"""Which firms hold patents, as far as the corpus knows."""

import pandas as pd

from ipml.corpus.storage import Corpus
from ipml.errors import InputError


def labelled_firms(corpus: Corpus, country: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Find the firms of a country whose ``has_patent`` is known, by ``firm_id``, and those left out and why.

    Raises
    ------
    InputError
        If no firm has a label, or all have the same.
    """
    firms = corpus.firms(country).set_index("firm_id")
    if firms.empty:
        raise InputError(f"country={country}: no firm of this country in {corpus.root}")
    known = firms[firms["has_patent"].notna()]
    if known.empty:
        raise InputError(
            f"country={country}: has_patent is unknown for all {len(firms)} firms in {corpus.root}; "
            "needed: some true and some false"
        )
    with_patents = int(known["has_patent"].astype(bool).sum())
    if with_patents in (0, len(known)):
        value = "true" if with_patents else "false"
        raise InputError(
            f"country={country}: has_patent is {value} for all {len(known)} firms where it is known, in "
            f"{corpus.root}; needed: some true and some false"
        )
    return known, {"has_patent unknown": firms.index[firms["has_patent"].isna()].tolist()}
