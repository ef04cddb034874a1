"""What is known of a corpus without opening it: its card, ``corpus.json``, and the line that begins a command."""

from pathlib import Path

from ipml.corpus.ingest import check_source, find_ingested
from ipml.corpus.storage import CorpusInfo, read_info
from ipml.errors import InputError
from ipml.settings import Data
from ipml.settings.namespace import default_namespace, shown_namespace


def find_card(data: Data, ingested: bool = False) -> CorpusInfo | None:
    """Read the card of the corpus that settings name; None where it is not made yet.

    Parameters
    ----------
    data
        The group ``data``.
    ingested
        Whether the corpus that was made of a source is looked for too, which reads the source's files.

    Raises
    ------
    InputError
        If the folder of a corpus is not there or is something else, or holds firms of one's own, and the settings say
        that it is a simulated world.
    """
    root = Path(data.root)
    card = read_info(root)
    if card is None and data.kind == "corpus":
        check_source(root)
    if card is not None and data.kind == "simulated" and not card.simulated:
        raise InputError(
            f"data.root={root}: a corpus of real firms, not a simulated world; say data=corpus data.root={root}"
        )
    if card is None and ingested and data.kind == "corpus":
        found = find_ingested(root, Path(str(data.cache)), data.countries, data.firm_types)
        card = None if found is None else read_info(found)
    return card


def is_of_corpus(namespace: str, data: Data) -> bool:
    """Whether the models of a namespace are to be those of the corpus that settings name.

    They are where the corpus chose the namespace, and where it was named: a simulated world is there by default, beside
    another namespace it says nothing.
    """
    return data.kind == "corpus" or namespace == default_namespace(data.kind, data.root)


def header(data: Data, namespace: str, reads_corpus: bool) -> str:
    """Line that says which corpus a command is about, and whose models it reads and makes.

    Parameters
    ----------
    reads_corpus
        Whether the command opens the corpus, or goes by its name alone.

    Raises
    ------
    InputError
        As `find_card`.
    """
    of_namespace = f"namespace {shown_namespace(namespace)}"
    card = find_card(data)
    if not reads_corpus and not is_of_corpus(namespace, data):
        return of_namespace
    if data.kind == "simulated":
        state = "not made yet" if card is None else card.hash
        return f"corpus simulated ({state}), {of_namespace}"
    root = Path(data.root)
    simulated = ", simulated" if card is not None and card.simulated else ""
    state = "a source" if card is None else f"{card.hash}{simulated}"
    return f"corpus {root.resolve().name} ({state}), {of_namespace}"
