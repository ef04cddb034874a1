"""What a promotion or rollback would move, and why; nothing moves here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ipml.console import track
from ipml.errors import InputError
from ipml.settings.namespace import shown_namespace
from ipml.statistics.intervals import Bootstrap
from ipml.tracking.failed_diagnostics import failed_diagnostics
from ipml.tracking.held_out import Comparison, check_same_data, compare, load_held_out, too_few
from ipml.tracking.lineage import Lineage
from ipml.tracking.promotion.history import PROMOTE, ROLLBACK, Move, read_history, standing
from ipml.tracking.promotion_record import CHAMPION, aliases_of
from ipml.tracking.registry import CHALLENGER, ModelReference
from ipml.tracking.workspace import Workspace


@dataclass(frozen=True)
class Plan:
    """What a promotion or rollback would move; ``margin`` is None where nothing is compared."""

    action: str
    moves: tuple[Move, ...]
    margin: float | None = None


def plan_promotion(
    workspace: Workspace,
    names: Sequence[str],
    margin: float | None,
    bootstrap: Bootstrap,
    one_lineage: bool = False,
) -> Plan:
    """Compare the challenger of each model with its champion.

    Parameters
    ----------
    names
        Registered models of the workspace's namespace; with ``@ALIAS`` or ``/VERSION``, that version is the challenger.
    margin
        Least difference challenger − champion, for `check_margin`; None: nothing is compared.
    one_lineage
        Whether all of them must have been made from one another, as the models of one study.

    Raises
    ------
    InputError
        If a model or its challenger does not exist, its files are not those that were registered, or two versions were
        not scored on the same data.
    LineageError
        If the challengers do not belong together; the message names both.
    """
    references = [_reference(workspace.namespace, name) for name in names]
    for reference in references:
        if sum(reference.name == other.name for other in references) > 1:
            raise InputError(f"models: {reference.name} stands there twice")
    moves = [
        _promoted(workspace, reference, margin, bootstrap)
        for reference in track(references, "comparing models")
    ]
    if one_lineage:
        _check_lineage(moves)
    return Plan(PROMOTE, tuple(moves), margin)


def plan_rollback(workspace: Workspace, names: Sequence[str] | None) -> Plan:
    """Champions of before the newest promotion that was not rolled back: of its models, or of those named.

    Raises
    ------
    InputError
        If nothing was promoted, or a version of before is not there any more, or not whole.
    """
    stacks = standing(read_history(workspace))
    if names is None:
        newest = max((stack[-1][0] for stack in stacks.values()), default=0)
        names = [name for name, stack in stacks.items() if stack[-1][0] == newest]
    if not names:
        raise InputError(f"rollback=true: no promotion to take back in {workspace.shown_namespace}")
    moves = []
    for name in names:
        if name not in stacks:
            raise InputError(f"models={name}: no promotion of it to take back in {workspace.shown_namespace}")
        number, move = stacks[name][-1]
        if move.before is not None:
            workspace.find_model(ModelReference(name, version=move.before))
        moves.append(Move(name, move.now, move.before, f"takes promotion {number} back"))
    return Plan(ROLLBACK, tuple(moves))


def check_margin(plan: Plan) -> None:
    """Refuse a plan in which a challenger does not reach the margin: `InputError` with the figures."""
    if plan.margin is None:
        return
    below = [
        f"{move.name}: version {move.now} has {_in_words(move.comparison, move.before)}"
        for move in plan.moves
        if move.comparison is not None and move.comparison.difference < plan.margin
    ]
    if below:
        raise InputError(f"nothing promoted: margin={plan.margin:g} is not reached by {'; '.join(below)}")


def check_diagnostics(plan: Plan, force: bool) -> None:
    """Refuse a plan in which a challenger failed diagnostics of its own, unless it is forced: `InputError`."""
    failed = [f"{move.name}: version {move.now} ({move.failed})" for move in plan.moves if move.failed]
    if failed and not force:
        raise InputError(
            f"nothing promoted: diagnostics failed for {'; '.join(failed)}; train it again "
            "(the training says what they mean), or say force=true"
        )


def _promoted(
    workspace: Workspace, reference: ModelReference, margin: float | None, bootstrap: Bootstrap
) -> Move:
    challenger = workspace.find_model(reference)
    name, now, client = reference.name, challenger.version, workspace.client
    before = aliases_of(client, client.get_registered_model(name)).get(CHAMPION)
    if before == now:
        return Move(name, before, now, "is the champion already", lineage=challenger.lineage)
    failed = failed_diagnostics(workspace.get_run(challenger.run_id)) or ""
    move = Move(name, before, now, "first champion", lineage=challenger.lineage, failed=failed)
    if before is None:
        return move
    if margin is None:
        return replace(move, why="not compared")
    champion = workspace.find_version(ModelReference(name, version=before))
    new, old = (load_held_out(workspace, str(found.run_id)) for found in (challenger, champion))
    check_same_data(new, old, (f"{name}: version {now}", f"the champion, version {before},"))
    if reason := too_few(new):
        raise InputError(f"{name}: version {now}: {reason}; promote without one: margin=null")
    return replace(move, why=f"margin {margin:g}", comparison=compare(new, old, bootstrap))


def _reference(namespace: str, text: str) -> ModelReference:
    reference = ModelReference.parse(text if "@" in text or "/" in text else f"{text}@{CHALLENGER}")
    own = reference.name.rpartition(".")[0]
    if own != namespace:
        raise InputError(
            f"models={reference.name}: of the namespace {shown_namespace(own)}, this command's is "
            f"{shown_namespace(namespace)}; say namespace={shown_namespace(own)}"
        )
    return reference


def _check_lineage(moves: Sequence[Move]) -> None:
    joined, others = Lineage(), "the models before it"
    for move in moves:
        own = Lineage({**move.lineage, move.name: str(move.now)})
        joined = joined.merge(own, others, f"{move.name} version {move.now}")


def _in_words(comparison: Comparison, champion: str | None) -> str:
    """Figures of a comparison in words."""
    return (
        f"{comparison.figure} {comparison.challenger:.3f}, the champion, version {champion}, "
        f"{comparison.champion:.3f}: difference {comparison.difference:+.3f} "
        f"({comparison.low:+.3f} to {comparison.high:+.3f}, n {comparison.n})"
    )
