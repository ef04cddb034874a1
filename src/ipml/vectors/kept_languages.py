"""Languages whose words are brought into the reference space, as a served mapping keeps them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ipml.alignment.registered import AlignedLanguage, open_alignment
from ipml.errors import InputError
from ipml.reach import Reach
from ipml.text.languages import open_kept_language
from ipml.tracking import Lineage


def save_language(folder: Path, aligned: AlignedLanguage) -> dict[str, Any]:
    """Write a language's alignment below the folder of a model; returns plain settings for `load_language`."""
    code = aligned.language.code
    if aligned.alignment is not None:
        aligned.alignment.save(folder / f"alignment-{code}")
    return {
        "language": code,
        "settings": aligned.language.settings,
        "lineage": aligned.language.lineage,
        "aligned": aligned.alignment is not None,
        "calibrated": aligned.calibrated,
    }


def load_language(folder: Path, settings: Mapping[str, Any], reach: Reach) -> AlignedLanguage:
    """Open what `save_language` wrote.

    Raises
    ------
    InputError
        If word vectors cannot be opened, are not the same any more, or may not be read.
    """
    code = settings["language"]
    language = open_kept_language(code, settings["settings"], reach)
    for name, found in language.lineage.items():
        if found != settings["lineage"][name]:
            raise InputError(
                f"{name}: the model was made with {settings['lineage'][name]}, but its settings now open {found}"
            )
    alignment = open_alignment(folder / f"alignment-{code}") if settings["aligned"] else None
    return AlignedLanguage(language, alignment, Lineage(), settings["calibrated"])
