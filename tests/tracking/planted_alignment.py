"""A small alignment with word vectors of its own, registered in the home of a test."""

from pathlib import Path

import numpy as np

from ipml import alignment
from ipml.alignment.affine import Alignment
from ipml.config import compose_settings
from ipml.text.embeddings.table import write_table
from ipml.tracking import Workspace, register_model

NAME = "alignment-ja-en"
WORDS = ["装置", "方法", "物質"]
CODE = Path(alignment.__file__).parent / "serving.py"


def write_vectors(folder: Path) -> Path:
    """Write the word vectors of the source language, one of each axis."""
    write_table(folder, WORDS, np.eye(3, dtype=np.float32), "planted")
    return folder


def make_alignment(vectors: dict[str, object], **settings: object) -> Alignment:
    """Twice the identity, with the given settings of the vectors of the source language."""
    source = {"vectors": vectors, "tokenizer": {"kind": "whitespace"}}
    nothing = np.zeros((0, 3))
    kept = {"pair": "ja-en", "source_language": source, **settings}
    return Alignment(2 * np.eye(3), nothing, nothing, 1.0, (), kept)


def register_alignment(vectors: dict[str, object], *overrides: str, **settings: object) -> Workspace:
    """Register it; returns the workspace."""
    workspace = Workspace(compose_settings("registry", overrides))
    with workspace.start_run("alignment", NAME) as run:
        make_alignment(vectors, **settings).save(run.model_folder)
        register_model(run, NAME, CODE)
    return workspace
