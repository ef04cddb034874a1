"""Where a firm falls in every split: decided by a hash of its identifier and nothing else.

A firm keeps its place when other firms are added or removed, and every stage asks the same function, so
that a firm held out from one stage can be told apart in the next.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

_RESOLUTION = 2**53


def split_position(firm_ids: Iterable[str], seed: int, purpose: str = "") -> npt.NDArray[np.float64]:
    """Position of each firm in [0, 1), uniform over firms.

    Parameters
    ----------
    firm_ids
        Identifiers, length n.
    seed
        Another seed gives another split.
    purpose
        Splits for different purposes (``"mapping"``, ``"folds"``) are independent of each other.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> position = split_position(["JP-1301", "JP-1332"], seed=0)
    >>> bool((position == split_position(["JP-1301", "JP-1332"], seed=0)).all())
    True
    """
    return np.array(
        [
            int.from_bytes(hashlib.sha256(f"{seed}\x1f{purpose}\x1f{firm_id}".encode()).digest()[:8], "big")
            // 2**11
            / _RESOLUTION
            for firm_id in firm_ids
        ],
        dtype=np.float64,
    )


def stratified_folds(
    firm_ids: Iterable[str],
    strata: npt.NDArray[Any],
    n_folds: int,
    seed: int,
    groups: npt.NDArray[Any] | None = None,
) -> npt.NDArray[np.int64]:
    """Cross-fitting fold of each firm, 0 to ``n_folds - 1``: folds of one size, alike in their strata, shape (n,).

    The firms of a stratum stand in the order of `split_position` and are cut into equal pieces, so that a firm that
    comes or goes moves few others. Firms of one group, (n,), are in the fold of that of them which stands
    first, as those whose texts are the same word for word.
    """
    position = split_position(firm_ids, seed, "folds")
    folds = np.zeros(len(position), dtype=np.int64)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        order = members[np.argsort(position[members], kind="stable")]
        folds[order] = np.arange(len(members)) * n_folds // len(members)
    return _together(folds, groups, position)


def stratified_part(
    firm_ids: Iterable[str],
    strata: npt.NDArray[Any],
    share: float,
    seed: int,
    purpose: str,
    groups: npt.NDArray[Any] | None = None,
) -> npt.NDArray[np.bool_]:
    """Choose a share of the firms of each stratum, rounded up, for parts that must have every class in them.

    Parameters
    ----------
    firm_ids, strata
        Identifier and stratum of each of n firms.
    share
        Share to choose, 0 to 1.
    seed, purpose
        As for `split_position`: the firms that stand first there are chosen.
    groups
        Firms of one group are chosen together or not at all, as that of them which stands first, (n,).

    Returns
    -------
    array of shape (n,)
    """
    position = split_position(firm_ids, seed, purpose)
    chosen = np.zeros(len(position), dtype=bool)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        order = members[np.argsort(position[members], kind="stable")]
        chosen[order[: int(np.ceil(share * len(members)))]] = True
    return _together(chosen, groups, position)


def _together(
    parts: npt.NDArray[Any], groups: npt.NDArray[Any] | None, position: npt.NDArray[np.float64]
) -> npt.NDArray[Any]:
    """Give each of n firms the part of that firm of its group that stands first."""
    if groups is None:
        return parts
    order = np.argsort(position, kind="stable")
    _, first, group = np.unique(groups[order], return_index=True, return_inverse=True)
    together = np.empty_like(parts)
    together[order] = parts[order[first]][group]
    return together
