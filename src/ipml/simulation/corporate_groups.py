"""Firms that belong together, and patents that one of them holds for another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.settings.world import Firms

Numbers = npt.NDArray[np.int64]
NO_GROUP = -1
_SIZES = (2, 3, 4)


@dataclass(frozen=True)
class CorporateGroups:
    """Corporate groups of n firms.

    Attributes
    ----------
    number
        Of each firm's group, `NO_GROUP` without one, shape (n,).
    holder
        Row number of the firm that holds the patents on what a firm invents: mostly itself. Shape (n,).
    """

    number: Numbers
    holder: Numbers

    def hands_over(self) -> npt.NDArray[np.bool_]:
        """Whether another firm holds a firm's patents, shape (n,)."""
        return self.holder != np.arange(len(self.holder))


def draw_corporate_groups(
    country: Numbers,
    industry: Numbers,
    invents: npt.NDArray[np.bool_],
    settings: Firms,
    rng: np.random.Generator,
) -> CorporateGroups:
    """Draw groups of two to four firms of one country and industry.

    The first firm of a group that invents is its parent; each further one that does hands its patents over to it with
    probability ``patents_at_parent``.

    Parameters
    ----------
    country, industry
        Numbers of each firm, shape (n,).
    invents
        Whether there are patents on what a firm invents, shape (n,).
    """
    number, holder = np.full(len(country), NO_GROUP), np.arange(len(country))
    chosen = np.flatnonzero(rng.random(len(country)) < settings.in_corporate_groups)
    _, cell = np.unique(np.stack([country[chosen], industry[chosen]]), axis=1, return_inverse=True)
    count = 0
    for k in range(cell.max(initial=-1) + 1):
        members = rng.permutation(chosen[cell.ravel() == k])
        while len(members) >= min(_SIZES):
            group, members = np.split(members, [min(int(rng.choice(_SIZES)), len(members))])
            number[group] = count
            count += 1
            inventors = np.sort(group[invents[group]])
            given = inventors[1:][rng.random(len(inventors[1:])) < settings.patents_at_parent]
            holder[given] = inventors[:1].repeat(len(given))
    return CorporateGroups(number, holder)
