import mlflow
import numpy as np
import pandas as pd
import pytest

from ipml.errors import GroupTooSmallError, InputError
from ipml.linear_map.solvers import random_orthogonal, ridge
from ipml.mapping import stage
from ipml.mapping.conversion import Conversion, PooledConversion
from ipml.mapping.pooled import stage as pooled_stage
from ipml.mapping.splits import split
from ipml.statistics.angles import cosines
from ipml.statistics.ridge_strength import leave_one_out_errors, strength_grid
from ipml.tracking import Workspace
from ipml.tracking.held_out import load_held_out
from ipml.tracking.model_files import save_model
from ipml.vectors.table import FIRM_COLUMNS, FirmVectors
from tests.vectors.planted import World, new_world

FIRM_TYPES = ("high_growth", "established", "multinational")

N, D = 40, 8


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    """World with firm vectors of JP and US, whose groups share A but for the multinational ones of JP."""
    planted = new_world(tmp_path_factory, tracking_database)
    rng = np.random.default_rng(0)
    A = random_orthogonal(D, D, 0)
    planted.vectors = {}
    for country in ("JP", "US"):
        groups = [firm_type for firm_type in FIRM_TYPES for _ in range(N)]
        T = 1.0 + rng.normal(size=(len(groups), D))
        P = T @ A.T + rng.normal(size=T.shape)
        if country == "JP":
            P[-N:] = T[-N:] @ -A.T + 0.1 * rng.normal(size=(N, D))
        firms = pd.DataFrame({column: [1.0] * len(T) for column in FIRM_COLUMNS})
        firms["firm_id"] = [f"{country}-{number:03d}" for number in range(len(T))]
        firms["country"], firms["firm_type"], firms["industry"] = country, groups, "x"
        vectors = FirmVectors(firms, P.astype(np.float32), T.astype(np.float32))
        workspace = Workspace(planted.settings("vectors", f"country={country}"))
        with workspace.start_run("vectors", workspace.name("vectors", country)) as run:
            run.set_tags({"country": country})
            run.add_lineage({"corpus": planted.corpus.info.hash}, "test")
            run.log_table("vectors", vectors.to_frame())
        planted.vectors[country] = vectors
    return planted


def pooled_settings(world: World, *overrides: str):
    return world.settings("train", "model=mapping_pooled", *overrides)


@pytest.fixture(scope="module")
def trained(world):
    version = world.run(pooled_stage.train, pooled_settings(world)).version
    return world.workspace.find_model(f"mapping_pooled/{version}")


def test_every_group_has_a_matrix_and_countries_without_vectors_are_named(trained):
    pooled = PooledConversion.load(trained.folder)
    assert sorted(pooled.matrices) == sorted(f"{c} {k}" for c in ("JP", "US") for k in FIRM_TYPES)
    assert "no finished run of stage vectors with country=CN" in pooled.settings["left_out"]["CN"]
    assert {"vectors-JP", "vectors-US", "corpus", "centre"} <= trained.lineage.keys()
    one = pooled.conversion("US established")
    assert isinstance(one, Conversion)
    np.testing.assert_array_equal(one.conversion_matrix, pooled.matrices["US established"])
    with pytest.raises(InputError, match="group=XX established: not a choice; allowed: JP"):
        pooled.conversion("XX established")


def test_scores_are_those_of_the_test_firms_that_the_own_mapping_has(world, trained):
    scores = world.workspace.load_table(trained.run_id, "scores").set_index(["group", "model", "metric"])[
        "value"
    ]
    pooled = PooledConversion.load(trained.folder)
    for country, firm_type in (("JP", "established"), ("US", "multinational")):
        group = f"{country} {firm_type}"
        own = world.settings("train", "model=mapping", f"country={country}", f"firm_type={firm_type}")
        train, _, test = split(world.vectors[country].of_type(firm_type), own.model, own.seed, group)
        T, P = train.T.astype(float), train.P.astype(float)
        strengths = strength_grid(T)
        A = ridge(T, P, strengths[leave_one_out_errors(T, P, strengths).argmin()])
        for name, matrix in {"pooled": pooled.matrices[group], "ridge": A}.items():
            expected = cosines(test.T @ matrix.T, test.P).mean()
            assert scores[group, name, "cosine"] == pytest.approx(expected)


def test_held_out_firms_are_the_test_firms_of_all_groups(world, trained):
    kept = load_held_out(world.workspace, trained.run_id)
    scores = (
        world.workspace.load_table(trained.run_id, "scores")
        .set_index(["metric", "model"])
        .loc[("cosine", "pooled")]
    )
    assert len(set(kept.units)) == len(kept.units) == scores["n"].sum()
    assert kept.scores.mean() == pytest.approx(np.average(scores["value"], weights=scores["n"]))


