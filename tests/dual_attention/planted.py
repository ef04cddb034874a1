"""Firms whose pages are known: one page on products that tell who holds patents, the others say nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ipml.config import compose_settings
from ipml.corpus import Corpus, write_corpus
from ipml.text.embeddings.table import write_table
from ipml.tracking import Workspace

DIMENSION, PRODUCT, PLAIN = 12, 24, 60
PATENTED = [f"circuit{i}" for i in range(PRODUCT)]  # words of firms with patents
TRADED = [f"fashion{i}" for i in range(PRODUCT)]  # words of firms without
GENERAL = [f"general{i}" for i in range(PLAIN)]
MIXTURE = (5, 4)
WORDS = [*PATENTED, *TRADED, *GENERAL]


def word_vectors() -> np.ndarray:
    """Vectors in which products share one direction, and the two kinds of products differ in another."""
    vectors = np.random.default_rng(7).normal(size=(len(WORDS), DIMENSION))
    vectors[: 2 * PRODUCT, 0] += 4
    vectors[:PRODUCT, 1] += 3
    vectors[PRODUCT : 2 * PRODUCT, 1] -= 3
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class World:
    """A corpus of JP firms in ``ja``, its word vectors and a tracking database.

    The product page is page 1 of 4. Every 15th firm has no label. ``JP-mute`` has no page, ``JP-blank``
    empty pages, ``JP-foreign`` only unknown words; firm names are words of their product page. ``CN`` firms
    have no label, ``US`` firms all have patents.
    """

    def __init__(self, home: Path, tracking_database: Path, n_firms: int = 150, prefix: str = "JP") -> None:
        self.home, self.root = home, home / f"world-{prefix}"
        (home / "mlruns").mkdir(exist_ok=True)
        if not (home / "mlruns" / "mlflow.db").exists():
            shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
        self.corpus = self._write(n_firms, prefix)
        write_table(self.root / "vectors" / "ja", WORDS, word_vectors(), "planted")

    @property
    def workspace(self) -> Workspace:
        """Where the runs and models of this world are."""
        return Workspace(self.settings("keywords"))

    def settings(self, command: str, *overrides: str) -> Any:
        """Settings of a command for this world."""
        return compose_settings(command, [f"paths.root={self.home}", f"data.root={self.root}", *overrides])

    def train_settings(self, *overrides: str) -> Any:
        """Small and fast, and strong enough for the planted words."""
        small = ["model.n_folds=3", "model.max_epochs=20", "model.batch_size=8", "model.controls=false"]
        return self.settings("train", "model=dual_attn", *small, *overrides)

    def call(self, stage: Callable[..., Any], settings: Any, *more: Any, corpus: Corpus | None = None) -> Any:
        """Call a stage with its settings, their workspace and a corpus, by default that of this world."""
        return stage(settings, Workspace(settings), corpus or self.corpus, *more)

    def _write(self, n_firms: int, prefix: str) -> Corpus:
        rng = np.random.default_rng(n_firms)
        firms, pages = [], []
        for number in range(n_firms):
            firm_id, patents = f"{prefix}-{number:03d}", bool(number % 2)
            own, other = (PATENTED, TRADED) if patents else (TRADED, PATENTED)
            # Some words of the other kind, so that a product page is worth reading in firms of both kinds.
            product = [*rng.choice(own, size=MIXTURE[0]), *rng.choice(other, size=MIXTURE[1])]
            firms.append(firm(firm_id, "JP", None if number % 15 == 0 else patents, str(product[0])))
            for page in range(4):
                words = product if page == 1 else rng.choice(GENERAL, size=9)
                pages.append(row(firm_id, page, " ".join([*words, "unknown"])))
        firms += [firm(f"{prefix}-{name}", "JP", True, name) for name in ("mute", "blank", "foreign")]
        pages += [row(f"{prefix}-blank", 0, ""), row(f"{prefix}-foreign", 0, "unknown unknown")]
        firms += [firm(f"CN-{n}", "CN", None, "cn") for n in range(3)]
        firms += [firm(f"US-{n}", "US", True, "us") for n in range(3)]
        rows = {"firms": firms, "pages": pages, "patents": []}
        return write_corpus(self.root, rows, source="planted", simulated=True)


def firm(firm_id: str, country: str, has_patent: bool | None, name: str) -> dict[str, Any]:
    return {"firm_id": firm_id, "country": country, "has_patent": has_patent, "name": name}


def row(firm_id: str, page: int, text: str) -> dict[str, Any]:
    url = f"https://{firm_id}.example/{page}"
    return {"firm_id": firm_id, "url": url, "language": "ja", "kind": "web_page", "text": text}
