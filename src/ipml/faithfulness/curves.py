"""Deletion and insertion curves, and what they come to for each firm. Arrays in, arrays out.

Comprehensiveness, sufficiency and their AOPC: DeYoung et al., "ERASER", ACL 2020, section 5.2. Deletion and
insertion: Petsiuk, Das & Saenko, "RISE", BMVC 2018; Samek et al., IEEE TNNLS 2017.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """Probability of the class that a model predicts from the whole site, with some of its words.

    Attributes
    ----------
    grid
        Shares q of a firm's tokens, from 0 to 1, (Q,).
    deletion
        Without the top q of the tokens, (F, Q): from the whole site to none of it.
    insertion
        With the top q alone, (F, Q): from none of the site to the whole.
    """

    grid: Floats
    deletion: Floats
    insertion: Floats

    def figures(self, share: float) -> dict[str, Floats]:
        """Compute the figures of each firm, (F,); comprehensiveness and sufficiency at ``share`` of the grid.

        The AOPC is the mean over the grid without 0 and 1, where all orders are alike; the areas are those under
        the curves from 0 to 1.
        """
        full = self.deletion[:, :1]
        comprehensiveness, sufficiency = full - self.deletion, full - self.insertion
        at = int(np.flatnonzero(self.grid == share)[0])
        return {
            "comprehensiveness": comprehensiveness[:, at],
            "sufficiency": sufficiency[:, at],
            "aopc_comprehensiveness": comprehensiveness[:, 1:-1].mean(axis=1),
            "aopc_sufficiency": sufficiency[:, 1:-1].mean(axis=1),
            "deletion_area": np.trapezoid(self.deletion, self.grid, axis=1),
            "insertion_area": np.trapezoid(self.insertion, self.grid, axis=1),
        }


def arrays_of_curves(curves: Mapping[str, Curves]) -> dict[str, Floats]:
    """Write the curves of several orders as arrays, by ``deletion/ORDER`` and ``insertion/ORDER``."""
    deletion = {f"deletion/{name}": of_order.deletion for name, of_order in curves.items()}
    return deletion | {f"insertion/{name}": of_order.insertion for name, of_order in curves.items()}


def curves_of_arrays(grid: Floats, arrays: Mapping[str, Floats], orders: Sequence[str]) -> dict[str, Curves]:
    """Read what `arrays_of_curves` wrote, in the order of the names."""
    return {name: Curves(grid, arrays[f"deletion/{name}"], arrays[f"insertion/{name}"]) for name in orders}


def depths(
    importance: npt.NDArray[np.floating],
    counts: npt.NDArray[np.floating],
    firm: npt.NDArray[np.integer],
    ties: npt.NDArray[np.floating],
) -> Floats:
    """Compute how far down its firm's order each entry lies: 0 is the top, 1 the end.

    Parameters
    ----------
    importance
        Of each entry (a distinct word on a page), (E,); the highest comes first.
    counts
        Tokens of each entry, which go together, (E,).
    firm
        Number of its firm, 0 to F - 1, (E,).
    ties
        Decide between entries of equal importance, the lowest first, (E,).

    Returns
    -------
    Share of the firm's tokens before the middle of the entry, (E,). The top q are the entries with a depth below
    q: their tokens are rounded to the nearest whole entry, so no order takes more than another by its repeats.
    """
    order = np.lexsort((ties, -importance, firm))
    tokens, owner = counts[order].astype(np.float64), firm[order]
    total = np.bincount(firm, weights=counts)
    first = np.cumsum(total) - total
    depth = np.empty(len(order))
    depth[order] = (np.cumsum(tokens) - tokens / 2 - first[owner]) / total[owner]
    return depth


def mean_curves(draws: Sequence[Curves]) -> Curves:
    """Average the curves of several draws of an order."""
    return Curves(
        draws[0].grid,
        np.mean([curves.deletion for curves in draws], axis=0),
        np.mean([curves.insertion for curves in draws], axis=0),
    )
