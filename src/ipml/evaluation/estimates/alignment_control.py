"""The angle that alignment alone produces between two groups that convert alike.

Between countries a matrix of one language meets firms of another, and what an alignment gets wrong looks like a
difference of conversion. The control takes group 2's own firms, whose conversion is A_2: one half of them has its words
replaced by their translations in group 1's language, as that is aligned, and goes through the A of the other half with
its words as they are, and the other way round. Nothing but the alignment, and chance, can make an angle there. Words
without a translation are dropped on both sides.

Between two aligned languages, translating from one to the other through two dictionaries would leave half of the words
and make an angle by that alone. There each language has a control of its own against the reference language, with its
own firms, and the squared chords are added: the errors of two alignments are independent. What they have in common, the
contraction of vectors that are not calibrated, is not seen, so without calibration such a sum is far too large.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.evaluation.estimates.contrast import both_directions, contrast
from ipml.evaluation.estimates.conversion_fit import ConversionFit
from ipml.evaluation.estimates.inference import DebiasedAngle, debiased_angle
from ipml.evaluation.estimates.noise import NoiseMoments, noise_moments
from ipml.evaluation.estimates.plug_in import industry_cells, plug_in_angles
from ipml.evaluation.estimates.sample import Sample
from ipml.guards.shapes import Shapes
from ipml.linear_map.solvers import ridge
from ipml.statistics.angles import Array, degrees_of_squared_chord, squared_chord
from ipml.statistics.ridge_strength import choose_strength

MIN_HALF = 10  # firms that an A is fitted on


class TwoVersions(NamedTuple):
    """Vectors of the same n firms with their words as they are and with translations in their place, shapes (n, d).

    ``kept``, shape (n,): whether a firm has a translated word; ``coverage``: share of the weight of words that have a
    translation, mean over firms.
    """

    own: Array
    translated: Array
    kept: npt.NDArray[np.bool_]
    coverage: float

    def swapped(self) -> "TwoVersions":
        """The same firms, A being that of the translated words."""
        return self._replace(own=self.translated, translated=self.own)

    def about(self, centre: Array | None) -> "TwoVersions":
        """The same firms with a centre, shape (d,), taken off their vectors; None: the origin."""
        if centre is None:
            return self
        return self._replace(own=self.own - centre, translated=self.translated - centre)


class ControlAngle(NamedTuple):
    """Plug-in angle in degrees, and its debiased version."""

    plug_in: float
    debiased: DebiasedAngle


@dataclass(frozen=True)
class Control:
    """Plug-in angles (k,) and moments of the mean over the cells, of n firms in all."""

    plug_in: Array
    moments: NoiseMoments
    n: int


@dataclass(frozen=True)
class TranslatedSample(Sample):
    """Half of the firms: their P and T with translated words, and the conversion of their words as they are."""

    as_is: ConversionFit

    @property
    def fit(self) -> ConversionFit:
        """The conversion of the words as they are."""
        return self.as_is


def two_versions(
    weights: sparse.csr_matrix,
    own: npt.NDArray[Any],
    translated: npt.NDArray[Any],
    known: npt.NDArray[np.bool_],
) -> TwoVersions:
    """Make firm vectors of words as they are and of their translations.

    Parameters
    ----------
    weights
        Weights of words in firms, shape (n, w); rows sum to 1.
    own, translated
        Vectors of the words and of their translations, shapes (w, d); those of words without one do not count.
    known
        Which words have a translation, shape (w,).
    """
    shapes = Shapes(w=weights.shape[1])
    own, translated = shapes.check("own", own, "w d"), shapes.check("translated", translated, "w d")
    known = shapes.check("known", known, "w", "yes or no")
    kept_weights = weights[:, np.flatnonzero(known)]
    sums = np.asarray(kept_weights.sum(axis=1)).ravel()
    scale = sparse.diags(np.divide(1.0, sums, out=np.zeros(len(sums)), where=sums > 0))
    means = scale @ kept_weights
    as_is, replaced = (np.asarray(means @ part[known].astype(np.float64)) for part in (own, translated))
    return TwoVersions(as_is, replaced, sums > 0, float(sums.mean()))


def control(
    products: TwoVersions,
    technologies: TwoVersions,
    industries: Sequence[str | None],
    min_firms: int,
    seed: int,
) -> dict[str, Control]:
    """Control at the levels ``group`` and ``industry_mean``; no level that too few firms are left for.

    Parameters
    ----------
    products, technologies
        Of the firms whose own words A is fitted on.
    industries
        Of each of them.
    min_firms
        An industry counts where both halves have at least so many firms in it.
    seed
        Of the division into halves; each industry is divided evenly.
    """
    kept = np.flatnonzero(products.kept & technologies.kept)
    names = [industries[row] for row in kept.tolist()]
    halves = [kept[rows] for rows in _halves(names, seed)]
    if min(len(rows) for rows in halves) < MIN_HALF:
        return {}
    first, second = (_half(products, technologies, rows) for rows in halves)
    by_industry = [industry_cells([industries[row] for row in rows.tolist()], min_firms) for rows in halves]
    common = sorted(by_industry[0].keys() & by_industry[1].keys())
    levels = {"group": [[np.arange(len(rows))] for rows in halves]}
    if common:
        levels["industry_mean"] = [[of_half[name] for name in common] for of_half in by_industry]
    return {level: _control((first, second), cells) for level, cells in levels.items()}


def averaged(controls: Sequence[Control]) -> Control:
    """Mean of controls of the same firms and halves, whose noise is taken to go together."""
    share = 1.0 / len(controls)
    moments = combined([(share, one.moments) for one in controls], independent=False)
    return Control(np.concatenate([one.plug_in for one in controls]), moments, controls[0].n)


def combined(parts: Sequence[tuple[float, NoiseMoments]], independent: bool) -> NoiseMoments:
    """Moments of a weighted sum of squared chords, of independent noise or of noise that goes together at worst."""
    power = 1.0 if independent else 0.5

    def variance(values: Sequence[float]) -> float:
        weighted = [
            (weight * weight * value) ** power for (weight, _), value in zip(parts, values, strict=True)
        ]
        return sum(weighted) ** (1.0 / power)

    return NoiseMoments(
        plug_in=sum(weight * one.plug_in for weight, one in parts),
        trace=sum(weight * one.trace for weight, one in parts),
        trace_of_square=variance([one.trace_of_square for _, one in parts]),
        along=variance([one.along for _, one in parts]),
        freedom=min(one.freedom for _, one in parts),
        growth=(max if independent else sum)(weight * one.growth for weight, one in parts),
    )


def combined_angle(parts: Sequence[tuple[float, Control]], confidence: float) -> ControlAngle:
    """Angle whose squared chord is a weighted sum of those of controls of different firms, with its interval.

    Each part is a weight and a control, whose squared chord is the mean over its cells. Weights of one half average two
    directions; weights of 1 add up the errors of two alignments, which are independent.
    """
    moments = combined([(weight, one.moments) for weight, one in parts], independent=True)
    plug_in = sum(weight * float(squared_chord(one.plug_in.mean())) for weight, one in parts)
    return ControlAngle(float(degrees_of_squared_chord(plug_in)), debiased_angle(moments, confidence))


def map_angles(
    own: tuple[Array, Array],
    other: tuple[Array, Array],
    fitted: npt.NDArray[np.bool_],
    strength: float,
    cells: Sequence[npt.NDArray[np.intp]],
) -> Array:
    """Plug-in angles (k,) of group 1's P and T through the A of group 2's, all under one map of a bootstrap set.

    Parameters
    ----------
    own, other
        P and T of group 1 and of group 2, shapes (n, d).
    fitted, strength
        Firms of group 2 that A is fitted on, and its penalty.
    """
    fitted = Shapes(n=len(other[0])).check("fitted", fitted, "n", "yes or no")
    matrix = ridge(other[1][fitted], other[0][fitted], strength)
    return plug_in_angles(own[0], own[1], matrix, cells)


def _half(products: TwoVersions, technologies: TwoVersions, rows: npt.NDArray[np.intp]) -> TranslatedSample:
    P, T = products.own[rows], technologies.own[rows]
    strength = choose_strength(T, P).value
    return TranslatedSample(
        products.translated[rows],
        technologies.translated[rows],
        np.ones(len(rows), dtype=bool),
        strength,
        ConversionFit(P, T, strength),
    )


def _control(
    halves: tuple[TranslatedSample, TranslatedSample], cells: list[list[npt.NDArray[np.intp]]]
) -> Control:
    """Each half with translated words through the A of the other half's words as they are."""
    plug_in = []
    for side, own in enumerate(halves):
        fit = halves[1 - side].fit
        matrix = ridge(fit.technologies, fit.products, fit.strength)
        plug_in.append(plug_in_angles(own.product_vectors, own.technology_vectors, matrix, cells[side]))
    both = both_directions(contrast(halves, 0, cells[0]), contrast(halves, 1, cells[1]))
    n = sum(len(rows) for of_half in cells for rows in of_half)
    return Control(np.concatenate(plug_in), noise_moments(both), n)


def _halves(industries: Sequence[str | None], seed: int) -> list[npt.NDArray[np.intp]]:
    """Two halves of the firms, rows ascending: drawn, but every other one of each industry."""
    order = np.random.default_rng(seed).permutation(len(industries))
    names = np.array([str(name) for name in industries], dtype=object)
    by_industry = order[np.argsort(names[order].astype(str), kind="stable")]
    return [np.sort(by_industry[start::2]) for start in (0, 1)]
