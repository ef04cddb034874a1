"""Every figure of an evaluation as a tidy row."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd

from ipml.evaluation.estimates.inference import holm

GROUP, INDUSTRY_MEAN, INDUSTRY = "group", "industry_mean", "industry"
MEAN = "mean"
DEGREES = "degrees"
PLUG_IN, DEBIASED, CLUSTERED, PLANTED, PUBLISHED = "plug_in", "debiased", "clustered", "planted", "published"
WORD_ERRORS = "word_errors"
FIRM_LEVEL = "firm_"  # begins the names of what the matrices of a pair explain of single firms
BETWEEN_COUNTRIES, BETWEEN_FIRM_TYPES, MAPPING = "countries", "firm_types", "mapping"


@dataclass(frozen=True)
class Row:
    """One figure. Columns of the results table; units and meanings stand in ``docs/estimand.md``."""

    what: str  # angle, floor, excess, technology_mix, conversion, overlap, firm_r2, test_cosine and so on
    comparison: str  # countries, firm_types; mapping for the accuracies
    group: str
    method: str
    value: float
    direction: str | None = None  # as JP->US: the firms of JP through the A of US; or mean
    level: str = GROUP  # group, industry_mean, industry
    industry: str | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None  # over industries
    p_value: float | None = None  # of an angle of 0: "same A"
    p_adjusted: float | None = None  # for all tests of one method, level and direction
    n1: int | None = None  # firms of the group named first
    n2: int | None = None
    unit: str = DEGREES
    simulated: bool = False
    models: str = ""
    vectors: str | None = (
        None  # what the firms' vectors are of: words or texts; the stage says it of all rows
    )
    diagnostics: str = (
        ""  # of the dual_attn models behind it: passed, or which failed and which are not known
    )


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not given, because they would live on too little."""

    what: str  # as of a row
    method: str
    group: str  # of a pair or a mapping, as of a row
    n: float  # how many there are
    least: float  # how many are needed
    of: str  # what is counted, in words

    @property
    def reason(self) -> str:
        """The reason in words."""
        return f"{self.n:.3g} {self.of}; at least {self.least:g} are needed"


LEFT_OUT_COLUMNS = [*(field.name for field in fields(LeftOut)), "reason"]


def left_out_table(left_out: Sequence[LeftOut]) -> pd.DataFrame:
    """Table of what is left out, with the fields of `LeftOut` and the reason."""
    rows = [{**asdict(one), "reason": one.reason} for one in left_out]
    return pd.DataFrame(rows, columns=LEFT_OUT_COLUMNS).astype({"n": float, "least": float})


def left_out_notes(left_out: Sequence[LeftOut]) -> list[str]:
    """A line for each kind of row and reason, with the pairs or groups that lack it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in left_out:
        title = one.method if one.what == "angle" else f"{one.what} ({one.method})"
        groups.setdefault((title, one.reason), []).append(one.group)
    return [f"left out: {title} of {', '.join(names)}: {reason}" for (title, reason), names in groups.items()]


COLUMNS = [field.name for field in fields(Row)]
_NUMBERS = ["value", "low", "high", "sd", "p_value", "p_adjusted"]


def as_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table with the columns of `Row`; numbers and texts may be missing."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=COLUMNS)
    return frame.astype(dict.fromkeys(_NUMBERS, float) | {"n1": "Int64", "n2": "Int64"})


def adjust(results: pd.DataFrame) -> pd.DataFrame:
    """Fill ``p_adjusted`` of the results: one family of tests is one method at one level in one direction.

    Directions of different pairs (``JP->US``, ``high_growth->established``) are one family, as are those of
    single industries over all pairs.
    """
    results = results.copy()
    tested = results[results["p_value"].notna()]
    one_way = tested["direction"].where(tested["direction"] == MEAN, "one way")
    for _, rows in tested.groupby(["what", "method", "level", one_way]):
        results.loc[rows.index, "p_adjusted"] = holm(rows["p_value"].to_numpy())
    return results
