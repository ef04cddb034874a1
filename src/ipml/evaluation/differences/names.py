"""Names of the parts of a difference: the words, patents, IPC classes and firms that stand at their ends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.evaluation.differences.decomposition import Differences
from ipml.statistics.angles import Array, directions

SIZE, WORD, MADE_WORD, PATENT, IPC, FIRM = "size", "word", "made_word", "patent", "ipc_class", "firm"
PLUS, MINUS, FIRST, SECOND = "+", "-", "first", "second"
SIZE_UNIT, COSINE, DEVIATIONS = "length of P", "cosine", "standard deviations"
MIN_CLASS_PATENTS = 5
_CLASS_LETTERS = 4


@dataclass(frozen=True)
class DifferenceRow:
    """One figure or one name of a part; columns of ``differences.csv``."""

    pair: str
    part: int  # 1: the largest difference
    what: str  # size, word, made_word, patent, ipc_class, firm
    value: float
    unit: str
    # + or -: end of the technology direction; first, second: what that group makes of it
    side: str | None = None
    rank: int | None = None
    name: str | None = None
    identifier: str | None = None  # of a firm or a patent
    country: str | None = None
    n: int | None = None  # patents of an IPC class
    share: float | None = None  # of the mean squared difference of the products
    null_value: float | None = None  # mean where both groups convert alike
    null_share: float | None = None
    p_value: float | None = None  # share of null draws with a part of this rank as large
    simulated: bool = False
    models: str = ""


def as_table(rows: Sequence[DifferenceRow]) -> pd.DataFrame:
    """Rows as a table with the columns of `DifferenceRow`."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=[f.name for f in fields(DifferenceRow)])
    numbers = ["value", "share", "null_value", "null_share", "p_value"]
    return frame.astype(dict.fromkeys(numbers, float) | {"rank": "Int64", "n": "Int64"})


def size_rows(found: Differences, null: Array, count: int, row: DifferenceRow) -> Iterator[DifferenceRow]:
    """Size and share of the first ``count`` parts, beside those of draws (draws, r) in which both convert alike."""
    null_shares = np.square(null) / np.square(null).sum(axis=1, keepdims=True)
    for part in range(min(count, len(found.sizes))):
        size = float(found.sizes[part])
        yield replace(
            row,
            part=part + 1,
            what=SIZE,
            unit=SIZE_UNIT,
            value=size,
            share=float(found.shares[part]),
            null_value=float(null[:, part].mean()),
            null_share=float(null_shares[:, part].mean()),
            p_value=float((1 + (null[:, part] >= size).sum()) / (1 + len(null))),
        )


def word_rows(
    found: Differences,
    matrices: tuple[Array, Array],
    words: Sequence[str],
    vectors: npt.NDArray[Any],
    counts: tuple[int, int],
    row: DifferenceRow,
) -> Iterator[DifferenceRow]:
    """Words nearest to both ends of each part's technology, and to what each group makes of its positive end.

    Parameters
    ----------
    matrices
        A of the two groups, shape (p, t).
    words, vectors
        Words of the reference language, and their vectors at length 1, shape (w, d).
    counts
        Numbers of parts and of words.
    """
    n_parts, n_names = counts
    for part, technology in enumerate(found.technologies[:n_parts]):
        first, second = (A @ technology for A in matrices)
        named = [(WORD, PLUS, technology), (WORD, MINUS, -technology)]
        for what, side, direction in [*named, (MADE_WORD, FIRST, first), (MADE_WORD, SECOND, second)]:
            cosines = vectors @ directions(direction)
            for rank, word in enumerate(np.argsort(-cosines, kind="stable")[:n_names]):
                yield replace(
                    row, part=part + 1, what=what, unit=COSINE, value=float(cosines[word]), side=side,
                    rank=rank + 1, name=words[word],
                )  # fmt: skip


def extreme_rows(
    frame: pd.DataFrame, coordinates: Array, counts: tuple[int, int], row: DifferenceRow
) -> Iterator[DifferenceRow]:
    """Firms, patents or classes with most and least of each part.

    Parameters
    ----------
    frame
        Their columns ``name``, ``identifier``, ``country`` and ``n``, as far as there are any: m rows.
    coordinates
        How much of each part they have, shape (m, k).
    counts
        Numbers of parts and of names at each end.
    """
    n_parts, n_names = counts
    described: Sequence[Mapping[Any, Any]] = frame.to_dict("records")
    for part, values in enumerate(coordinates.T[:n_parts]):
        for side, order in (
            (PLUS, np.argsort(-values, kind="stable")),
            (MINUS, np.argsort(values, kind="stable")),
        ):
            for rank, number in enumerate(order[:n_names]):
                value = float(values[number])
                yield replace(
                    row,
                    part=part + 1,
                    unit=DEVIATIONS,
                    value=value,
                    side=side,
                    rank=rank + 1,
                    **described[number],
                )


def class_means(ipc: Sequence[str | None], coordinates: Array) -> tuple[pd.DataFrame, Array]:
    """Mean coordinates of the patents of each IPC class (its first four characters) with at least five patents.

    Parameters
    ----------
    ipc
        Symbol of each of m patents, None where it is unknown.
    coordinates
        Of the patents, shape (m, k).

    Returns
    -------
    table of the classes with ``name`` and ``n``, and their mean coordinates, shape (classes, k)
    """
    symbols = pd.Series(
        [None if text is None else text.strip()[:_CLASS_LETTERS] for text in ipc], dtype=object
    )
    symbols = symbols.where(symbols != "")
    grouped = pd.DataFrame(coordinates).groupby(symbols)
    sizes, means = grouped.size(), grouped.mean()
    kept = (sizes >= MIN_CLASS_PATENTS).to_numpy()
    frame = pd.DataFrame({"name": sizes.index[kept].astype(str), "n": sizes.to_numpy()[kept]})
    return frame, means.to_numpy()[kept]
