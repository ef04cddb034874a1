"""What the winner of a sweep is worth on data that no trial used, beside the configuration without a search.

The best of many scores is too good by chance alone. So the winner and the default are trained once more, as in the
trials, and scored on data that none of them was chosen by.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from optuna import Study
from optuna.trial import FrozenTrial
from rich.table import Table

from ipml.console import progress, quiet_console
from ipml.statistics.intervals import Bootstrap
from ipml.sweeps.settings import SweepSettings
from ipml.sweeps.trials import Train, read_metric, training_settings
from ipml.tracking import Run, Workspace
from ipml.tracking.held_out import compare, load_held_out, too_few

WINNER, DEFAULT = "winner", "default"
_ATTRIBUTE = "reestimate"
_RESAMPLES, _LEVEL = 1000, 0.95


@dataclass(frozen=True)
class Score:
    """A configuration's score as the sweep optimises it, and on data that the sweep never saw, with its interval."""

    optimised: float
    value: float
    low: float | None
    high: float | None
    run_id: str


@dataclass(frozen=True)
class Reestimate:
    """Scores of the winner and the default, and the interval of their difference where it is known."""

    winner: Score
    default: Score
    low: float | None = None
    high: float | None = None

    @property
    def difference(self) -> float:
        """Winner minus default, on data that the sweep never saw."""
        return self.winner.value - self.default.value

    def metrics(self) -> dict[str, float]:
        """Return figures to log; ``optimism`` is the optimised minus the unseen score."""
        figures: dict[str, float | None] = {}
        for name, score in ((WINNER, self.winner), (DEFAULT, self.default)):
            figures[f"{name}/optimised"] = score.optimised
            figures[f"{name}/unseen"] = score.value
            figures[f"{name}/unseen_low"], figures[f"{name}/unseen_high"] = score.low, score.high
            figures[f"{name}/optimism"] = score.optimised - score.value
        figures["difference/optimised"] = self.winner.optimised - self.default.optimised
        figures["difference/unseen"] = self.difference
        figures["difference/unseen_low"], figures["difference/unseen_high"] = self.low, self.high
        return {name: value for name, value in figures.items() if value is not None}


def reestimate(
    settings: SweepSettings,
    workspace: Workspace,
    study: Study,
    parent: Run,
    overrides: Sequence[str],
    best: FrozenTrial,
    best_overrides: Sequence[str],
    train: Train,
) -> Reestimate:
    """Train the winner and the default, score them on unseen data and compare them case by case.

    What is finished is kept with the study, so that a killed sweep does it only once.

    Parameters
    ----------
    overrides
        Of all trials.
    best, best_overrides
        The winner, and its own overrides.
    """
    kept: dict[str, Any] = study.user_attrs.get(_ATTRIBUTE, {})
    last = settings.sweep.reestimate
    plan = {
        DEFAULT: ([*overrides], DEFAULT),
        f"{WINNER} {best.number}": ([*overrides, *best_overrides], WINNER),
    }
    with progress("winner and default on unseen data", len(plan)) as step:
        for name, (words, role) in plan.items():
            if name not in kept:
                score = _score(settings, [*words, *last.overrides], parent.id, role, train)
                kept = {**kept, name: asdict(score)}
                study.set_user_attr(_ATTRIBUTE, kept)
            step.advance()
    default, winner = Score(**kept[DEFAULT]), Score(**kept[f"{WINNER} {best.number}"])
    if last.table is None:
        return Reestimate(winner, default)
    scored = [load_held_out(workspace, run_id, last.table) for run_id in (winner.run_id, default.run_id)]
    # Not the same units, as of alignments that search other words, or too few for an interval.
    if list(scored[0].units) != list(scored[1].units) or too_few(scored[0]):
        return Reestimate(winner, default)
    found = compare(scored[0], scored[1], Bootstrap(_RESAMPLES, _LEVEL, settings.seed))
    return Reestimate(winner, default, found.low, found.high)


def result_table(found: Reestimate, settings: SweepSettings, simulated: bool) -> Table:
    """Show optimised and unseen scores side by side."""
    objective, metric = settings.sweep.objective.metric, settings.sweep.reestimate.metric
    title = f"Best trial and default{' (simulated)' if simulated else ''}"
    table = Table(
        "", f"optimised: {objective}", f"unseen: {metric}", "95 % interval", "optimism", title=title
    )
    for name, score in ((WINNER, found.winner), (DEFAULT, found.default)):
        table.add_row(
            name,
            f"{score.optimised:.4f}",
            f"{score.value:.4f}",
            _interval(score.low, score.high),
            f"{score.optimised - score.value:+.4f}",
        )
    optimised = found.winner.optimised - found.default.optimised
    table.add_row(
        "difference", f"{optimised:+.4f}", f"{found.difference:+.4f}", _interval(found.low, found.high), ""
    )
    return table


def _score(
    settings: SweepSettings, overrides: Sequence[str], parent_run: str, role: str, train: Train
) -> Score:
    training = training_settings(settings, overrides, parent_run, {"reestimate": role}, {}, [])
    with quiet_console():
        trained = train(training)
    search = settings.sweep
    value = read_metric(trained, search.reestimate.metric, "sweep.reestimate.metric")
    low, high = (trained.metrics.get(f"{search.reestimate.metric}_{end}") for end in ("low", "high"))
    optimised = read_metric(trained, search.objective.metric, "sweep.objective.metric")
    return Score(optimised, value, low, high, trained.run_id)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
