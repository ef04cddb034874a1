"""Word vectors of any language in the one space where all firms are compared: the English one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig

from ipml.alignment.registered import WordAlignment, in_english_space, open_alignment
from ipml.alignment.stage import alignment_name, needs_alignment
from ipml.errors import LineageError
from ipml.text import Language, open_language
from ipml.tracking import Lineage, ModelReference, find_model


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


def open_aligned_language(config: DictConfig, code: str, version: str | None = None) -> AlignedLanguage:
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
    language = open_language(config.embeddings, code)
    if not needs_alignment(config, code):
        return AlignedLanguage(language, None, Lineage(language.lineage))
    reference = ModelReference(
        alignment_name(config, code), None if version else config.inputs.alias, version
    )
    model = find_model(config, reference)
    name = f"embeddings-{code}"
    if model.lineage.get(name) != language.lineage[name]:
        raise LineageError(
            f"{model.name} version {model.version} was made with {name} {model.lineage.get(name)} but "
            f"embeddings={config.embeddings.name} has {language.lineage[name]}; train the alignment again"
        )
    lineage = Lineage(language.lineage).merge(
        model.own_lineage, f"embeddings={config.embeddings.name}", model.name
    )
    return AlignedLanguage(language, open_alignment(model.folder), lineage, config.calibrated)
