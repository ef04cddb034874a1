"""Trainings drawn over simulated worlds of many kinds, with their diagnostics and how wrong their keywords are.

Each training has a small world of its own, of one country. What it gave is kept by content: networks by their settings
and the code that trains, figures by the code that makes them too. So a run that was killed goes on, and new diagnostics
need no new training.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import ipml
from benchmarks.keyword_recovery import planted_pairs
from benchmarks.page_worlds import World, world_of
from benchmarks.training_settings import training_settings
from ipml.codes import code_names
from ipml.console import track
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.diagnostics.diagnose import Looked, default_selection, diagnose
from ipml.dual_attention.diagnostics.member_keywords import FirmWords
from ipml.dual_attention.keywords.selection import select
from ipml.dual_attention.network.factory import saved_settings
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.files import atomic_path, read_json, short_hash, write_json
from ipml.settings import Selection
from ipml.statistics.angles import angle_degrees

LEAST_RECALL, MOST_DEGREES = 0.5, 8.0
_CODE = {
    "training": ("dual_attention/training", "dual_attention/network", "dual_attention/data", "simulation"),
    "figures": ("dual_attention/diagnostics", "dual_attention/keywords"),
}
_SMALL = (
    "data.world.scale=0.03",
    "data.world.min_without_patents=70",
    "data.world.patents.mean=1",
    "model.controls=false",
    "model.n_folds=3",
)
# Values of what the kinds of world and training differ in; those that stand twice are drawn twice as often.
_PRESETS = ("simulated", "simulated", "simulated_hard")
_LEAKAGE = (0.01, 0.01, 0.03, 0.05, 0.08, 0.10, 0.12, 0.15, 0.20)
_DRAWN: dict[str, tuple[Any, ...]] = {
    "data.world.min_group": (35, 50, 70),
    "data.world.firms.different_without_patents": (0.4, 0.6, 0.6, 0.9),
    "data.world.languages.noise": (1.0, 1.9, 1.9, 2.5),
    "data.world.pages.product_share": (0.1, 0.16, 0.16, 0.3),
    "data.world.pages.median_tokens": (120, 200, 300),
}
_MODELS: tuple[tuple[str, ...], ...] = (
    *[("model=dual_attn",)] * 6,
    ("model=dual_attn", "model.max_epochs=6"),
    ("model=dual_attn_published", "model.max_epochs=4"),
)


@dataclass(frozen=True)
class Training:
    """One training: its diagnostics by name, and what the planted truth says of its keywords.

    Attributes
    ----------
    overrides
        That it was made with.
    figures
        Diagnostics.
    recall
        Share of the planted product words that are keywords by the default rule.
    degrees
        Angle between the mean product vectors of keywords and of planted words, over firms with patents; None
        without keywords.
    seconds
        That training and diagnostics took.
    """

    overrides: list[str]
    figures: dict[str, float]
    recall: float
    degrees: float | None
    seconds: dict[str, float]

    @property
    def failed(self) -> bool:
        """Whether its keywords are not those planted."""
        return self.recall < LEAST_RECALL or self.degrees is None or self.degrees > MOST_DEGREES


def draw_overrides(number: int, seed: int) -> list[str]:
    """Draw the kind of one training: world, size, model, country and seeds."""
    rng = np.random.default_rng([seed, number])
    preset = _PRESETS[rng.integers(len(_PRESETS))]
    drawn = {key: values[rng.integers(len(values))] for key, values in _DRAWN.items()}
    leakage = _LEAKAGE[rng.integers(len(_LEAKAGE))]
    if preset == "simulated":
        drawn["data.world.pages.leakage"] = leakage
    model = _MODELS[rng.integers(len(_MODELS))]
    countries = code_names("country")
    country = countries[rng.integers(len(countries))]
    own = {
        "data.world.seed": 1000 * seed + number,
        "country": country,
        "data.countries": f"[{country}]",
        "seed": int(rng.integers(100)),
    }
    return [f"data={preset}", *model, *_SMALL, *(f"{key}={value}" for key, value in (drawn | own).items())]


def trainings(n: int, seed: int, cache: Path, others: Sequence[str] = ()) -> Iterator[Training]:
    """Yield trainings drawn by a seed, each read from the cache or made and kept there.

    Parameters
    ----------
    others
        Overrides of all of them, as ``model.n_seeds=2``.
    """
    for number in track(range(n), f"trainings, seed {seed}"):
        yield training([*draw_overrides(number, seed), *others], cache)


def training(overrides: list[str], cache: Path) -> Training:
    """Read one training from the cache, or make it and keep it."""
    place = cache / short_hash(*overrides, *_code("training"))
    settings = training_settings([*overrides, f"paths.root={cache}", f"data.root={place / 'world'}"])
    rule, networks = (
        default_selection(),
        short_hash(str((settings.model, settings.data.world, settings.seed))),
    )
    path = place / f"{short_hash(networks, str(rule), *_code('figures'))}.json"
    if path.is_file():
        return Training(**read_json(path))
    world = world_of(settings)
    bundle, seconds = _networks(world, place / networks)
    start = time.process_time()
    looked = Looked.of(bundle, world.sites, bundle.score(world.sites))
    figures = diagnose(looked, world.sites, world.labels, {}, rule, world.settings.seed)
    spent = {"training": seconds, "diagnostics": time.process_time() - start}
    found = Training(overrides, figures, *keyword_errors(world, looked, rule), spent)
    write_json(path, vars(found))
    return found


def keyword_errors(world: World, looked: Looked, rule: Selection) -> tuple[float, float | None]:
    """Compute recall of the planted words, and the angle in degrees of the mean product vector."""
    sites, firm_words = world.sites, FirmWords.of(world.sites)
    selected = select(sites, looked.scores, looked.contrast, {}, rule)
    chosen = firm_words.any(selected.taken)
    is_planted, n_planted = planted_pairs(world)
    with_patents = world.labels[firm_words.firm] > 0
    found, planted = (
        firm_words.mean_vector(words & with_patents, sites.vectors, len(sites))
        for words in (chosen, is_planted)
    )
    degrees = float(angle_degrees(found, planted)) if np.isfinite(found).all() else None
    return float((chosen & is_planted).sum() / n_planted.sum()), degrees


def _networks(world: World, folder: Path) -> tuple[Bundle, float]:
    """Trained networks, and the seconds of the processor that they took."""
    clock = folder.with_suffix(".json")
    if folder.is_dir() and clock.is_file():
        return Bundle.load(folder), float(read_json(clock)["seconds"])
    settings, start = world.settings, time.process_time()
    bundle = cross_fit(world.sites, world.labels, settings.model, settings.trainer, settings.seed)
    seconds = time.process_time() - start
    bundle.settings.update(
        country=settings.country.name, page_kinds=None, lineage={}, model=saved_settings(settings.model)
    )
    with atomic_path(folder) as temporary:
        bundle.save(temporary)
    write_json(clock, {"seconds": seconds})
    return bundle, seconds


def _code(what: str) -> list[bytes]:
    root = Path(os.fspath(ipml.__path__[0]))
    return [path.read_bytes() for name in _CODE[what] for path in sorted((root / name).rglob("*.py"))]
