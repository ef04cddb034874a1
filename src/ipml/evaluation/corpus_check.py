"""Whether the models compared are of the corpus that the command names, or else of that of the newest models."""

from collections.abc import Sequence

from ipml.corpus.card import find_card, is_of_corpus
from ipml.errors import LineageError, NotRegisteredError
from ipml.evaluation.read_groups import RegisteredGroups
from ipml.mapping.stage import STAGE as MAPPING
from ipml.settings import Data
from ipml.settings.namespace import shown_namespace
from ipml.tracking import Lineage, ModelReference, Workspace
from ipml.tracking.registry import CHALLENGER


def check_corpus(
    workspace: Workspace, data: Data, found: RegisteredGroups, wanted: Sequence[tuple[str, str]], alias: str
) -> None:
    """Refuse models of another corpus than is meant: that of the settings, or where they name none that of the newest.

    Parameters
    ----------
    data
        The group ``data`` of the command.
    found
        Groups that were read.
    wanted
        Country and firm type of each group that was asked for.
    alias
        Of the versions that were read.

    Raises
    ------
    LineageError
        With both corpora and what to do.
    """
    read = found.lineage["corpus"]
    models = f"the {alias}s of namespace {shown_namespace(workspace.namespace)} are of corpus {read}"
    if is_of_corpus(workspace.namespace, data):
        if data.kind == "simulated" and not found.simulated:
            raise LineageError(
                f"{models} of real firms, and this command's corpus is the simulated world; say data=corpus "
                f"data.root=… namespace={shown_namespace(workspace.namespace)}"
            )
        card = find_card(data, ingested=True)
        if card is not None and card.hash == read:
            return
        if card is None and data.kind == "simulated":
            raise LineageError(f"{models}, data.root={data.root} is not made yet; {_train(data)}")
        if card is not None:
            is_newest = alias != CHALLENGER and _newest_corpus(workspace, wanted) == card.hash
            remedy = _promote(data) if is_newest else _train(data)
            raise LineageError(f"{models}, data.root={data.root} is corpus {card.hash}; {remedy}")
    if (newest := _newest_corpus(workspace, wanted)) not in (None, read):
        raise LineageError(
            f"{models}, the newest models of these groups of corpus {newest}; {_promote(data)}"
        )


def named_corpus(workspace: Workspace, data: Data) -> str | None:
    """Hash of the corpus that a command names, by itself or by default; None where it names a namespace alone.

    ``""`` where that corpus is not made yet, so that nothing is of it.
    """
    if not is_of_corpus(workspace.namespace, data):
        return None
    card = find_card(data, ingested=True)
    return "" if card is None else card.hash


def _newest_corpus(workspace: Workspace, wanted: Sequence[tuple[str, str]]) -> str | None:
    """Corpus of the mapping of these groups that was registered last; None where none is."""
    versions = []
    for country, firm_type in wanted:
        reference = ModelReference(workspace.name(MAPPING, country, firm_type), alias=CHALLENGER)
        try:
            versions.append(workspace.find_version(reference))
        except NotRegisteredError:
            continue
    if not versions:
        return None
    newest = max(versions, key=lambda version: (version.creation_timestamp, int(version.version)))
    return Lineage.from_tags(newest.tags).get("corpus")


def _named(data: Data) -> str:
    return f"data=corpus data.root={data.root}" if data.kind == "corpus" else "with the same data.… overrides"


def _promote(data: Data) -> str:
    return f"`ipml promote {_named(data)} margin=null` makes the newest the champions: other firms, so not compared"


def _train(data: Data) -> str:
    if data.kind == "corpus":
        return (
            f"train again ({_named(data)}), or give a corpus of the same folder name a namespace of its own"
        )
    return "give the same data.… overrides that they were trained with"
