"""Which groups are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from ipml.codes import code_names
from ipml.evaluation.estimates.cluster_effects import numbered
from ipml.evaluation.estimates.plug_in import industry_cells, plug_in_angles
from ipml.evaluation.estimates.sample import ClusteredSample, Rows, Sample
from ipml.evaluation.results import (
    BETWEEN_COUNTRIES,
    BETWEEN_FIRM_TYPES,
    GROUP,
    INDUSTRY,
    INDUSTRY_MEAN,
    MEAN,
    Row,
)
from ipml.statistics.angles import Array


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
    def groups(self) -> tuple[Group, Group]:
        """Both groups."""
        return self.first, self.second

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

    def row(self, method: str, simulated: bool) -> Row:
        """Row of its angle that has its value, direction and level still to get."""
        return Row(
            what="angle",
            comparison=self.comparison,
            group=self.name,
            method=method,
            value=0.0,
            n1=len(self.first),
            n2=len(self.second),
            simulated=simulated,
            models=f"{self.first.model} {self.second.model}",
        )

    def plug_in(self, matrices: Sequence[Array], cells: Sequence[Sequence[Rows]]) -> list[Array]:
        """Plug-in angles of the cells of each group through the matrix of the other, by direction: each (k,)."""
        return [
            plug_in_angles(
                group.sample.product_vectors, group.sample.technology_vectors, matrices[1 - side], cells[side]
            )
            for side, group in enumerate(self.groups)
        ]


def list_pairs(groups: Sequence[Group]) -> list[Pair]:
    """All pairs of countries within a firm type, then all pairs of firm types within a country.

    Which group of a pair is the first says the ``order`` in the files of their countries and firm types.
    """
    countries, firm_types = code_names("country"), code_names("firm_type")
    known = {(group.country, group.firm_type): group for group in groups}
    candidates = [
        (BETWEEN_COUNTRIES, (first, firm_type), (second, firm_type))
        for firm_type in firm_types
        for first, second in combinations(countries, 2)
    ] + [
        (BETWEEN_FIRM_TYPES, (country, first), (country, second))
        for country in countries
        for first, second in combinations(firm_types, 2)
    ]
    return [Pair(kind, known[a], known[b]) for kind, a, b in candidates if a in known and b in known]


def common_cells(pair: Pair, min_industry_firms: int) -> tuple[list[str], list[list[Rows]]]:
    """Industries with enough firms in both groups, and each group's rows: of all its firms, then of each industry."""
    by_industry = [industry_cells(group.industries, min_industry_firms) for group in pair.groups]
    industries = sorted(by_industry[0].keys() & by_industry[1].keys())
    cells = [
        [np.arange(len(group)), *(of_group[name] for name in industries)]
        for group, of_group in zip(pair.groups, by_industry, strict=True)
    ]
    return industries, cells


@dataclass(frozen=True)
class Level:
    """Which of the cells of `common_cells` a figure is the mean of: number 0 is the whole group, then industries."""

    name: str
    industry: str | None
    cells: list[int]


def mean_levels(industries: Sequence[str]) -> list[Level]:
    """Whole groups, and the mean over industries if there are any."""
    every = list(range(1, len(industries) + 1))
    return [Level(GROUP, None, [0]), *([Level(INDUSTRY_MEAN, None, every)] if every else [])]


def all_levels(industries: Sequence[str]) -> list[Level]:
    """Those of `mean_levels`, then each industry."""
    single = [Level(INDUSTRY, name, [cell]) for cell, name in enumerate(industries, start=1)]
    return [*mean_levels(industries), *single]
