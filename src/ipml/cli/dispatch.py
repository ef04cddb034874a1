"""Call the function of a command with its settings, the workspace made of them, and the corpus where it reads one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipml.commands import COMMANDS, Argument, Call
from ipml.settings import CommandSettings, Data

if TYPE_CHECKING:
    from ipml.corpus import Corpus


def run_command(command: str, settings: CommandSettings) -> Any:
    """Run a command with its settings; processes of a study import it from here."""
    return perform(COMMANDS[command], settings)


def perform(call: Call, settings: CommandSettings) -> Any:
    """Call a function with what it takes; returns what it returns."""
    function = call.load()
    return function(*(_argument(name, settings) for name in call.takes))


def open_data(settings: Any) -> "Corpus":
    """Open ``data.root`` of a command: a simulated world is made at first use, a raw folder is ingested once."""
    data: Data = settings.data
    if data.world is not None:
        from ipml.simulation import ensure_world, read_world_codes

        codes = read_world_codes(data.countries, data.firm_types, str(data.reference_language))
        return ensure_world(Path(data.root), data.world.model_dump(), codes)
    from ipml.corpus.ingest import open_corpus

    cache = Path(settings.paths.data) / "ingested"
    return open_corpus(Path(data.root), cache, data.countries, data.firm_types)


def _argument(name: Argument, settings: CommandSettings) -> Any:
    if name == "settings":
        return settings
    if name == "corpus":
        return open_data(settings)
    from ipml.tracking import Workspace

    return Workspace.of(settings)
