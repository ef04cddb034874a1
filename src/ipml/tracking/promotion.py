"""Moving champions: what would happen and why, and doing it, for all models named or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mlflow.tracking import MlflowClient
from omegaconf import DictConfig

from ipml.console import track
from ipml.errors import InputError, check_count, check_range
from ipml.tracking.comparison import Bootstrap, Comparison, check_same_data, compare
from ipml.tracking.held_out import load_held_out
from ipml.tracking.history import (
    PROMOTE,
    ROLLBACK,
    STAGE,
    Entry,
    Move,
    read_history,
    standing,
    who,
)
from ipml.tracking.intent import CHAMPION, Intent, aliases_of, begin, exclusive, point, settle
from ipml.tracking.lineage import Lineage
from ipml.tracking.registry import CHALLENGER, ModelReference, find_version
from ipml.tracking.runs import start_run
from ipml.tracking.store import connect

_LONGEST_REASON = 1000  # characters: a run's tag ends at 8000
_LARGEST_MARGIN = 2  # between two cosines


@dataclass(frozen=True)
class Plan:
    """What a promotion or rollback would move."""

    action: str
    moves: tuple[Move, ...]


def plan_promotion(config: DictConfig, names: Sequence[str], one_lineage: bool = False) -> Plan:
    """Compare the challenger of each model with its champion; nothing moves.

    Parameters
    ----------
    config
        Of ``ipml promote``.
    names
        Registered models of the config's namespace; with ``@ALIAS`` or ``/VERSION``, that version is the challenger.
    one_lineage
        Whether all of them must have been made from one another, as the models of one study.

    Raises
    ------
    InputError
        If a model or its challenger does not exist, or two versions were not scored on the same data.
    LineageError
        If the challengers do not belong together; the message names both.
    """
    _check(config)
    client = connect(config)
    references = [_reference(config, name) for name in names]
    for reference in references:
        if sum(reference.name == other.name for other in references) > 1:
            raise InputError(f"models: {reference.name} stands there twice")
    moves = [_promoted(config, client, reference) for reference in track(references, "comparing models")]
    if one_lineage:
        _check_lineage(moves)
    return Plan(PROMOTE, tuple(moves))


def plan_rollback(config: DictConfig, names: Sequence[str] | None) -> Plan:
    """Champions of before the newest promotion that was not rolled back: of its models, or of those named.

    Raises
    ------
    InputError
        If nothing was promoted, or a version of before is not there any more.
    """
    _check(config)
    stacks = standing(read_history(config))
    if names is None:
        newest = max((stack[-1][0] for stack in stacks.values()), default=0)
        names = [name for name, stack in stacks.items() if stack[-1][0] == newest]
    if not names:
        raise InputError(f"rollback=true: no promotion to take back in {config.paths.mlruns}")
    moves = []
    for name in names:
        if name not in stacks:
            raise InputError(f"models={name}: no promotion of it to take back in {config.paths.mlruns}")
        number, move = stacks[name][-1]
        if move.before is not None:
            find_version(config, ModelReference(name, version=move.before))
        moves.append(Move(name, move.now, move.before, f"takes promotion {number} back"))
    return Plan(ROLLBACK, tuple(moves))


def check_margin(plan: Plan, margin: float | None) -> None:
    """Refuse a plan in which a challenger does not reach the margin: `InputError` with the figures."""
    if margin is None:
        return
    below = [
        f"{move.name}: version {move.now} has {describe(move.comparison, move.before)}"
        for move in plan.moves
        if move.comparison is not None and move.comparison.difference < margin
    ]
    if below:
        raise InputError(f"nothing promoted: margin={margin:g} is not reached by {'; '.join(below)}")


def carry_out(config: DictConfig, plan: Plan) -> None:
    """Move the champions of a plan and write the history: all of it or nothing, whenever it is killed.

    Raises
    ------
    InputError
        If another promotion is under way, or a champion is not the one that the plan was made for.
    """
    client = connect(config)
    moving = tuple(move for move in plan.moves if not move.stays)
    with exclusive(config) as place:
        settle(client, place, config.takeover)
        history = read_history(config)
        for move in plan.moves:
            _check_unchanged(client, move, history)
        if not moving:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        number = history[-1].number + 1 if history else 1
        compared = plan.action == PROMOTE and config.margin is not None
        margin = f"{config.margin:g}" if compared else "null"
        entry = Entry(number, plan.action, now, who(), config.reason, margin, moving)
        begun = False
        try:
            with start_run(config, STAGE, f"{plan.action}-{number}") as run:
                entry.log(run)
                before = {move.name: move.before for move in moving}
                begin(client, Intent(place, entry.who, entry.time, run.id, before))
                begun = True
                for move in moving:
                    point(client, move.name, move.now)
            # Here the run is finished, which makes the promotion valid.
        finally:
            if begun:
                settle(client, place)


def describe(comparison: Comparison, champion: str | None) -> str:
    """Figures of a comparison in words."""
    return (
        f"{comparison.figure} {comparison.challenger:.3f}, the champion, version {champion}, "
        f"{comparison.champion:.3f}: difference {comparison.difference:+.3f} "
        f"({comparison.low:+.3f} to {comparison.high:+.3f}, n {comparison.n})"
    )


def _promoted(config: DictConfig, client: MlflowClient, reference: ModelReference) -> Move:
    name, version = reference.name, find_version(config, reference)
    now = str(version.version)
    before = aliases_of(client, client.get_registered_model(name)).get(CHAMPION)
    lineage = Lineage.from_tags(client.get_run(str(version.run_id)).data.tags)
    move = Move(name, before, now, "first champion", lineage=lineage)
    if before is None:
        return move
    if before == now:
        return replace(move, why="is the champion already")
    if config.margin is None:
        return replace(move, why="not compared")
    champion = find_version(config, ModelReference(name, version=before))
    new, old = (load_held_out(config, str(found.run_id)) for found in (version, champion))
    check_same_data(new, old, (f"{name}: version {now}", f"the champion, version {before},"))
    compared = compare(new, old, Bootstrap(config.resamples, config.level, config.seed))
    return replace(move, why=f"margin {config.margin:g}", comparison=compared)


def _reference(config: DictConfig, text: str) -> ModelReference:
    reference = ModelReference.parse(text if "@" in text or "/" in text else f"{text}@{CHALLENGER}")
    namespace = reference.name.rpartition(".")[0]
    if namespace != config.namespace:
        raise InputError(
            f"models={reference.name}: of the namespace {namespace or 'without a name'}, this command's is "
            f"{config.namespace or 'the one without a name'}; say namespace={namespace}"
        )
    return reference


def _check_lineage(moves: Sequence[Move]) -> None:
    joined, others = Lineage(), "the models before it"
    for move in moves:
        own = Lineage({**move.lineage, move.name: str(move.now)})
        joined = joined.merge(own, others, f"{move.name} version {move.now}")


def _check_unchanged(client: MlflowClient, move: Move, history: Sequence[Entry]) -> None:
    champion = aliases_of(client, client.get_registered_model(move.name)).get(CHAMPION)
    if champion == move.before:
        return
    by = "by hand"
    for entry in history:
        if any(other.name == move.name and other.now == champion for other in entry.moves):
            by = f"by {entry.who} at {entry.time}"
    raise InputError(
        f"{move.name}: the champion is version {champion or 'none'} now, made so {by}, not version "
        f"{move.before or 'none'} any more; nothing moved: run the command again"
    )


def _check(config: DictConfig) -> None:
    if config.margin is not None:
        check_range("margin", config.margin, -_LARGEST_MARGIN, _LARGEST_MARGIN)
    check_count("resamples", config.resamples)
    check_range("level", config.level, 0.5, 0.999)
    if len(config.reason) > _LONGEST_REASON:
        raise InputError(f"reason: {len(config.reason)} characters; at most {_LONGEST_REASON} are allowed")
