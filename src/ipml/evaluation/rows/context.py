"""What an evaluator is, and what it reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import pandas as pd

from ipml.evaluation.pairs import Group, Pair
from ipml.evaluation.read_groups import RegisteredGroups
from ipml.evaluation.read_words import AlignedWords, CountryWords
from ipml.evaluation.results import LeftOut, Row
from ipml.tracking import Workspace


@dataclass(frozen=True)
class Context:
    """Groups of firms with all that is known of them, and how their figures are to be made.

    Attributes
    ----------
    found
        All groups, with the registered models they come from.
    groups, pairs
        Those that rows are wanted of: all, or one.
    words
        Words of each country's firms.
    aligned_words
        What is known of the errors of aligned words.
    true_angles
        Planted angles of the simulated world (`simulation.truth.Truth.angles`); None for real firms.
    workspace
        Where runs and models are.
    alias
        Alias of the registered models that are read.
    min_industry_firms
        An industry counts where both groups have at least that many firms in it.
    confidence
        Nominal coverage of intervals.
    seed
        Of all that is drawn.
    notes
        What was left out, and why: an evaluator adds a line, which is printed.
    left_out
        Rows that would live on too little: an evaluator adds them in place of its rows; printed and kept as a table.
    """

    found: RegisteredGroups
    groups: Sequence[Group]
    pairs: Sequence[Pair]
    words: Mapping[str, CountryWords]
    aligned_words: AlignedWords
    true_angles: pd.DataFrame | None
    workspace: Workspace
    alias: str
    min_industry_firms: int
    confidence: float
    seed: int
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def simulated(self) -> bool:
        """Whether the firms are."""
        return self.found.simulated

    def of_pair(self, pair: Pair) -> "Context":
        """Return the same for the rows of one pair."""
        return replace(self, pairs=[pair], groups=pair.groups)

    def of_group(self, group: Group) -> "Context":
        """Return the same for the rows of one group."""
        return replace(self, pairs=[], groups=[group])


class Evaluator(Protocol):
    """Makes rows of the results; its options are those of its entry in ``conf/evaluate.yaml``."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs or groups."""
        ...
