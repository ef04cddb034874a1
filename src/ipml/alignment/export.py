"""Aligned word vectors as text: what fastText, word2vec, gensim and R read."""

import gzip
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np
import numpy.typing as npt

from ipml.alignment.registered import open_alignment, open_source_language
from ipml.alignment.settings import AlignedVectorsSettings
from ipml.console import console, progress
from ipml.errors import InputError
from ipml.files import atomic_path
from ipml.tracking import Workspace

_CHUNK = 8192  # words at a time


def export(settings: AlignedVectorsSettings, workspace: Workspace) -> Path:
    """Write the words of a registered alignment's source language with their vectors in the reference space.

    The first line holds the number of words and the dimension, every other one a word and its numbers with six
    digits. A word that holds white space cannot stand in this format: such words are left out and counted.

    Raises
    ------
    InputError
        If the model is no alignment, its word vectors are gone, or the file cannot be written.
    """
    model = workspace.find_model(settings.registered_model)
    alignment = open_alignment(model.folder)
    language = open_source_language(alignment, workspace.reach)
    every = list((language.vectors.words or [])[: settings.max_words])
    words = [word for word in every if not re.search(r"\s", word)]
    output = Path(settings.output)
    if not words:
        raise InputError(f"registered_model={settings.registered_model}: no words to write")
    with (
        atomic_path(output) as path,
        _text_file(path, output.suffix == ".gz") as file,
        progress("aligned vectors", len(words)) as step,
    ):
        for start in range(0, len(words), _CHUNK):
            chunk = words[start : start + _CHUNK]
            vectors = alignment.reference_vectors(chunk, language.vectors.select(chunk)[1])
            if start == 0:
                file.write(f"{len(words)} {vectors.shape[1]}\n")
            file.writelines(_lines(chunk, vectors))
            step.advance(len(chunk))
    left_out = len(every) - len(words)
    console.print(
        f"{output}: {len(words)} words of {model.name} version {model.version}; {left_out} with white space left out"
    )
    return output


def _lines(words: Iterable[str], vectors: npt.NDArray[np.float32]) -> Iterator[str]:
    for word, vector in zip(words, vectors, strict=True):
        yield f"{word} {' '.join(f'{x:.6g}' for x in vector.tolist())}\n"


@contextmanager
def _text_file(path: Path, packed: bool) -> Iterator[IO[str]]:
    """Open a UTF-8 file for writing; packed without the time, so that equal content gives equal bytes."""
    with ExitStack() as stack:
        stream: IO[bytes] = stack.enter_context(path.open("wb"))
        if packed:
            packing = gzip.GzipFile(fileobj=stream, mode="wb", mtime=0, filename="")
            stream = cast(IO[bytes], stack.enter_context(packing))
        yield stack.enter_context(io.TextIOWrapper(stream, encoding="utf-8", newline="\n"))
