"""Training, validation and test firms of a group, and their vectors as the pairs that a map is fitted on."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ipml.corpus import split_position
from ipml.errors import GroupTooSmallError, InputError
from ipml.mapping.settings import MappingModel, PooledModel
from ipml.vectors.table import FirmVectors

SPLIT = "mapping"  # purpose of the split: the same firms are test firms in both directions and when pooled
DIRECTIONS = {"forward": "mapping", "reverse": "mapping_reverse"}  # name in the registry

Vectors = npt.NDArray[np.float64]


class Parts(NamedTuple):
    """Firms of a group by what they are for."""

    train: FirmVectors
    validation: FirmVectors
    test: FirmVectors


class Pairs(NamedTuple):
    """What a map goes from and to, both (n, d)."""

    source: Vectors
    target: Vectors


class PartPairs(NamedTuple):
    """The pairs of the firms of each part."""

    train: Pairs
    validation: Pairs
    test: Pairs


def split(vectors: FirmVectors, model: MappingModel | PooledModel, seed: int, group: str) -> Parts:
    """Training, validation and test firms, by a hash of firm_id; validation is cut from training.

    Raises
    ------
    GroupTooSmallError
        If a group, which is named, has fewer than ``model.min_firms`` firms or none in a part that needs some.
    """
    if len(vectors) < model.min_firms:
        raise GroupTooSmallError(
            f"{group}: {len(vectors)} firms with both vectors; model.min_firms={model.min_firms} are needed"
        )
    firm_ids = vectors.firms["firm_id"]
    in_train = split_position(firm_ids, seed, SPLIT) < model.train_share
    in_validation = in_train & (
        split_position(firm_ids, seed, f"{SPLIT} validation") < model.validation_share
    )
    parts = in_train & ~in_validation, in_validation, ~in_train
    if not parts[0].any() or not parts[2].any():
        raise GroupTooSmallError(
            f"{group}: {int(parts[0].sum())} firms for training and {int(parts[2].sum())} for test "
            f"(model.train_share={model.train_share}); both are needed"
        )
    return Parts(*(vectors.where(part) for part in parts))


def pairs(firms: FirmVectors, direction: str, centre: Vectors | None) -> Pairs:
    """Technology and products of firms (``forward``) or the other way round (``reverse``), about a centre.

    Raises
    ------
    InputError
        If the centre is of another space than the firms' vectors.
    """
    if centre is not None and len(centre) != firms.P.shape[1]:
        raise InputError(
            f"model.centre=words: words have {len(centre)} numbers, the firms' vectors {firms.P.shape[1]}: they are of "
            "an encoder of texts, which has no list of words; allowed with it: model.centre=null"
        )
    origin = 0.0 if centre is None else centre
    return _pairs(firms.T - origin, firms.P - origin, direction)


def error_pairs(firms: FirmVectors, direction: str) -> Pairs | None:
    """Errors of both vectors of the firms, in the order of `pairs`; None for firm vectors made without."""
    if firms.T_error is None or firms.P_error is None:
        return None
    return _pairs(firms.T_error, firms.P_error, direction)


def _pairs(technology: npt.NDArray[Any], products: npt.NDArray[Any], direction: str) -> Pairs:
    T, P = np.asarray(technology, dtype=np.float64), np.asarray(products, dtype=np.float64)
    return Pairs(T, P) if direction == "forward" else Pairs(P, T)
