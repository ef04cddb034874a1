"""A small registry: mappings of planted firms whose true angles are those of a simulated world."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipml.config import compose_settings
from ipml.corpus import load_corpus, split_position
from ipml.evaluation.read_groups import RegisteredGroups, read_groups
from ipml.evaluation.stage import Evaluation, evaluate
from ipml.linear_map.solvers import ridge
from ipml.mapping import serving
from ipml.mapping.conversion import Conversion
from ipml.mapping.scores import score_table
from ipml.simulation import Truth, load_truth
from ipml.statistics.intervals import Bootstrap
from ipml.statistics.ridge_strength import choose_strength
from ipml.tracking import Workspace, register_model
from ipml.vectors.table import FirmVectors
from tests.simulation.worlds import make_world

WORLD = {
    "scale": 0.001,
    "min_group": 2,
    "min_without_patents": 1,
    "dimension": 12,
    "topics": {
        "technology": 4,
        "product": 5,
        "words": 10,
        "page_themes": 1,
        "page_theme_words": 10,
        "general_words": 60,
    },
    "conversion": {"country_angle": 15.0, "firm_type_angle": 8.0},
    "firms": {"industries": 2},
    "pages": {"median_tokens": 20},
}
N_FIRMS = 60


def damage_newest_model(home: Path) -> None:
    """Change the tensors of the model that was registered last."""
    found = (home / "mlruns").glob("**/artifacts/**/model.safetensors")
    file = max(found, key=lambda path: path.stat().st_mtime_ns)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


class Registry:
    """Home folder with a simulated world, and firm vectors and mappings registered as the stages do it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.world = home / "world"
        make_world(self.world, WORLD)
        self.truth = load_truth(self.world)
        self.corpus_hash = load_corpus(self.world).info.hash

    def settings(self, *overrides: str):
        """Settings of ``ipml evaluate``; without CN, which comes from another corpus."""
        own = [f"paths.root={self.home}", f"data.root={self.world}", "countries=[JP,US]"]
        return compose_settings("evaluate", [*own, *overrides])

    def workspace(self, *overrides: str) -> Workspace:
        return Workspace(self.settings(*overrides))

    def evaluate(self, *overrides: str) -> Evaluation:
        return evaluate(self.settings(*overrides), self.workspace(*overrides))

    def read_groups(self, *overrides: str) -> RegisteredGroups:
        settings = self.settings(*overrides)
        wanted = [(country, firm_type) for country in settings.countries for firm_type in settings.firm_types]
        return read_groups(self.workspace(*overrides), wanted, settings.inputs.alias, settings.min_firms)

    def add_country(
        self,
        country: str,
        firm_types: Sequence[str],
        corpus_hash: str | None = None,
        centre: np.ndarray | None = None,
        namespace: str = "",
    ) -> None:
        """With a centre the same firms stand about it, and so do their mappings."""
        workspace = self.workspace(f"namespace={namespace}")
        vectors = planted_vectors(self.truth, country)
        if centre is not None:
            vectors = replace(vectors, P=vectors.P + centre, T=vectors.T + centre)
        lineage = {"corpus": corpus_hash or self.corpus_hash}
        with workspace.start_run("vectors", workspace.name("vectors", country)) as run:
            run.add_lineage(lineage, "corpus")
            run.log_table("vectors", vectors.to_frame())
        for firm_type in firm_types:
            of_type = vectors.of_type(firm_type)
            self._add_mapping(workspace, of_type, firm_type, lineage | {run.name: run.id}, centre)

    def _add_mapping(
        self,
        workspace: Workspace,
        vectors: FirmVectors,
        firm_type: str,
        lineage: dict[str, str],
        centre: np.ndarray | None,
    ) -> None:
        country = vectors.firms["country"].iloc[0]
        train = split_position(vectors.firms["firm_id"], 0, "mapping") < 0.7
        origin = 0.0 if centre is None else centre
        P, T = vectors.P.astype(float) - origin, vectors.T.astype(float) - origin
        strength = choose_strength(T[train], P[train]).value
        A = ridge(T[train], P[train], strength)
        # Another solver saves no strength; evaluation then finds its own.
        saved = None if firm_type == "high_growth" else strength
        settings = {"seed": 0, "train_share": 0.7, "strength": saved, "solver": "RidgeMap"}
        mean = P[train].mean(axis=0)
        predictions = {"model": T[~train] @ A.T, "mean_product": np.tile(mean, ((~train).sum(), 1))}
        scores = score_table(predictions, P[~train], mean, Bootstrap(1000, 0.95, seed=0))
        name = workspace.name("mapping", country, firm_type)
        with workspace.start_run("mapping", name) as run:
            run.set_tags({"country": country, "firm_type": firm_type, "simulated": True})
            run.add_lineage(lineage, "vectors")
            run.log_table("scores", scores)
            Conversion(A, settings, centre).save(run.model_folder)
            version = register_model(run, run.name, Path(serving.__file__))
            run.client.set_registered_model_alias(run.name, "champion", version)


def planted_vectors(truth: Truth, country: str) -> FirmVectors:
    """Firms of a country with T from its planted technologies and P = A T + noise."""
    rng = np.random.default_rng([ord(letter) for letter in country])
    firms, products, technologies = [], [], []
    for group, (of_country, firm_type) in enumerate(truth.groups):
        if of_country != country:
            continue
        for number in range(N_FIRMS):
            industry = number % len(truth.industries)
            mixture = rng.dirichlet(8 * truth.mean_technologies[group, industry])
            T = truth.technology_centres @ mixture
            P = truth.conversion_matrices[group] @ T
            technologies.append(T)
            products.append(P + 0.2 * np.linalg.norm(P) / np.sqrt(len(P)) * rng.normal(size=P.shape))
            firms.append((f"{country}-{firm_type}-{number}", country, firm_type, truth.industries[industry]))
    frame = pd.DataFrame(firms, columns=["firm_id", "country", "firm_type", "industry"])
    frame = frame.assign(n_keywords=1, n_patents=1, keyword_coverage=1.0, patent_coverage=1.0)
    return FirmVectors(frame, np.array(products, np.float32), np.array(technologies, np.float32))


@pytest.fixture(scope="session")
def registry(tmp_path_factory, tracking_database) -> Registry:
    home = tmp_path_factory.mktemp("evaluation")
    (home / "mlruns").mkdir()
    shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
    registry = Registry(home)
    registry.add_country("JP", ["high_growth", "established"])
    registry.add_country("US", ["established"])
    registry.add_country("CN", ["established"], corpus_hash="another")
    return registry
