"""Which groups are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from ipml.corpus import COUNTRIES, FIRM_TYPES
from ipml.evaluation.angles import Array, industry_cells
from ipml.evaluation.cluster_effects import numbered
from ipml.evaluation.rows import BETWEEN_COUNTRIES, BETWEEN_FIRM_TYPES, MEAN
from ipml.evaluation.sample import ClusteredSample, Rows, Sample


@dataclass(frozen=True)
class Group:
    """Firms of one country and type, and the conversion matrix that was estimated for them.

    Attributes
    ----------
    sample
        Their P and T about the centre, which of them A was fitted on, and the strength of its penalty.
    industries
        Industry of each firm, None where it is unknown.
    conversion_matrix
        A of the registered mapping, shape (p, t).
    model
        Name and version of that mapping, as ``mapping-JP-established/3``.
    clusters
        Which firms' errors go together: industry or corporate group of each firm, None for a firm that shares
        none. None: no firm does.
    centre
        Centre of that mapping, shape (d,); None: the origin.
    """

    country: str
    firm_type: str
    sample: Sample
    industries: Sequence[str | None]
    conversion_matrix: Array
    model: str
    clusters: Sequence[str | None] | None = None
    centre: Array | None = None

    @property
    def name(self) -> str:
        """Country and firm type, as ``JP established``."""
        return f"{self.country} {self.firm_type}"

    def __len__(self) -> int:
        return len(self.industries)

    @cached_property
    def clustered(self) -> ClusteredSample | None:
        """The same firms, with errors that go together in clusters; None where there are no clusters."""
        if self.clusters is None:
            return None
        sample = self.sample
        labels = np.array([name if isinstance(name, str) else None for name in self.clusters], dtype=object)
        return ClusteredSample(
            sample.product_vectors,
            sample.technology_vectors,
            sample.fitted,
            sample.strength,
            numbered(labels),
        )


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


def common_cells(pair: Pair, min_industry_firms: int) -> tuple[list[str], list[list[Rows]]]:
    """Industries with enough firms in both groups, and each group's rows: of all its firms, then of each industry."""
    groups = pair.first, pair.second
    by_industry = [industry_cells(group.industries, min_industry_firms) for group in groups]
    industries = sorted(by_industry[0].keys() & by_industry[1].keys())
    cells = [
        [np.arange(len(group)), *(of_group[name] for name in industries)]
        for group, of_group in zip(groups, by_industry, strict=True)
    ]
    return industries, cells
