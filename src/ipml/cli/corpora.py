"""Open the corpus that the configuration group ``data`` names."""

from pathlib import Path

from omegaconf import DictConfig

from ipml.corpus import Corpus
from ipml.errors import choice_error


def open_data(config: DictConfig) -> Corpus:
    """Open ``data.root``: a simulated world is made at first use, a raw folder is ingested once."""
    kind = config.data.kind
    if kind == "simulated":
        from ipml.simulation import ensure_world, read_world_codes

        data = config.data
        codes = read_world_codes(data.countries, data.firm_types, data.reference_language)
        return ensure_world(Path(data.root), data.world, codes)
    if kind == "corpus":
        from ipml.corpus.ingest import open_corpus

        data = config.data
        cache = Path(config.paths.data) / "ingested"
        return open_corpus(Path(data.root), cache, data.countries, data.firm_types)
    raise choice_error("data.kind", kind, ["simulated", "corpus"])
