"""The end of a sweep: the best configuration as an experiment, what it is worth, figures and a table of the trials."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml
from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from ipml.console import console
from ipml.corpus import CorpusInfo
from ipml.errors import InputError
from ipml.files import write_json, write_text
from ipml.guards.secrets import has_secret, mask
from ipml.sweeps.figures import history_figure, importance_figure, slice_figure
from ipml.sweeps.reestimate import Reestimate, reestimate, result_table
from ipml.sweeps.search import Search
from ipml.sweeps.settings import SweepSettings
from ipml.sweeps.storage import storage_url
from ipml.sweeps.trial_quota import SURPLUS, WORKER
from ipml.sweeps.trials import REASON, RUN, Train, in_words
from ipml.tracking import Run, Workspace

EXPERIMENT = "best.yaml"
KILLED = "its process was killed"


def finish(
    settings: SweepSettings,
    workspace: Workspace,
    search: Search,
    study: Study,
    parent: Run,
    corpus: CorpusInfo,
    train: Train,
) -> None:
    """Score the winner on unseen data and write everything into the parent run; may be done again.

    Raises
    ------
    InputError
        If no trial is complete.
    """
    best = _best(study)
    own = [p.override(best.params[p.name]) for p in search.space if p.name in best.params]
    found = reestimate(settings, workspace, study, parent, search.overrides, best, own, train)
    parent.add_lineage({"corpus": corpus.hash}, "the corpus")
    parent.set_tags(
        {
            "simulated": corpus.simulated,
            "country": settings.country.name,
            "study": study.study_name,
            "best_trial": best.number,
        }
    )
    states = Counter(trial_table(study)["state"])
    counts = {f"n_{state}": float(states[state]) for state in ("complete", "pruned", "fail")}
    parent.log_metrics({**found.metrics(), **counts})
    write_json(parent.folder / "metrics.json", parent.metrics)
    parent.log_table("trials", trial_table(study), csv=True)
    _draw(settings, search, study, parent, corpus.simulated)
    remarks = _remarks(settings, study, best, found, corpus.simulated)
    experiment = write_experiment(parent.folder, remarks, [*search.kept, *own])
    parent.log_file(experiment)
    console.print(result_table(found, settings, corpus.simulated))
    console.print("\n".join(remarks[:2]), highlight=False, soft_wrap=True)


def write_experiment(folder: Path, remarks: Sequence[str], overrides: Sequence[str]) -> Path:
    """Write overrides as a YAML list under some remarks; returns the file."""
    path = folder / EXPERIMENT
    # Masked, a password would be taken for one: what has one is given again, and the paths are those of then anyway.
    kept = [override for override in overrides if not has_secret(override)]
    again = [f"give again, with its password: {mask(word)}" for word in overrides if word not in kept]
    lines = [f"# {remark}" for remark in (*remarks, f"ipml train experiment={path}", *again)]
    content = yaml.safe_dump(kept, allow_unicode=True, width=1000)
    write_text(path, "\n".join([*lines, content]))
    return path


def trial_table(study: Study) -> pd.DataFrame:
    """List one row a trial: number, state, score, its values (``param_NAME``), times, run and, where it failed, why.

    Trials that another process had made superfluous before they began are left out. The score of a pruned trial is
    the last that it reported.
    """
    trials = [t for t in study.get_trials(deepcopy=False) if not t.user_attrs.get(SURPLUS)]
    names = sorted({name for trial in trials for name in trial.params})
    return pd.DataFrame([_row(trial, names) for trial in trials])


def reason_of(trial: FrozenTrial) -> str | None:
    """Say why a trial failed; None for one that did not."""
    if trial.state != TrialState.FAIL:
        return None
    reason: str = trial.user_attrs.get(REASON, KILLED)
    return reason


def _row(trial: FrozenTrial, names: list[str]) -> dict[str, object]:
    values = {f"param_{name}": _cell(trial.params.get(name)) for name in names}
    duration = None if trial.duration is None else trial.duration.total_seconds()
    history = trial.system_attrs.get("retry_history", [])
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "score": trial.value if trial.state != TrialState.FAIL else None,
        **values,
        "steps": len(trial.intermediate_values),
        "started": trial.datetime_start,
        "seconds": duration,
        "retry_of": history[-1] if history else None,
        "worker": trial.user_attrs.get(WORKER),
        "run_id": trial.user_attrs.get(RUN),
        "reason": reason_of(trial),
    }


def _cell(value: object) -> object:
    """Numbers stay numbers; a choice, whatever its type, is text, so that a column has one type."""
    return (
        value
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        else str(value)
    )


def _best(study: Study) -> FrozenTrial:
    if not study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        raise InputError(
            f"study {study.study_name}: every trial was pruned, none is complete; raise n_trials, or "
            "sweep.pruner.n_startup_trials"
        )
    return study.best_trial


def _draw(settings: SweepSettings, search: Search, study: Study, parent: Run, simulated: bool) -> None:
    metric = settings.sweep.objective.metric
    figures = {
        "history": history_figure(study, metric, simulated),
        "importances": importance_figure(study, metric, settings.seed, simulated),
        "slices": slice_figure(study, search.space, metric, simulated),
    }
    for name, figure in figures.items():
        if figure is not None:
            parent.save_figure(figure, name)


def _remarks(
    settings: SweepSettings, study: Study, best: FrozenTrial, found: Reestimate, simulated: bool
) -> list[str]:
    world = " (simulated)" if simulated else ""
    states = Counter(trial_table(study)["state"])
    sweep = settings.sweep
    return [
        f"Best of {states['complete']} complete and {states['pruned']} pruned trials{world}: trial {best.number}, "
        + in_words(best.params),
        f"{sweep.objective.metric} {found.winner.optimised:.4f} as optimised; on data that the sweep never saw "
        f"{sweep.reestimate.metric} {found.winner.value:.4f}, without a search {found.default.value:.4f}",
        f"Study {study.study_name} in {mask(storage_url(settings))}",
    ]
