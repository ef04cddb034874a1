"""Open the corpus that the configuration group ``data`` names."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from ipml.corpus import Corpus
from ipml.errors import choice_error


def settled(config: DictConfig, command: str) -> Any:
    """Transitional: settings of a composed configuration."""
    from omegaconf import OmegaConf

    from ipml.config import settings_class
    from ipml.settings import validated

    content: Any = OmegaConf.to_container(config, resolve=True)
    return validated(settings_class(command, content), content, "", lambda _: None, command)


def open_data(config: DictConfig) -> Corpus:
    """Open ``data.root``: a simulated world is made at first use, a raw folder is ingested once."""
    kind = config.data.kind
    if kind == "simulated":
        from ipml.simulation import ensure_world

        return ensure_world(Path(config.data.root), config.data.world)
    if kind == "corpus":
        from ipml.corpus.ingest import open_corpus

        return open_corpus(Path(config.data.root), Path(config.paths.data) / "ingested")
    raise choice_error("data.kind", kind, ["simulated", "corpus"])
