"""The namespace of a command that is given none: each corpus has its own, so that no study reads another's models."""

import hashlib
import re
import unicodedata
from pathlib import Path

_LONGEST = 60  # characters
_REFUSED = re.compile(r"[^\w.-]")  # all else means something in an address, a reference or a query


def default_namespace(kind: str, root: str) -> str:
    """Namespace of the models of a corpus: that of its folder's name; empty for simulated worlds.

    Nothing is read: the name of the folder alone decides. A name with other characters than letters, digits and
    ``._-``, or a long one, is written without them and with its hash, so that two names never get one namespace.

    Parameters
    ----------
    kind, root
        ``data.kind`` and ``data.root``.

    Examples
    --------
    >>> default_namespace("corpus", "data/mine/")
    'mine'
    >>> default_namespace("simulated", "data/simulated-0f3a")
    ''
    """
    if kind == "simulated":
        return ""
    name = unicodedata.normalize("NFC", Path(root).resolve().name)  # as macOS gives it and as it was typed
    safe = _REFUSED.sub("_", name).strip(".-") or "_"
    if safe == name and len(name) <= _LONGEST:
        return name
    return f"{safe[:_LONGEST]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def shown_namespace(namespace: str) -> str:
    """Namespace as a message says it and as it is typed: ``''`` for the empty one."""
    return namespace or "''"
