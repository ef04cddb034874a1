"""Precision, recall, F1 and accuracy of each keyword set, and their differences, with intervals over firms.

Macro averages: the four published figures of a keyword set are nearly equal, as macro or weighted averages are and the
precision and recall of one class are not; which of the two is not stated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.keyword_comparison.keyword_sets import RANDOM, RAW
from ipml.statistics.classification import MACRO_METRICS, macro_metrics
from ipml.statistics.intervals import percentile_interval, resampling_weights

PARTS = ("train", "test")
SCORE, DIFFERENCE, WORDS, WITHOUT_WORDS = "score", "difference", "words", "firms_without_words"
LEAK_FREE, LEAKING, PUBLISHED = "leak-free", "leaking", "published"  # who extracted the keywords
N_RESAMPLES = 1000
_CHUNK = 200  # resamples at a time: bounds the memory to _CHUNK x F numbers

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]


class Variant(NamedTuple):
    """One column and row of the table: who extracted, which set, which classifier."""

    protocol: str
    set: str
    classifier: str


@dataclass(frozen=True)
class Row:
    """One figure of the results."""

    what: str = SCORE  # score, difference, words (of a firm), firms_without_words
    set: str = ""
    classifier: str = ""
    metric: str = ""
    part: str = ""  # train, test
    protocol: str = ""  # leak-free, leaking, published
    value: float = np.nan
    low: float | None = None
    high: float | None = None
    reference: str = ""  # of a difference: raw, random, or leak-free
    n: int | None = None  # firms of the part in a split
    seeds: str = ""
    simulated: bool = False
    models: str = ""


def mean_over_splits(
    labels: Mask, predicted: npt.NDArray[np.bool_], members: npt.NDArray[np.bool_], weights: Array
) -> dict[str, Array]:
    """Average each metric over S splits: predictions and members of the part (S, F), weights (R, F), to (R,)."""
    found: dict[str, list[Array]] = {metric: [] for metric in MACRO_METRICS}
    for start in range(0, len(weights), _CHUNK):
        chunk = weights[start : start + _CHUNK]
        splits = [
            macro_metrics(labels, of_split, chunk * part)
            for of_split, part in zip(predicted, members, strict=True)
        ]
        for metric in MACRO_METRICS:
            found[metric].append(np.mean([split[metric] for split in splits], axis=0))
    return {metric: np.concatenate(parts) for metric, parts in found.items()}


def score_rows(
    labels: Mask,
    training: npt.NDArray[np.bool_],
    predictions: Mapping[Variant, npt.NDArray[np.bool_]],
    seed: int,
    common: Row,
) -> list[Row]:
    """Score all variants and their differences, with 95 % percentile intervals over resampled firms.

    A resample draws firms once for all splits and variants: a firm that stands in several test parts is drawn, or
    not, in all of them, and differences are paired.

    Parameters
    ----------
    labels
        Of F firms, (F,).
    training
        Training firms of each of S splits, (S, F); the others are its test firms.
    predictions
        Of all firms in each split, (S, F).
    seed
        Of the resamples.
    common
        Row with the columns that all rows share.
    """
    once = np.ones((1, len(labels)))
    weights = np.concatenate([once, resampling_weights(len(labels), N_RESAMPLES, seed)])
    rows = []
    for part, members in zip(PARTS, (training, ~training), strict=True):
        n = round(float(members.sum(axis=1).mean()))
        found = {
            variant: mean_over_splits(labels, predicted, members, weights)
            for variant, predicted in predictions.items()
        }
        for variant, metrics in found.items():
            for metric, values in metrics.items():
                row = replace(common, **variant._asdict(), metric=metric, part=part, n=n)
                rows.append(_with_interval(replace(row, what=SCORE), values))
                for reference, other in _references(variant):
                    row = replace(row, what=DIFFERENCE, reference=reference)
                    rows.append(_with_interval(row, values - found[other][metric]))
    return rows


def as_table(rows: list[Row]) -> pd.DataFrame:
    """Arrange rows as a table."""
    return pd.DataFrame([asdict(row) for row in rows], columns=[field.name for field in fields(Row)])


def _references(variant: Variant) -> Iterator[tuple[str, Variant]]:
    """Yield what a variant is compared with: the sets without extraction, and the same set without the leak."""
    for reference in (RAW, RANDOM):
        if variant.set != reference:
            yield reference, variant._replace(set=reference)
    if variant.protocol == LEAKING:
        yield LEAK_FREE, variant._replace(protocol=LEAK_FREE)


def _with_interval(row: Row, values: Array) -> Row:
    """Fill a row with the value of all firms, which comes first, and the interval of the resamples."""
    low, high = percentile_interval(values[1:])
    return replace(row, value=float(values[0]), low=low, high=high)
