"""The firm that a picture is asked for, and what is said where there is no such firm."""

from difflib import get_close_matches
from typing import Any

from ipml.corpus import Corpus
from ipml.errors import InputError
from ipml.firm_picture.harmless import visible

Firm = dict[str, Any]  # column of the table of firms to value
_NAMED = 5


def find_firm(corpus: Corpus, country: str, firm_id: str) -> Firm:
    """Row of a firm in the table of firms.

    Raises
    ------
    InputError
        If the country has no such firm; the message names firms whose identifier is near.
    """
    firms = corpus.firms()
    row = firms[firms["firm_id"] == firm_id]
    said = visible(firm_id)
    if row.empty:
        own = firms.loc[firms["country"] == country, "firm_id"].tolist()
        near = get_close_matches(firm_id, own, n=_NAMED) or own[:_NAMED]
        listed = ", ".join(visible(other) for other in near) or "none"
        raise InputError(
            f"firm={said}: not among the {len(own):,} firms of country={country} in {corpus.root}; near: {listed}"
        )
    found = {str(column): value for column, value in row.iloc[0].items()}
    if found["country"] != country:
        raise InputError(
            f"firm={said}: a firm of {found['country']}; allowed with it: country={found['country']}"
        )
    return found


def firm_names(firm: Firm) -> tuple[str, ...]:
    """Names of a firm that are known, the English one first, each once."""
    names = [firm[column] for column in ("name", "name_local")]
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name.strip()))


def firm_facts(firm: Firm) -> list[tuple[str, str]]:
    """Label and text of what the table of firms says of a firm."""
    patents = {True: "yes", False: "no"}.get(firm["has_patent"], "unknown")
    known = {
        name: firm[name].replace("_", " ") if isinstance(firm[name], str) else "unknown"
        for name in ("firm_type", "industry")
    }
    return [
        ("Firm", firm["firm_id"]),
        ("Country", firm["country"]),
        ("Type", known["firm_type"]),
        ("Industry", known["industry"]),
        ("Holds patents, as listed", patents),
    ]
