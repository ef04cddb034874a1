"""A small bilingual world: Japanese words are the English ones, turned; JP and US firms say the same."""

import shutil
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from ipml.config import compose_config, compose_settings
from ipml.corpus import Corpus, write_corpus
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors
from ipml.text.embeddings.table import write_table
from ipml.tracking import Workspace

N_WORDS, DIMENSION, N_TOPICS = 240, 8, 6
FIRM_TYPES = ["established"] * 40 + ["high_growth"] * 12


def new_world(
    tmp_path_factory, tracking_database: Path, kind: "type[World] | None" = None, **options: Any
) -> "World":
    """Make a world in a folder of its own, with an empty tracking database."""
    home = tmp_path_factory.mktemp("planted")
    (home / "mlruns").mkdir()
    shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
    return (kind or World)(home, **options)


class World:
    """Firms of JP and US with the same words, in ``ja`` and in ``en``.

    Firm number i of both countries has the same keywords and patents, word for word. JP firms also have one
    English patent. Special JP firms: ``JP-x-silent`` has no keywords, ``JP-x-unknown`` keywords without a
    vector, ``JP-x-english`` no Japanese patent, ``JP-x-empty`` a patent of unknown words.
    """

    simulated = True

    def __init__(self, home: Path, named: int | None = None) -> None:
        self.home, self.root = home, home / "world"
        self.named = named  # number of the firms whose name is the first word of their first patent
        rng = np.random.default_rng(5)
        topic = np.arange(N_WORDS) % N_TOPICS
        centres = 1.2 * rng.normal(size=(N_TOPICS, DIMENSION))
        self.English = 2 * (rng.normal(size=(N_WORDS, DIMENSION)) * 0.7 + centres[topic] + 1.0)
        self.words = {
            "en": [f"word{i}" for i in range(N_WORDS)],
            "ja": [f"ことば{i}" for i in range(N_WORDS)],
        }
        self.keyword_rows, self.patent_rows = {}, {}
        for number in range(len(FIRM_TYPES)):
            liked = np.flatnonzero(topic == rng.integers(N_TOPICS))
            self.keyword_rows[number] = rng.choice(liked, size=8, replace=False)
            self.patent_rows[number] = [rng.choice(liked, size=n) for n in (6, 30)]
        self.corpus = self._write_corpus()
        Japanese = 3 * unit_vectors(self.English) @ random_orthogonal(DIMENSION, DIMENSION, 1).T
        for code, vectors in {"en": self.English, "ja": Japanese}.items():
            write_table(self.root / "vectors" / code, self.words[code], vectors, code)
        (self.root / "lexicon").mkdir()
        for part, rows in {"train": range(0, N_WORDS, 2), "test": range(1, N_WORDS, 2)}.items():
            text = "".join(f"{self.words['ja'][i]}\t{self.words['en'][i]}\n" for i in rows)
            (self.root / "lexicon" / f"ja-en.{part}.tsv").write_text(text, encoding="utf-8")

    def config(self, command: str, *overrides: str) -> DictConfig:
        return compose_config(command, [f"paths.root={self.home}", f"data.root={self.root}", *overrides])

    def settings(self, command: str, *overrides: str) -> Any:
        return compose_settings(command, [f"paths.root={self.home}", f"data.root={self.root}", *overrides])

    @cached_property
    def workspace(self) -> Workspace:
        return Workspace(compose_settings("registry", [f"paths.root={self.home}"]))

    def run(self, stage: Callable[..., Any], settings: Any) -> Any:
        """Run a stage on this world's corpus."""
        return stage(settings, Workspace(settings), self.corpus)

    def text(self, rows, code: str) -> str:
        return " ".join(self.words[code][row] for row in rows)

    def mean(self, rows) -> np.ndarray:
        """Mean of the unit English vectors of some words."""
        return unit_vectors(self.English)[rows].mean(axis=0)

    def add_keywords(
        self, country: str, code: str, corpus_hash: str | None = None, page_kinds: str = "all"
    ) -> str:
        """Save a run of stage ``keywords``; returns its id."""
        rows = []
        for number, chosen in self.keyword_rows.items():
            words = [*(self.words[code][row] for row in chosen), "none-such"]
            for rank, word in enumerate(words, start=1):
                rows.append(keyword(f"{country}-{number:03d}", word, 1.0 / rank, rank))
        if country == "JP":
            rows += [keyword("JP-x-unknown", "none-such", 1.0, 1)]
            rows += [keyword(f"JP-x-{name}", self.words[code][0], 1.0, 1) for name in ("english", "empty")]
        workspace = Workspace(self.settings("keywords", f"country={country}"))
        with workspace.start_run("keywords", workspace.name("keywords", country)) as run:
            run.set_tags({"country": country, "language": code, "page_kinds": page_kinds})
            run.add_lineage(
                {"corpus": corpus_hash or self.corpus.info.hash, f"dual_attn-{country}": "1"}, "test"
            )
            run.log_table("keywords", pd.DataFrame(rows))
        return run.id

    def pages(self) -> Iterator[dict[str, str]]:
        """Pages of the firms: none."""
        yield from ()

    def _write_corpus(self) -> Corpus:
        firms, patents = [], []
        for country, code in {"JP": "ja", "US": "en"}.items():
            for number, firm_type in enumerate(FIRM_TYPES):
                firm_id = f"{country}-{number:03d}"
                title, abstract = self.patent_rows[number]
                name = self.text(title[:1], code) if number == self.named else None
                firms.append({**firm(firm_id, country, firm_type), "name": name})
                patents.append(patent(firm_id, 1, code, title=self.text(title, code)))
                patents.append(patent(firm_id, 2, code, abstract=f"{self.text(abstract, code)} none-such"))
            patents.append(patent("JP-000", 3, "en", title=self.text([0, 1], "en")))
        for name in ("silent", "unknown", "english", "empty"):
            firms.append(firm(f"JP-x-{name}", "JP", None))
            code = "en" if name == "english" else "ja"
            title = "none-such" if name == "empty" else self.text([0], code)
            patents.append(patent(f"JP-x-{name}", 1, code, title=title))
        rows = {"firms": firms, "pages": list(self.pages()), "patents": patents}
        return write_corpus(self.root, rows, source="planted for tests", simulated=self.simulated)


def firm(firm_id, country, firm_type):
    return {
        "firm_id": firm_id,
        "country": country,
        "firm_type": firm_type,
        "industry": "x",
        "has_patent": True,
    }


def patent(firm_id, number, code, **fields):
    return {"patent_id": f"{firm_id}-{number}", "firm_id": firm_id, "language": code, **fields}


def keyword(firm_id, word, weight, rank):
    return {
        "firm_id": firm_id,
        "page": 0,
        "url": None,
        "word": word,
        "word_weight": weight,
        "page_weight": 1.0,
        "rank": rank,
    }
