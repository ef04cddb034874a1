"""Call the function of a command with its settings, the workspace made of them, and the corpus where it reads one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ipml.commands import COMMANDS, Argument, Call
from ipml.settings import CommandSettings, Data

if TYPE_CHECKING:
    from ipml.corpus import Corpus


def run_command(command: str, settings: CommandSettings) -> Any:
    """Run a command with its settings; processes of a study import it from here."""
    return perform(COMMANDS[command], settings)


def announce(command: str, settings: CommandSettings) -> None:
    """Have the output begin with the corpus and the models that a command is about; nothing above a CSV or JSON."""
    from ipml.console import console

    console.header = ""
    data = getattr(settings, "data", None)
    if not isinstance(data, Data) or getattr(settings, "format", "table") != "table":
        return
    from ipml.corpus.card import header

    reads_corpus = "corpus" in COMMANDS[command].takes or hasattr(settings, "country")
    console.header = header(data, settings.namespace or "", reads_corpus)


def perform(call: Call, settings: CommandSettings) -> Any:
    """Call a function with what it takes; returns what it returns."""
    # The corpus first: that it is not there is said before the libraries of a stage are loaded.
    given: dict[Argument, Any] = {}
    if "corpus" in call.takes:
        given["corpus"] = open_corpus(cast(Any, settings).data)
    if "workspace" in call.takes:
        from ipml.tracking import Workspace

        given["workspace"] = Workspace(settings)
    given["settings"] = settings
    from ipml.targets import check_targets

    check_targets(settings.model_dump(exclude={"source"}))  # a reader is not handed all that stands there
    return call.load()(*(given[name] for name in call.takes))


def open_corpus(data: Data) -> "Corpus":
    """Open ``data.root``: a simulated world is made at first use, a folder of JSON lines is ingested once.

    Raises
    ------
    InputError
        If the folder holds something else, or the world cannot be made.
    """
    root = Path(data.root)
    if data.world is not None and data.reference_language is not None:
        from ipml.simulation import ensure_world, read_world_codes

        codes = read_world_codes(data.countries, data.firm_types, data.reference_language)
        return ensure_world(root, data.world, codes)
    from ipml.corpus.ingest import open_or_ingest

    return open_or_ingest(root, Path(str(data.cache)), data.countries, data.firm_types)
