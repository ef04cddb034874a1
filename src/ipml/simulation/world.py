"""A planted world on disk: corpus, word vectors, dictionaries and the truth, as one folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipml.checksums import check_files, has_checksums, write_checksums
from ipml.console import progress
from ipml.corpus import Corpus, load_corpus, write_corpus
from ipml.errors import InputError
from ipml.files import atomic_path, read_json
from ipml.settings import WorldSettings, validated
from ipml.simulation.content import draw_content
from ipml.simulation.languages import PlantedLanguage
from ipml.simulation.plan import WorldPlan, draw_plan
from ipml.simulation.truth import SETTINGS_FILE, WORLD_REMEDY, groups_of_angles, write_truth
from ipml.simulation.world_codes import WorldCodes
from ipml.text.embeddings.table import write_table

GENERATOR_VERSION = 1  # goes up when the same settings give another world


def ensure_world(root: Path, settings: WorldSettings, codes: WorldCodes) -> Corpus:
    """Open the planted world in ``root``; build it first if the folder does not exist.

    Parameters
    ----------
    root
        Folder of the world. The corpus lies in it, beside ``vectors/ja`` and so on for each language,
        ``lexicon/ja-en.train.tsv`` and so on for each but the reference language, and ``truth/``.
    settings
        The group ``data.world`` of the configuration.
    codes
        Its countries, firm types and languages.

    Raises
    ------
    InputError
        If the angles cannot be planted, ``root`` holds something else, or a file of it is not the one that was written.
    """
    root = Path(root)
    if not root.exists():
        _build(root, settings, codes)
    _check(root, settings, codes)
    return load_corpus(root)


def _build(root: Path, settings: WorldSettings, codes: WorldCodes) -> None:
    with progress("simulating a world", total=3) as step:
        plan = draw_plan(settings, codes)
        step.advance()
        content = draw_content(plan)
        step.advance()
        try:
            with atomic_path(root) as folder:
                write_corpus(
                    folder,
                    {
                        "firms": content.firm_rows(),
                        "pages": content.page_rows(),
                        "patents": content.patent_rows(),
                    },
                    source=f"simulated world, seed {settings.seed}, firms seed {settings.firms_seed}",
                    simulated=True,
                )
                for code, language in plan.languages.items():
                    _write_vectors(folder / "vectors" / code, language)
                _write_dictionaries(folder / "lexicon", plan)
                write_truth(folder / "truth", plan, content, saved_settings(settings, codes))
        except OSError:
            if not root.exists():  # otherwise another process has finished the same world first
                raise
        step.advance()


def saved_settings(settings: WorldSettings, codes: WorldCodes) -> dict[str, Any]:
    """What ``truth/settings.json`` says of a world."""
    return {"generator": GENERATOR_VERSION, "world": settings.as_dict(), "codes": codes.as_dict()}


def _check(root: Path, settings: WorldSettings, codes: WorldCodes) -> None:
    path = root / "truth" / SETTINGS_FILE
    if not path.is_file():
        raise InputError(
            f"data.root={root}: not a simulated world; firms of your own are read by data=corpus data.root={root}, "
            "and a world is made in a folder that does not exist yet"
        )
    for folder in (root / "truth", root / "lexicon", *sorted((root / "vectors").glob("*"))):
        if has_checksums(folder):  # a world of a version that wrote none is taken as it is
            check_files(folder, WORLD_REMEDY)
    saved, wanted = read_json(path), saved_settings(settings, codes)
    if saved["generator"] != GENERATOR_VERSION:
        raise InputError(
            f"data.root={root}: made by version {saved['generator']} of the generator, this is version "
            f"{GENERATOR_VERSION}; delete the folder and run again"
        )
    if "codes" not in saved:  # made before worlds could have other countries and types than the published
        angles = pd.read_parquet(root / "truth" / "angles.parquet")
        saved["codes"] = wanted["codes"] if groups_of_angles(angles) == codes.groups else {}
    # A setting that came later does nothing by default, so a world of before has its default.
    saved["world"] = validated(WorldSettings, saved["world"], f"{path}: world").as_dict()
    if saved == wanted:
        return
    for part, place in (("codes", "data."), ("world", "data.world.")):
        was, now = _flat(saved[part], place), _flat(wanted[part], place)
        for key in {**now, **was}:
            if was.get(key) != now.get(key):
                raise InputError(
                    f"data.root={root}: holds a world with {key}={was.get(key)}, not {now.get(key)}; "
                    "choose another folder"
                )


def _flat(settings: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return flat


def _write_vectors(folder: Path, language: PlantedLanguage) -> None:
    """Write the words that have a vector, the most frequent first."""
    frequency, first = np.bincount(language.spelling, weights=language.frequency), language.spelling
    order = [
        row for row in (-frequency).argsort(kind="stable") if language.has_vector[row] and first[row] == row
    ]
    write_table(
        folder, [language.words[row] for row in order], language.vectors[order], f"simulated {language.code}"
    )


def _write_dictionaries(folder: Path, plan: WorldPlan) -> None:
    folder.mkdir()
    for pair, (train, test) in plan.dictionaries.items():
        for part, frame in (("train", train), ("test", test)):
            lines = (f"{source}\t{target}\n" for source, target in frame.itertuples(index=False))
            (folder / f"{pair}.{part}.tsv").write_text("".join(lines), encoding="utf-8", newline="\n")
    write_checksums(folder, sorted(path.name for path in folder.iterdir()))
