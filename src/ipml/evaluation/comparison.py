"""Which groups are compared, and every figure of a comparison as a tidy row."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.corpus import COUNTRIES, FIRM_TYPES
from ipml.evaluation.angles import (
    Array,
    conversion_angle,
    industry_cells,
    plug_in_angles,
    technology_mix_angle,
)
from ipml.evaluation.inference import Contrast, Sample, both_directions, contrast, debiased_angle

GROUP, INDUSTRY_MEAN, INDUSTRY = "group", "industry_mean", "industry"
MEAN = "mean"
PLUG_IN, DEBIASED, PLANTED, PUBLISHED = "plug_in", "debiased", "planted", "published"
BETWEEN_COUNTRIES, BETWEEN_FIRM_TYPES = "countries", "firm_types"


@dataclass(frozen=True)
class Group:
    """Firms of one country and type, and the conversion matrix that was estimated for them.

    Attributes
    ----------
    sample
        Their P and T, which of them A was fitted on, and the strength of its penalty.
    industries
        Industry of each firm, None where it is unknown.
    conversion_matrix
        A of the registered mapping, shape (p, t).
    model
        Name and version of that mapping, as ``mapping-JP-established/3``.
    """

    country: str
    firm_type: str
    sample: Sample
    industries: Sequence[str | None]
    conversion_matrix: Array
    model: str

    @property
    def name(self) -> str:
        """Country and firm type, as ``JP established``."""
        return f"{self.country} {self.firm_type}"

    def __len__(self) -> int:
        return len(self.industries)


@dataclass(frozen=True)
class Row:
    """One figure. Columns of the results table; units and meanings stand in ``docs/estimand.md``."""

    what: str  # angle, technology_mix, conversion, alignment_control, train_cosine, test_cosine
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
    n1: int | None = None  # firms of the group named first
    n2: int | None = None
    unit: str = "degrees"
    simulated: bool = False
    models: str = ""


COLUMNS = [field.name for field in fields(Row)]


@dataclass(frozen=True)
class Pair:
    """Two groups that differ in country or in firm type, but not in both."""

    comparison: str
    first: Group
    second: Group

    @property
    def name(self) -> str:
        """Label, as ``JP-US established`` or ``JP high_growth-established``."""
        if self.comparison == BETWEEN_COUNTRIES:
            return f"{self.first.country}-{self.second.country} {self.first.firm_type}"
        return f"{self.first.country} {self.first.firm_type}-{self.second.firm_type}"

    @property
    def sides(self) -> tuple[str, str]:
        """What differs, as ``("JP", "US")``."""
        key = "country" if self.comparison == BETWEEN_COUNTRIES else "firm_type"
        return getattr(self.first, key), getattr(self.second, key)

    @property
    def directions(self) -> tuple[str, str, str]:
        """Labels of the two directions and of their mean."""
        first, second = self.sides
        return f"{first}->{second}", f"{second}->{first}", MEAN


def list_pairs(groups: Sequence[Group]) -> list[Pair]:
    """All pairs of countries within a firm type, then all pairs of firm types within a country."""
    known = {(group.country, group.firm_type): group for group in groups}
    candidates = [
        (BETWEEN_COUNTRIES, (first, firm_type), (second, firm_type))
        for firm_type in FIRM_TYPES
        for first, second in combinations(COUNTRIES, 2)
    ] + [
        (BETWEEN_FIRM_TYPES, (country, first), (country, second))
        for country in COUNTRIES
        for first, second in combinations(FIRM_TYPES, 2)
    ]
    return [Pair(kind, known[a], known[b]) for kind, a, b in candidates if a in known and b in known]


def compare(pair: Pair, min_industry_firms: int, confidence: float, simulated: bool) -> list[Row]:
    """Angles in both directions and their mean, at every level, and the parts they consist of.

    The mean of a plug-in angle is that of degrees, over industries and over directions, as in the published
    table; a debiased mean is that of squared chords, turned into degrees, because those can be corrected.

    Parameters
    ----------
    pair
        The groups.
    min_industry_firms
        An industry counts where both groups have at least that many firms in it.
    confidence
        Nominal coverage of the intervals.
    simulated
        Whether the firms are.
    """
    groups = pair.first, pair.second
    by_industry = [industry_cells(group.industries, min_industry_firms) for group in groups]
    industries = sorted(by_industry[0].keys() & by_industry[1].keys())
    cells = [
        [np.arange(len(group)), *(of_group[name] for name in industries)]
        for group, of_group in zip(groups, by_industry, strict=True)
    ]
    through = [_through(groups[side], groups[1 - side], cells[side]) for side in (0, 1)]
    rows = []
    for level, industry, taken in _levels(industries):
        n1, n2 = (sum(len(of_group[cell]) for cell in taken) for of_group in cells)
        angles = [of_direction[taken] for of_direction, _ in through]
        contrasts = [of_direction.take(taken) for _, of_direction in through]
        angles.append((angles[0] + angles[1]) / 2)
        contrasts.append(both_directions(*contrasts))
        for direction, plug_in, of in zip(pair.directions, angles, contrasts, strict=True):
            row = Row(
                what="angle",
                comparison=pair.comparison,
                group=pair.name,
                method=PLUG_IN,
                value=float(plug_in.mean()),
                direction=direction,
                level=level,
                industry=industry,
                sd=float(plug_in.std(ddof=1)) if len(taken) > 1 else None,
                n1=n1,
                n2=n2,
                simulated=simulated,
                models=f"{groups[0].model} {groups[1].model}",
            )
            value, low, high = debiased_angle(of, confidence)
            rows.append(row)
            rows.append(replace(row, method=DEBIASED, value=value, low=low, high=high, sd=None))
    return rows + _parts(pair, replace(rows[0], direction=None))


def _levels(industries: Sequence[str]) -> list[tuple[str, str | None, list[int]]]:
    """Level, industry, and the numbers of its cells: cell 0 is the whole group, then come the industries."""
    every = list(range(1, len(industries) + 1))
    mean = [(INDUSTRY_MEAN, None, every)] if industries else []
    each = [(INDUSTRY, name, [cell]) for name, cell in zip(industries, every, strict=True)]
    return [(GROUP, None, [0]), *mean, *each]


def _through(own: Group, other: Group, cells: Sequence[npt.NDArray[np.intp]]) -> tuple[Array, Contrast]:
    """Angle per cell of what a group sells to its technology through another's A: plug-in and contrast."""
    sample = own.sample
    plug_in = plug_in_angles(
        sample.product_vectors, sample.technology_vectors, other.conversion_matrix, cells
    )
    return plug_in, contrast(sample, other.sample, cells)


def _parts(pair: Pair, row: Row) -> list[Row]:
    """Difference of technology, and difference of conversion of a common technology."""
    A1, A2 = pair.first.conversion_matrix, pair.second.conversion_matrix
    T1, T2 = pair.first.sample.technology_vectors, pair.second.sample.technology_vectors
    return [
        replace(row, what="technology_mix", value=technology_mix_angle(T1, T2)),
        replace(row, what="conversion", value=conversion_angle(A1, A2, T1, T2)),
    ]


def as_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table with the columns of `Row`; numbers and texts may be missing."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=COLUMNS)
    return frame.astype(dict.fromkeys(["value", "low", "high", "sd"], float) | {"n1": "Int64", "n2": "Int64"})
