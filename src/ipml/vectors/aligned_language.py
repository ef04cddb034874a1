"""Word vectors of any language in the one space where all firms are compared: the English one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.alignment.registered import WordAlignment, in_english_space, open_alignment
from ipml.alignment.stage import alignment_name, needs_alignment
from ipml.errors import LineageError
from ipml.text import Language, open_language
from ipml.tracking import Lineage, ModelReference, Workspace
from ipml.vectors.settings import VectorsSettings


@dataclass(frozen=True)
class AlignedLanguage:
    """A language whose word vectors are brought into the English space, without centring.

    English words, and those of an encoder with one space for all languages, are there already, and have length 1, so
    that no word counts more for being longer. Aligned words are calibrated: their means are then those that English
    words of the same meaning have at length 1, which single aligned words have not. As published (``calibrated``
    false), each aligned word is brought to length 1.
    """

    language: Language
    alignment: WordAlignment | None
    lineage: Lineage
    calibrated: bool = True

    def to_english_space(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Words of this language and their vectors (n, d) in the English space (n, e)."""
        return in_english_space(self.alignment, words, vectors, self.calibrated)


def open_aligned_language(
    settings: VectorsSettings, workspace: Workspace, code: str, version: str | None = None
) -> AlignedLanguage:
    """Open a language's vectors and, where it needs one, the registered alignment.

    Parameters
    ----------
    version
        Of the alignment; None: the one at ``inputs.alias``.

    Raises
    ------
    LineageError
        If the alignment was made for other vectors of the language than the configuration's.
    """
    language = open_language(settings.embeddings, code)
    if not needs_alignment(settings, code):
        return AlignedLanguage(language, None, Lineage(language.lineage))
    name = alignment_name(workspace, settings, code)
    model = workspace.find_model(ModelReference(name, None if version else settings.inputs.alias, version))
    embeddings = f"embeddings-{code}"
    if model.lineage.get(embeddings) != language.lineage[embeddings]:
        raise LineageError(
            f"{model.name} version {model.version} was made with {embeddings} {model.lineage.get(embeddings)} but "
            f"embeddings={settings.embeddings.name} has {language.lineage[embeddings]}; train the alignment again"
        )
    lineage = Lineage(language.lineage).merge(
        model.own_lineage, f"embeddings={settings.embeddings.name}", model.name
    )
    return AlignedLanguage(language, open_alignment(model.folder), lineage, settings.calibrated)


def aligned_language_of_run(
    settings: VectorsSettings, workspace: Workspace, code: str, lineage: Mapping[str, str]
) -> AlignedLanguage:
    """Open a language as a run of the stage did, with the version of the alignment in the run's lineage.

    Parameters
    ----------
    settings, lineage
        Of the run.
    """
    return open_aligned_language(
        settings, workspace, code, lineage.get(alignment_name(workspace, settings, code))
    )
