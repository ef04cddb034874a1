"""Open the corpus that the configuration group ``data`` names."""

from pathlib import Path
from typing import Any

from ipml.corpus import Corpus
from ipml.settings import Data


def open_data(settings: Any) -> Corpus:
    """Open ``data.root`` of a command: a simulated world is made at first use, a raw folder is ingested once."""
    data: Data = settings.data
    if data.kind == "simulated":
        from ipml.simulation import ensure_world, read_world_codes

        codes = read_world_codes(data.countries, data.firm_types, str(data.reference_language))
        return ensure_world(Path(data.root), _plain(data.world), codes)
    from ipml.corpus.ingest import open_corpus

    cache = Path(settings.paths.data) / "ingested"
    return open_corpus(Path(data.root), cache, data.countries, data.firm_types)


def _plain(world: Any) -> Any:
    return world.model_dump() if hasattr(world, "model_dump") else world
