"""What makes a promotion one step although MLflow moves one alias at a time.

A promotion notes the champions of before in a record, moves the aliases, and is valid from the moment its run is
FINISHED, which is one write. Until then whoever reads a champion through `aliases_of` gets the one of before, and
whoever promotes next puts it back. The record is a registered model of a name of its own, since a registry makes a name
once only, whoever asks: beside the database or over a server, no two promotions can be under way.

A file lock, which the system takes off a process that dies, tells a record whose owner is dead from one that is
being worked on. Owners that do not share the file (another machine on the same server) cannot be told dead.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from mlflow.entities.model_registry import RegisteredModel
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from ipml.errors import InputError
from ipml.files import locked, short_hash, write_text
from ipml.guards.secrets import mask
from ipml.tracking.store import Store, sqlite_file

CHAMPION = "champion"
RECORD = "ipml-promotion"
_TAG = "ipml.intent"


@dataclass(frozen=True)
class PromotionRecord:
    """A promotion that has begun.

    Attributes
    ----------
    place
        Name of its lock file, from `exclusive`.
    who, begun
        Who promotes, and since when.
    run_id
        Its run.
    before
        Champion of before of each model, None where there was none.
    """

    place: str
    who: str
    begun: str
    run_id: str
    before: Mapping[str, str | None]


@contextmanager
def exclusive(store: Store) -> Iterator[str]:
    """Hold the lock file of the registry while the block runs; yields its name, which no other lock file has.

    Raises
    ------
    InputError
        If another process holds it.
    """
    path = _lock_file(store)
    name = path.with_name(f"{path.name}.name")  # Windows lets nobody read a locked file
    with ExitStack() as held:
        try:
            held.enter_context(locked(path, wait=False))
        except BlockingIOError as error:
            raise InputError(
                f"another promotion is under way in {store.folder}; run the command again when it has ended"
            ) from error
        if not name.is_file():
            write_text(name, uuid.uuid4().hex)
        yield name.read_text(encoding="utf-8")


def begin(client: MlflowClient, record: PromotionRecord) -> None:
    """Write the record; `InputError` if there is one."""
    try:
        client.create_registered_model(RECORD, tags={_TAG: json.dumps(asdict(record))})
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        raise InputError("another promotion is under way; run the command again when it has ended") from error


def settle(client: MlflowClient, place: str, takeover: bool = False) -> None:
    """Take the record away; if its promotion did not come to its end, put the champions of before back first.

    Parameters
    ----------
    place
        From `exclusive`, whose block this is called in.
    takeover
        Whether the record of another place counts as that of a dead process.

    Raises
    ------
    InputError
        If the record is of another place.
    """
    record = _read(client)
    if record is None:
        return
    if record.place != place and not takeover:
        raise InputError(
            f"another promotion is under way: by {record.who} since {record.begun}; if that process was killed, "
            "say takeover=true"
        )
    if not _finished(client, record):
        for name, version in record.before.items():
            point(client, name, version)
        client.set_terminated(record.run_id, "KILLED")
    client.delete_registered_model(RECORD)


def point(client: MlflowClient, name: str, version: str | None) -> None:
    """Move the alias of the champion; None takes it away."""
    if version is None:
        client.delete_registered_model_alias(name, CHAMPION)
    else:
        client.set_registered_model_alias(name, CHAMPION, version)


def aliases_of(client: MlflowClient, model: RegisteredModel) -> dict[str, str]:
    """Aliases of a model with their versions; of a promotion under way, the champion is the one of before."""
    aliases = {alias: str(version) for alias, version in model.aliases.items()}
    # Read after the aliases: a promotion that began in between has moved none of those.
    record = _read(client)
    if record is None or model.name not in record.before or _finished(client, record):
        return aliases
    before = record.before[model.name]
    others = {alias: version for alias, version in aliases.items() if alias != CHAMPION}
    return others if before is None else {**others, CHAMPION: before}


def _read(client: MlflowClient) -> PromotionRecord | None:
    try:
        tags = client.get_registered_model(RECORD).tags
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
    return PromotionRecord(**json.loads(tags[_TAG]))


def _finished(client: MlflowClient, record: PromotionRecord) -> bool:
    return bool(client.get_run(record.run_id).info.status == "FINISHED")


def _lock_file(store: Store) -> Path:
    database = sqlite_file(store.uri)
    if database is not None:
        return database.with_name(f"{database.name}.promotion.lock")
    return store.folder / f"{short_hash(mask(store.uri))}.promotion.lock"