def test_groups_that_share_a_gain_and_the_one_that_does_not_keeps_its_own(world, trained):
    scores = world.workspace.load_table(trained.run_id, "scores").set_index(["group", "model", "metric"])[
        "value"
    ]
    shared = [f"US {firm_type}" for firm_type in FIRM_TYPES]
    gain = [scores[g, "pooled", "r2"] - scores[g, "ridge", "r2"] for g in shared]
    assert np.mean(gain) > 0.01
    strange = "JP multinational"
    assert scores[strange, "parent", "r2"] < 0
    assert scores[strange, "pooled", "r2"] > scores[strange, "ridge", "r2"] - 0.01 > 0.9
    metrics = world.workspace.find_run("mapping_pooled").metrics
    assert metrics["test/r2"] == pytest.approx(scores[:, "pooled", "r2"].mean())


def test_the_served_model_asks_for_the_group(world, trained):
    served = mlflow.pyfunc.load_model(f"models:/mapping_pooled/{trained.version}")
    T = world.vectors["US"].T[:2].astype(float)
    rows = [
        {"group": "JP multinational", "vector": T[0].tolist()},
        {"group": "US established", "vector": T[1].tolist()},
    ]
    pooled = PooledConversion.load(trained.folder)
    expected = [pooled.matrices[row["group"]] @ t for row, t in zip(rows, T, strict=True)]
    np.testing.assert_allclose(np.stack(served.predict(pd.DataFrame(rows))["vector"]), expected)
    with pytest.raises(InputError, match="group=JP: not a choice"):
        served.predict(pd.DataFrame([{"group": "JP", "vector": T[0].tolist()}]))
    with pytest.raises(InputError, match=r"column vector, row 1: shape \(2,\); needed: \(d,\), d="):
        served.predict(pd.DataFrame([{"group": "US established", "vector": [1.0, 2.0]}]))
    with pytest.raises(InputError, match="column group, row 1: missing or blank"):
        served.predict(pd.DataFrame([{"group": None, "vector": T[0].tolist()}]))
    with pytest.raises(InputError, match="column vector, row 1: nan"):
        served.predict(pd.DataFrame([{"group": "US established", "vector": [np.nan] * T.shape[1]}]))


def test_the_centre_is_saved_with_the_matrices(world):
    settings = pooled_settings(world, "model.centre=words")
    world.run(pooled_stage.train, settings)
    pooled = PooledConversion.load(world.workspace.find_model("mapping_pooled@challenger").folder)
    np.testing.assert_allclose(pooled.centre, world.mean(np.arange(len(world.English))), atol=1e-6)
    np.testing.assert_array_equal(pooled.conversion("JP established").centre, pooled.centre)


def test_what_is_no_pooled_model_is_refused(tmp_path):
    save_model(tmp_path, "pooled_conversion", {"conversion_matrix/JP established": np.eye(2)}, {})
    with pytest.raises(InputError, match="not a matrix and a parent for each group"):
        PooledConversion.load(tmp_path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.countries=[JP,XX]", "model.countries=XX: not a choice; allowed: JP"),
        ("model.firm_types=[startup]", "model.firm_types=startup: not a choice; allowed: high_growth"),
        ("model.strengths=[0.1,0]", "model.strengths=0: "),
        ("model.shares=[]", "model.shares=[]: "),
        ("model.train_share=0", "model.train_share=0: allowed: more than 0"),
    ],
)
def test_mistakes_are_said_in_one_line(world, override, message):
    with pytest.raises(InputError, match=r"^[^\n]*$") as error:
        world.run(pooled_stage.train, pooled_settings(world, override))
    assert message in str(error.value)


def test_two_groups_are_too_few(world):
    settings = pooled_settings(world, "model.countries=[JP]", "model.firm_types=[established,high_growth]")
    with pytest.raises(GroupTooSmallError, match="2 groups can be pooled, three are needed"):
        world.run(pooled_stage.train, settings)
    with pytest.raises(GroupTooSmallError, match=r"JP established: 40 firms.*min_firms=41"):
        world.run(pooled_stage.train, pooled_settings(world, "model.min_firms=41"))


def test_firm_vectors_without_errors_give_scores_without_a_ceiling(world):
    settings = world.settings("train", "model=mapping", "country=US", "firm_type=established")
    version = world.run(stage.train, settings).version
    run_id = world.workspace.find_model(f"mapping-US-established/{version}").run_id
    models = world.workspace.load_table(run_id, "scores")["model"].unique()
    assert "chance" in models
    assert "ceiling" not in models
