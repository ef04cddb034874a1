"""Encoders of the package `transformers`: opened from safetensors files, without code of others."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ipml.errors import InputError, first_line, no_such_folder
from ipml.files import hash_file, short_hash
from ipml.reach import Download, Reach, not_fetched
from ipml.text.kinds import package_version

_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
_KEY = "model.encoder.path"

Encode = Callable[[Tensor, Tensor], Tensor]


class HiddenStateCache:
    """Hidden states of pages, on the CPU, up to a limit, so that later epochs and folds need not ask a frozen encoder.

    Pages beyond the limit are encoded each time: every epoch reads all pages, so that dropping old ones for new
    ones would drop each before it is read again.

    Parameters
    ----------
    limit
        Bytes of hidden states.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.used = 0
        self._states: dict[bytes, Tensor] = {}

    def __len__(self) -> int:
        """Count the pages that are kept."""
        return len(self._states)

    def hidden_states(self, ids: Tensor, mask: Tensor, pages_at_a_time: int, encode: Encode) -> Tensor:
        """Look up or compute the hidden state of each subword, page after page without padding, (sum of mask, d).

        Parameters
        ----------
        ids, mask
            Subwords of P pages, padded, (P, L); mask 1 for a subword.
        pages_at_a_time
            Pages that are encoded together.
        encode
            Makes the hidden states (p, l, d) of some pages.
        """
        keys = [row[kept].numpy().tobytes() for row, kept in zip(ids.cpu(), mask.cpu().bool(), strict=True)]
        unknown = torch.tensor([row for row, key in enumerate(keys) if key not in self._states])
        found: dict[bytes, Tensor] = {}
        for rows in unknown.split(pages_at_a_time) if len(unknown) else ():
            for row, states in zip(rows.tolist(), page_states(ids[rows], mask[rows], encode), strict=True):
                found[keys[row]] = states
                self._keep(keys[row], states)
        return torch.cat([found[key] if key in found else self._states[key].to(ids.device) for key in keys])

    def _keep(self, key: bytes, states: Tensor) -> None:
        size = states.numel() * states.element_size()
        if key not in self._states and self.used + size <= self.limit:
            self._states[key] = states.cpu()
            self.used += size


def page_states(ids: Tensor, mask: Tensor, encode: Encode) -> list[Tensor]:
    """Encode padded pages (P, L): hidden states of the subwords of each, (subwords, d)."""
    longest = int(mask.sum(1).max())
    ids, mask = ids[:, :longest], mask[:, :longest]
    return [states[kept] for states, kept in zip(encode(ids, mask), mask.bool(), strict=True)]


class Encoder(NamedTuple):
    """An encoder and the fast tokenizer that cuts words into its subwords."""

    model: nn.Module
    tokenizer: Any
    dimension: int  # of a hidden state
    max_subwords: int  # that it can read at once
    cache: HiddenStateCache  # of use while it is frozen


def open_encoder(settings: Mapping[str, Any]) -> Encoder:
    """Open the encoder of ``model.encoder``; a frozen one is opened once and shared.

    Parameters
    ----------
    settings
        ``path``, a local folder or the name of a repository of the Hugging Face hub; ``fine_tune``;
        ``max_pieces``; ``pages_at_a_time``; ``cache_gigabytes``.

    Raises
    ------
    InputError
        If `transformers` is not installed, there is no such encoder, its files are not whole, or a page of
        ``max_pieces`` is too long for it.
    """
    folder = _folder(settings)
    encoder = _open(folder) if settings["fine_tune"] else _open_frozen(folder, _fingerprint(folder))
    if settings["max_pieces"] > encoder.max_subwords:
        raise InputError(
            f"model.encoder.max_pieces={settings['max_pieces']}: {settings['path']} reads at most "
            f"{encoder.max_subwords}"
        )
    encoder.cache.limit = settings["cache_gigabytes"] * 1e9
    return encoder


def encoder_lineage(settings: Mapping[str, Any] | None, download: Download = False) -> dict[str, str]:
    """Fingerprint the files of an encoder, by its name in a lineage; empty without an encoder.

    Parameters
    ----------
    download
        Whether one that is not on this machine is fetched from the hub, and with the user's token. `open_encoder` takes
        what is here.
    """
    return {} if settings is None else {"encoder": _fingerprint(_folder(settings, download))}


def reached_settings(settings: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    """Settings of an encoder as a model keeps them, with a folder only where the model may read it.

    Raises
    ------
    InputError
        If it may not.
    """
    path = settings["path"]
    if isinstance(path, str) and _is_hub_name(path):
        return dict(settings)
    return {**settings, "path": str(reach.file(path, _KEY))}


def kept_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make settings open the same encoder from any folder."""
    path = Path(settings["path"])
    return {**settings, "path": str(path.absolute())} if path.is_dir() else dict(settings)


def _is_hub_name(path: str) -> bool:
    """Whether a path can be the name of a repository of the hub, and is no folder here."""
    return re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)?", path) is not None and not Path(path).exists()


def _folder(settings: Mapping[str, Any], download: Download = False) -> Path:
    """Find the local folder of an encoder; of a name on the hub what was fetched before, or is allowed to be now."""
    package_version("transformers", "model.encoder", "pip install 'ipml[contextual]'")
    path = settings["path"]
    if Path(path).is_dir():
        return Path(path)
    if not _is_hub_name(path):
        raise no_such_folder(_KEY, path)
    from huggingface_hub import snapshot_download

    try:
        found = snapshot_download(
            path,
            allow_patterns=_FILES,
            ignore_patterns=["*/*"],
            local_files_only=download is False,
            token=None if download == "with_token" else False,
        )
        return Path(found)
    except (OSError, ValueError) as error:
        if download is False:
            raise not_fetched(_KEY, path) from error
        raise InputError(
            f"{_KEY}={path}: neither a folder nor within reach on the hub ({first_line(error)})"
        ) from error


def _fingerprint(folder: Path) -> str:
    files = sorted({file for pattern in _FILES for file in folder.glob(pattern)})
    return short_hash(*(part for file in files for part in (file.name, hash_file(file))))


@lru_cache(maxsize=1)
def _open_frozen(folder: Path, fingerprint: str) -> Encoder:
    """Open an encoder whose weights stay as they are: all fold models use this one."""
    encoder = _open(folder)
    encoder.model.requires_grad_(False)
    return encoder


def _open(folder: Path) -> Encoder:
    from transformers import AutoModel, AutoTokenizer

    try:
        with torch.random.fork_rng(), _quiet_transformers():
            # A folder may name other repositories, too.
            here = {"trust_remote_code": False, "local_files_only": True, "token": False}
            tokenizer = AutoTokenizer.from_pretrained(folder, **here)
            model, report = AutoModel.from_pretrained(
                folder,
                **here,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except Exception as error:  # of any kind, as each format has its own
        raise InputError(
            f"{_KEY}={folder}: not an encoder with its tokenizer ({first_line(error)})"
        ) from error
    missing = sorted(name for name in report["missing_keys"] if not name.startswith("pooler."))
    if missing:
        raise InputError(f"{_KEY}={folder}: weights are missing, {missing[0]} and {len(missing) - 1} others")
    if not tokenizer.is_fast or model.config.is_encoder_decoder:
        raise InputError(f"{_KEY}={folder}: needed: an encoder alone, with a fast tokenizer")
    longest = min(
        tokenizer.model_max_length,
        getattr(model.config, "max_position_embeddings", tokenizer.model_max_length),
    )
    return Encoder(model.eval(), tokenizer, model.config.hidden_size, longest, HiddenStateCache(0))


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Keep reports on loading off the screen while the block runs."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()
