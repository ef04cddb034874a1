"""Planted worlds in reduced form: P = A T + noise, with a known angle between two groups.

Firms' technologies have a common mean (cosine between two firms about .8), a spectrum that falls as a power law, 15
unequal industries and group means that differ. A keeps the common mean and shrinks what firms differ in, so that a
ridge regression's held-out cosine is about .86, .01 to .02 above that of the mean product vector: the
published accuracies, .84 to .89, are of that size. Noise has the same spectrum as the products.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.evaluation.estimates.sample import Sample
from ipml.statistics.angles import Array, directions
from ipml.statistics.ridge_strength import choose_strength, strength_grid

FIRST_FIRMS = 1153  # of the first group: the largest published one
_SHARES = np.array(
    [0.16, 0.13, 0.11, 0.1, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.035, 0.03, 0.02, 0.015, 0.01]
)
_GRID = (1e-5, 1e2, 22)  # coarser than the mappings' own, which changes no angle by a tenth of its error


@dataclass(frozen=True)
class Settings:
    """Sizes and noise of the worlds; lengths in units of the spread of T, whose mean has length 2.

    Attributes
    ----------
    dimension
        Of T and P.
    noise
        Length of the noise of P.
    gain
        What A makes of a unit of what technologies differ in, the common mean having 1.
    shift
        Distance between the two groups' mean T.
    industry_share
        Share of the variance of T that lies between industries.
    industry_effect
        Share of the noise's variance that the firms of an industry have in common, in each group anew.
    spectrum
        Exponent by which the standard deviation of T falls over its dimensions.
    industries
        How many, at most 15: the largest ones.
    """

    dimension: int = 300
    noise: float = 1.2
    gain: float = 0.5
    shift: float = 0.5
    industry_share: float = 0.3
    industry_effect: float = 0.0
    spectrum: float = 0.75
    industries: int = 15

    @property
    def shares(self) -> Array:
        """Share of the firms of each industry, shape (industries,)."""
        shares = _SHARES[: self.industries]
        return shares if len(shares) == len(_SHARES) else shares / shares.sum()


class ReducedWorld:
    """Two groups: the technology of the first goes through the A of the second."""

    def __init__(self, settings: Settings, seed: Sequence[int]) -> None:
        d = settings.dimension
        self.settings, self._rng = settings, np.random.default_rng(list(seed))
        scale = (1.0 + np.arange(d)) ** -settings.spectrum
        self._scale = scale / np.linalg.norm(scale)
        self.mean = 2.0 * directions(self._rng.normal(size=d))
        self.shift = settings.shift * directions(self._rng.normal(size=d) * self._scale)
        industries = self._draw(settings.industries) * np.sqrt(settings.industry_share)
        self._industries = industries - settings.shares @ industries
        self._rotation = np.linalg.qr(self._rng.normal(size=(d, d)))[0]
        common = directions(self.mean)
        self.matrix = self._rotation @ (
            settings.gain * np.eye(d) + (1.0 - settings.gain) * np.outer(common, common)
        )

    def first_means(self) -> Array:
        """Population mean T of the first group, then of its industries: shape (1 + industries, d)."""
        return np.vstack([self.mean, self.mean + self._industries])

    def turned(self, degrees: float) -> Array:
        """A of the first group: what it sells lies at so many degrees from what the second would make of its T."""
        made = directions(self.matrix @ self.mean)
        towards = self._rotation @ self._draw(1)[0]
        towards = directions(towards - (towards @ made) * made)
        angle = np.radians(degrees)
        plane = np.outer(made, made) + np.outer(towards, towards)
        turn = np.outer(towards, made) - np.outer(made, towards)
        return self.matrix + (np.sin(angle) * turn + (np.cos(angle) - 1.0) * plane) @ self.matrix

    def technologies(self, n: int, first: bool) -> tuple[Array, npt.NDArray[np.int64]]:
        """T of n firms, shape (n, d), and the number of each one's industry."""
        industry = self._rng.choice(self.settings.industries, size=n, p=self.settings.shares)
        centre = self.mean + (0.0 if first else self.shift) + self._industries[industry]
        return centre + np.sqrt(1.0 - self.settings.industry_share) * self._draw(n), industry

    def noise(self, industry: npt.NDArray[np.int64]) -> Array:
        """Noise of the products of firms of these industries, shape (n, d)."""
        effect = self.settings.industry_effect
        own, shared = self._draw(len(industry)), self._draw(self.settings.industries)[industry]
        drawn = np.sqrt(1.0 - effect) * own + np.sqrt(effect) * shared
        return self.settings.noise * drawn @ self._rotation.T

    def first_sample(self, technologies: Array, noise: Array, matrix: Array) -> Sample:
        """Firms of the first group, whose own A nobody needs: its products are made by a matrix."""
        return Sample(technologies @ matrix.T + noise, technologies, np.ones(len(noise), dtype=bool), 1.0)

    def sample(self, technologies: Array, noise: Array, matrix: Array) -> Sample:
        """Firms whose products a matrix makes, the strength of their penalty by leave-one-out errors."""
        products = technologies @ matrix.T + noise
        strengths = strength_grid(technologies, *_GRID)
        best = choose_strength(technologies, products, strengths).value
        return Sample(products, technologies, np.ones(len(products), dtype=bool), float(best))

    def true_chords(self, matrix: Array) -> Array:
        """Squared chords of the first group through the second's A, then of its industries: shape (1 + industries,)."""
        means = self.first_means()
        difference = directions(means @ matrix.T) - directions(means @ self.matrix.T)
        return np.square(difference).sum(axis=1)

    def _draw(self, n: int) -> Array:
        return self._rng.normal(size=(n, self.settings.dimension)) * self._scale
