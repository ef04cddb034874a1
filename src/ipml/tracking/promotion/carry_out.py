"""Moving champions: all models of a plan or none, whenever the process is killed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from mlflow.tracking import MlflowClient

from ipml.errors import InputError
from ipml.tracking.promotion.history import STAGE, Entry, Move, read_history, who
from ipml.tracking.promotion.plan import Plan
from ipml.tracking.promotion_record import (
    CHAMPION,
    PromotionRecord,
    aliases_of,
    begin,
    exclusive,
    point,
    settle,
)
from ipml.tracking.workspace import Workspace


def carry_out(workspace: Workspace, plan: Plan, reason: str = "", takeover: bool = False) -> None:
    """Move the champions of a plan and write the history: all of it or nothing, whenever it is killed.

    Parameters
    ----------
    reason
        Kept in the history.
    takeover
        Whether another machine's promotion under way counts as killed, and is undone first.

    Raises
    ------
    InputError
        If another promotion is under way, or a champion is not the one that the plan was made for.
    """
    client = workspace.client
    moving = tuple(move for move in plan.moves if not move.stays)
    with exclusive(workspace.store) as place:
        settle(client, place, takeover)
        history = read_history(workspace)
        for move in plan.moves:
            _check_unchanged(client, move, history)
        if not moving:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        number = history[-1].number + 1 if history else 1
        margin = "null" if plan.margin is None else f"{plan.margin:g}"
        entry = Entry(number, plan.action, now, who(), reason, margin, moving)
        begun = False
        try:
            with workspace.start_run(STAGE, f"{plan.action}-{number}") as run:
                entry.log(run)
                before = {move.name: move.before for move in moving}
                begin(client, PromotionRecord(place, entry.who, entry.time, run.id, before))
                begun = True
                for move in moving:
                    point(client, move.name, move.now)
            # Here the run is finished, which makes the promotion valid.
        finally:
            if begun:
                settle(client, place)


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
