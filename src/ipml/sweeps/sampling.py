"""A sampler whose draws depend on the sweep's seed and the trial's number alone, not on the process."""

from collections.abc import Callable, Sequence
from typing import Any

from numpy.random import SeedSequence
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState


class SeededByTrial(BaseSampler):
    """Makes a sampler for every trial.

    One generator a process would give two workers the same draws, and a sweep that goes on those of its beginning.

    Parameters
    ----------
    make
        Makes a sampler of a seed.
    seed
        Of the sweep.
    """

    def __init__(self, make: Callable[..., BaseSampler], seed: int) -> None:
        self._make, self._seed = make, seed
        self._current = make(seed=seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Make the sampler of a trial."""
        self._current = self._make(seed=int(SeedSequence([self._seed, trial.number]).generate_state(1)[0]))
        self._current.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Ask the trial's sampler."""
        return self._current.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Ask the trial's sampler."""
        return self._current.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Ask the trial's sampler."""
        return self._current.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tell the trial's sampler."""
        self._current.after_trial(study, trial, state, values)
