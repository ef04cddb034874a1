"""A language as a set of embeddings sees it: word vectors and the tokenizer they were trained with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipml.errors import InputError
from ipml.reach import Reach
from ipml.settings import Embeddings
from ipml.text.embeddings import KINDS, WordVectors, open_word_vectors
from ipml.text.kinds import takes
from ipml.text.tokenizers import Tokenizer, make_tokenizer

_CACHE = "cache"


@dataclass(frozen=True)
class Language:
    """Word vectors and tokenizer of one language, and the plain settings that `open_kept_language` opens them by again.

    These name no folder that is written: each user's vectors are converted into a cache of their own.
    """

    code: str
    vectors: WordVectors
    tokenizer: Tokenizer
    settings: dict[str, Any]

    @property
    def lineage(self) -> dict[str, str]:
        """Names and fingerprints of vectors and tokenizer."""
        return {
            f"embeddings-{self.code}": self.vectors.fingerprint,
            f"tokenizer-{self.code}": self.tokenizer.fingerprint,
        }


def open_language(embeddings: Embeddings, code: str) -> Language:
    """Open vectors and tokenizer of a language in a set of embeddings.

    Parameters
    ----------
    code
        Of the language, as ``ja``.

    Raises
    ------
    InputError
        If the set has no vectors for the language, or they cannot be opened.
    """
    if code not in embeddings.languages:
        raise InputError(
            f"embeddings={embeddings.name}: no word vectors for language {code}; "
            f"it has: {', '.join(embeddings.languages)}"
        )
    source = embeddings.languages[code]
    settings = {"vectors": dict(source.vectors), "tokenizer": dict(source.tokenizer)}
    for part, values in settings.items():
        for key in sorted(key for key, value in values.items() if value == "???"):
            raise InputError(f"embeddings.languages.{code}.{part}.{key}: a value is needed")
    try:
        return open_language_settings(code, settings)
    except InputError as error:
        if str(error).startswith(("vectors.", "tokenizer.")):  # a key, as it is set
            raise InputError(f"embeddings.languages.{code}.{error}") from error
        raise


def open_kept_language(code: object, settings: object, reach: Reach) -> Language:
    """Open a language from the plain settings that a model keeps, which anybody may have written.

    Raises
    ------
    InputError
        If it names files that it may not read, or the vectors cannot be opened.
    """
    if not isinstance(code, str) or re.fullmatch(r"\w+", code) is None:
        raise InputError(f"language={code!r}: the model names no language; train it again")
    try:
        kept: Any = settings
        of_vectors, of_tokenizer = dict(kept["vectors"]), dict(kept["tokenizer"])
        checked = reach.embeddings(of_vectors, f"the model's vectors of {code}: vectors")
        if takes(checked.get("kind"), _CACHE, KINDS):
            checked[_CACHE] = reach.vector_cache
        return open_language_settings(code, {"vectors": checked, "tokenizer": of_tokenizer})
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"language={code}: the model keeps no settings of its vectors ({error!r}); train it again"
        ) from error


def open_language_settings(code: str, settings: Mapping[str, Any]) -> Language:
    """Open a language from plain settings of the user's own; for those of a model: `open_kept_language`."""
    of_vectors, of_tokenizer = dict(settings["vectors"]), dict(settings["tokenizer"])
    for key in ("path", "words"):  # to be found again from another folder
        if of_vectors.get(key) is not None:
            of_vectors[key] = str(Path(of_vectors[key]).absolute())
    vectors = open_word_vectors(of_vectors)
    kept = {key: value for key, value in of_vectors.items() if key != _CACHE}
    return Language(code, vectors, make_tokenizer(of_tokenizer), {"vectors": kept, "tokenizer": of_tokenizer})
