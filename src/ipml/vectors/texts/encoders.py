"""What encodes the texts of a run: an encoder of whole texts, or means of the aligned words of each language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ipml.alignment.registered import AlignedLanguage
from ipml.errors import InputError
from ipml.reach import Download
from ipml.settings import Embeddings
from ipml.statistics.angles import unit_vectors
from ipml.text import encode_texts
from ipml.text.encoders import TextEncoder
from ipml.text.encoders.kept import KeptTexts
from ipml.text.encoders.transformers import open_minilm, open_sentence_transformer
from ipml.text.encoders.universal import open_universal
from ipml.text.kinds import make_kind
from ipml.vectors.settings import TextMeans

WORD_VECTORS = "word_vectors"
Vectors = npt.NDArray[np.float32]


class LanguageEncoder(Protocol):
    """Encodes texts of one language in the space that all languages of a study have in common."""

    def encode(self, texts: Sequence[str], description: str) -> Vectors:
        """Encode n texts, (n, d); zeros for one that has no vector."""


@dataclass(frozen=True)
class MeansOfWords:
    """A text is the mean of its words' vectors in the reference space; repeats count."""

    aligned: AlignedLanguage

    def encode(self, texts: Sequence[str], description: str) -> Vectors:
        """Encode n texts, (n, d); zeros for one without a known word."""
        encoded = encode_texts(texts, self.aligned.language, description=description)
        words = self.aligned.to_reference_space(encoded.words, encoded.vectors).astype(np.float64)
        sums = encoded.counts().astype(np.float64) @ words
        return np.asarray(sums / np.maximum(encoded.lengths, 1)[:, None], dtype=np.float32)


@dataclass(frozen=True)
class WholeTexts:
    """A text is what an encoder of texts makes of it, at length 1."""

    encoder: TextEncoder | KeptTexts

    def encode(self, texts: Sequence[str], description: str) -> Vectors:
        """Encode n texts, (n, d); zeros for an empty one."""
        vectors = np.zeros((len(texts), self.encoder.dimension), dtype=np.float32)
        given = [place for place, text in enumerate(texts) if text.strip()]
        if given:
            found = self.encoder.encode([texts[place] for place in given], description)
            vectors[given] = unit_vectors(found)
        return vectors


def encoder_settings(vectors: TextMeans, embeddings: Embeddings, languages: Sequence[str]) -> dict[str, Any]:
    """``kind`` and options of the encoder that ``vectors.encoder`` names, or else that of the embeddings.

    Raises
    ------
    InputError
        If one language's vectors come from the multilingual encoder, and the other's do not.
    """
    if vectors.encoder.kind != "embeddings":
        return {key: value for key, value in vectors.encoder.model_dump().items() if value is not None}
    kinds = {code: embeddings.languages[code].vectors["kind"] for code in dict.fromkeys(languages)}
    encoded = {code for code, kind in kinds.items() if kind == "encoder"}
    if encoded and len(encoded) < len(kinds):
        shown = ", ".join(f"{code}: {kind}" for code, kind in kinds.items())
        raise InputError(
            f"embeddings={embeddings.name}: texts of one language would be encoded and those of the other not "
            f"({shown}); say which, as vectors.encoder.kind=use"
        )
    return {"kind": "use" if encoded else WORD_VECTORS}


def open_encoder(
    settings: Mapping[str, Any], languages: Sequence[str], download: Download = False
) -> TextEncoder | None:
    """Open an encoder of whole texts by its ``kind`` and options; None for ``word_vectors``, which is none.

    Parameters
    ----------
    settings
        Those of `encoder_settings`.
    languages
        Of the texts.
    download
        Whether a model that is not on this machine is fetched from the hub, and with the user's token.

    Raises
    ------
    InputError
        If its package or model is missing, or it does not read a language.
    """
    other = next((code for code in languages if code != "en"), "en")
    kinds: dict[str, Any] = {
        WORD_VECTORS: lambda: None,
        "use": lambda: open_universal("vectors.encoder.kind=use"),
        "minilm": lambda: open_minilm(other),
        "sentence_transformers": lambda model: open_sentence_transformer(model, download),
    }
    found: TextEncoder | None = make_kind("vectors.encoder", settings, kinds)
    return found
