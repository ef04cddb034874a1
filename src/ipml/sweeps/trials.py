"""A trial: one training with values of its own, watched by the pruner."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna import Trial, TrialPruned
from optuna.study import StudyDirection

from ipml.config import compose_settings
from ipml.console import quiet_console
from ipml.errors import InputError
from ipml.guards.secrets import mask
from ipml.settings import TrainSettings
from ipml.sweeps.parent_run import TRIAL
from ipml.sweeps.settings import SweepSettings
from ipml.sweeps.space import Parameter
from ipml.tracking import TrainedModel
from ipml.tracking.runs import Listener, Pruned, listening

Train = Callable[[TrainSettings], TrainedModel]
RUN, REASON = "run_id", "reason"
_SHARED = ("paths", "seed", "namespace")


class TrialFailedError(Exception):
    """A trial's training failed; the sweep goes on."""


class MissingMetricError(InputError):
    """The training does not log the metric that is optimised: no trial can succeed."""


def training_settings(
    settings: SweepSettings,
    overrides: Sequence[str],
    parent_run: str,
    tags: Mapping[str, Any],
    params: Mapping[str, Any],
    withheld: Sequence[str],
) -> TrainSettings:
    """Compose the settings of a training under a sweep; nothing is registered.

    Parameters
    ----------
    settings
        Of the sweep: paths, seed and namespace are those of the training too.
    overrides
        Of ``ipml train``.
    tags, params
        Of the run, beside the settings.
    withheld
        Beginnings of names of metrics and tables that it must not log.
    """
    tracking = {
        "uri": settings.tracking.uri,
        "parent_run": parent_run,
        "tags": dict(tags),
        "params": dict(params),
        "withheld": list(withheld),
    }
    shared = {key: getattr(settings, key) for key in _SHARED}
    composed = compose_settings("train", overrides, {**shared, "register": False, "tracking": tracking})
    assert isinstance(composed, TrainSettings)  # noqa: S101 - of the command
    return composed


def run_trial(
    trial: Trial,
    settings: SweepSettings,
    overrides: Sequence[str],
    space: Sequence[Parameter],
    parent_run: str,
    train: Train,
) -> float:
    """Train with the values that the trial suggests.

    Returns
    -------
    the metric that is optimised

    Raises
    ------
    TrialPruned
        If the pruner breaks the training off.
    TrialFailedError
        If the training fails, whatever the reason; it is kept with the trial.
    MissingMetricError
        If the training does not log the metric.
    """
    own = [parameter.override(parameter.suggest(trial)) for parameter in space]
    try:
        training = training_settings(
            settings,
            [*overrides, *own],
            parent_run,
            {TRIAL: trial.number},
            trial.params,
            settings.sweep.withheld,
        )
        with quiet_console(), listening(pruning(trial)):
            trained = train(training)
    except Pruned as stopped:
        raise TrialPruned from stopped
    except Exception as error:
        reason = mask(f"{type(error).__name__}: {' '.join(str(error).split())}")
        trial.set_user_attr(REASON, reason)
        raise TrialFailedError(reason) from error
    trial.set_user_attr(RUN, trained.run_id)
    return read_metric(trained, settings.sweep.objective.metric, "sweep.objective.metric")


def pruning(trial: Trial) -> Listener:
    """Report what a training says of itself to the pruner, which may break it off."""
    sign = 1 if trial.study.direction == StudyDirection.MAXIMIZE else -1

    def listen(score: float, step: int) -> None:
        trial.report(sign * score, step)
        if trial.should_prune():
            raise Pruned

    return listen


def read_metric(trained: TrainedModel, metric: str, key: str) -> float:
    """Return a figure of a training; `MissingMetricError` names those there are."""
    if metric not in trained.metrics:
        logged = ", ".join(sorted(trained.metrics)) or "none"
        raise MissingMetricError(f"{key}={metric}: not logged by the training; logged: {logged}")
    return trained.metrics[metric]


def in_words(params: Mapping[str, Any]) -> str:
    """Write the values of a trial, to print."""
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in params.items()
    )
