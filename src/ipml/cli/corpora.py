"""Open the corpus that the configuration group ``data`` names."""

from pathlib import Path

from ipml.corpus import Corpus
from ipml.settings import Data


def open_corpus(data: Data) -> Corpus:
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
