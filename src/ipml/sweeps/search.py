"""The fixed part of a sweep: what all trials share, what varies, and the study's name; checked before anything runs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from numpy.random import SeedSequence
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from ipml.codes import config_directory
from ipml.config import command_keys, compose_settings
from ipml.errors import InputError
from ipml.files import short_hash
from ipml.overrides import ALLOWANCES, top_key
from ipml.settings import Paths
from ipml.sweeps.settings import SweepSettings
from ipml.sweeps.space import Parameter, read_space
from ipml.targets import make
from ipml.tracking import Workspace

# Where a training runs and what it writes; the corpus has a hash of its own. Machines may differ in them.
_OUTSIDE = ("data", "paths", "tracking", "trainer", "logger", "register", *ALLOWANCES)


@dataclass(frozen=True)
class Search:
    """What all trials of a sweep share.

    Attributes
    ----------
    name
        Of the study: another search has another name.
    kept
        Overrides that the best configuration keeps.
    overrides
        Overrides of every trial: ``kept``, and those of trials alone.
    space
        What varies.
    sampler, pruner
        Optuna's, as configured.
    """

    name: str
    kept: list[str]
    overrides: list[str]
    space: list[Parameter]
    sampler: BaseSampler
    pruner: BasePruner


class SeededByTrial(BaseSampler):
    """Makes a sampler for every trial, whose draws depend on the sweep's seed and the trial's number alone.

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


def plan_search(
    settings: SweepSettings, workspace: Workspace, overrides: Sequence[str], corpus_hash: str
) -> Search:
    """Read the settings of a sweep and check that they fit the training.

    Parameters
    ----------
    settings
        Of ``ipml sweep``.
    overrides
        Those given to ``ipml sweep``.
    corpus_hash
        Of the data that trials read.

    Raises
    ------
    InputError
        If the search does not fit the training, or is malformed.
    """
    _check_objective(settings)
    sweep = settings.sweep
    space = read_space(sweep.space)
    kept = [*_of_training(overrides), *sweep.overrides]
    shared = [*kept, *sweep.trials_only]
    _check_space(space, shared)
    pruner = make("sweep.pruner", sweep.pruner)
    if not isinstance(pruner, BasePruner):
        raise InputError(f"sweep.pruner._target_={sweep.pruner['_target_']}: not one of optuna.pruners")
    # Composed for the same folder everywhere, so that a study is the same on every machine.
    training = compose_settings("train", shared, {"paths": dict.fromkeys(Paths.model_fields, "/")})
    fixed = {key: value for key, value in training.model_dump().items() if key not in _OUTSIDE}
    search = sweep.model_dump(include={"space", "objective", "pruner"})
    digest = short_hash(json.dumps([fixed, search, settings.sampler], sort_keys=True), corpus_hash)
    name = workspace.name(sweep.stage, settings.country.name, settings.firm_type, sweep.name, digest)
    return Search(name, kept, shared, space, _sampler(settings), pruner)


def _check_objective(settings: SweepSettings) -> None:
    sweep, stage = settings.sweep, settings.model.stage
    if sweep.stage != stage:
        files = sorted((config_directory() / "sweep").glob("*.yaml"))
        fitting = [
            file.stem for file in files if yaml.safe_load(file.read_text(encoding="utf-8"))["stage"] == stage
        ]
        raise InputError(
            f"sweep={sweep.name}: for models of stage {sweep.stage}, not {stage}; allowed: "
            f"{', '.join(fitting) or 'none yet, write one'}"
        )
    if sweep.objective.metric.startswith(tuple(sweep.withheld)):
        raise InputError(
            f"sweep.objective.metric={sweep.objective.metric}: withheld from trials, as all that begins with "
            f"{', '.join(sweep.withheld)} (sweep.withheld)"
        )


def _of_training(overrides: Sequence[str]) -> list[str]:
    """Choose the overrides of the sweep that are the training's too."""
    own = command_keys("sweep") - command_keys("train")
    return [word for word in overrides if top_key(word) not in own]


def _check_space(space: Sequence[Parameter], shared: Sequence[str]) -> None:
    """Compose the training with both ends of all ranges, and with all choices."""
    for place in range(max(len(parameter.examples) for parameter in space)):
        values = [p.override(p.examples[place % len(p.examples)]) for p in space]
        try:
            compose_settings("train", [*shared, *values])
        except InputError as error:
            raise InputError(f"sweep.space: {error}") from error


def _sampler(settings: SweepSettings) -> BaseSampler:
    try:
        return SeededByTrial(make("sampler", settings.sampler), settings.seed)
    except TypeError as error:
        raise InputError(
            f"sampler._target_={settings.sampler['_target_']}: _partial_=true and a sampler that takes a seed are "
            "needed"
        ) from error
