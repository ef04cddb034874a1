import mlflow
import numpy as np
import pytest

from ipml.corpus import split_position
from ipml.errors import GroupTooSmallError, InputError
from ipml.linear_map.metrics import cosines
from ipml.linear_map.solvers import leave_one_out_errors, ridge, strength_grid
from ipml.mapping import stage
from ipml.mapping.conversion import Conversion
from ipml.tracking import find_model, find_run
from ipml.tracking.runs import load_table
from ipml.vectors.stage import build
from tests.vectors.planted import new_world


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    """World with the firm vectors of US, where the keywords of a firm and its patents have one topic."""
    planted = new_world(tmp_path_factory, tracking_database)
    planted.add_keywords("US", "en")
    planted.vectors = build(planted.config("vectors", "country=US"), planted.corpus)
    return planted


def train(config, corpus):
    """Run the stage; returns the metrics of its run."""
    version = stage.train(config, corpus)
    run = find_run(config, "mapping", country=config.country.name, firm_type=config.firm_type)
    assert find_model(config, f"{run.info.run_name}/{version}").run_id == run.info.run_id
    return run.data.metrics


def train_config(world, *overrides, model="mapping"):
    return world.config("train", "country=US", f"model={model}", "firm_type=established", *overrides)


def test_the_ridge_map_of_the_training_firms_is_registered_and_served(world):
    config = train_config(world)
    metrics = train(config, world.corpus)
    vectors = world.vectors.of_type("established")
    in_train = split_position(vectors.firms["firm_id"], config.seed, "mapping") < 0.7
    T, P = vectors.T.astype(float), vectors.P.astype(float)
    strengths = strength_grid(T[in_train])
    strength = strengths[leave_one_out_errors(T[in_train], P[in_train], strengths).argmin()]
    expected = ridge(T[in_train], P[in_train], strength)

    model = find_model(config, "mapping-US-established@challenger")
    conversion = Conversion.load(model.folder)
    np.testing.assert_allclose(conversion.conversion_matrix, expected, atol=1e-9)
    assert conversion.settings["strength"] == pytest.approx(strength)
    assert conversion.settings["train_share"] == 0.7
    assert conversion.settings["firm_type"] == "established"
    assert (conversion.settings["n_train"], conversion.settings["n_test"]) == (
        in_train.sum(),
        (~in_train).sum(),
    )
    assert metrics["test/cosine"] == pytest.approx(cosines(T[~in_train] @ expected.T, P[~in_train]).mean())
    assert metrics["test/cosine_low"] <= metrics["test/cosine"] <= metrics["test/cosine_high"]
    assert metrics["train/cosine"] == pytest.approx(cosines(T[in_train] @ expected.T, P[in_train]).mean())

    vectors_run = find_run(config, "vectors", country="US").info.run_id
    assert model.lineage["vectors-US"] == vectors_run
    assert model.lineage["corpus"] == world.corpus.info.hash
    served = mlflow.pyfunc.load_model(f"models:/mapping-US-established/{model.version}")
    np.testing.assert_allclose(served.predict(T[:2].tolist()), T[:2] @ expected.T, atol=1e-9)
    with pytest.raises(Exception, match="vector 1 has 2 entries; needed: 8"):
        served.predict([[1.0, 2.0]])


def test_null_models_stand_beside_the_figure(world, capsys):
    config = train_config(world)
    metrics = train(config, world.corpus)
    assert metrics["null/ridge/cosine"] == pytest.approx(metrics["test/cosine"])
    assert metrics["null/mean_product/cosine_centred"] == 0
    assert metrics["test/cosine_centred"] > 0.6 > metrics["null/shuffled_pairs/cosine_centred"]
    table = load_table(config, find_run(config, "mapping", country="US").info.run_id, "scores")
    assert table["model"].unique().tolist() == [
        "model",
        "mean_product",
        "identity",
        "shuffled_pairs",
        "ridge",
        "orthogonal",
    ]
    assert (table["n"] == metrics["n_test"]).all()
    out = capsys.readouterr().out
    assert "(simulated)" in out
    assert "shuffled pairs" in out


@pytest.mark.parametrize("model", ["mapping_sgd", "mapping_orthogonal"])
def test_the_other_solvers(world, model):
    overrides = (
        ["model.map.max_epochs=40", "model.map.module.optimizer.lr=0.02"] if model == "mapping_sgd" else []
    )
    metrics = train(train_config(world, *overrides, model=model), world.corpus)
    assert metrics["test/cosine"] > metrics["null/shuffled_pairs/cosine"]
    assert (metrics["n_validation"] > 0) == (model == "mapping_sgd")
    assert metrics["n_train"] + metrics["n_validation"] + metrics["n_test"] == 40


def test_a_firm_keeps_its_part_when_others_leave(world):
    config = train_config(world, model="mapping_sgd")
    vectors = world.vectors.of_type("established")
    parts = [set(part.firms["firm_id"]) for part in stage.split(vectors, config)]
    fewer = [set(part.firms["firm_id"]) for part in stage.split(vectors.where(np.arange(40) % 3 > 0), config)]
    assert sum(len(part) for part in parts) == len(set.union(*parts)) == 40
    for part, smaller in zip(parts, fewer, strict=True):
        assert smaller <= part


def test_a_small_group_is_named_and_left_out(world):
    with pytest.raises(
        GroupTooSmallError, match=r"US high_growth: 12 firms with both vectors; model\.min_firms=30"
    ):
        train(train_config(world, "firm_type=high_growth"), world.corpus)
    with pytest.raises(GroupTooSmallError, match="US multinational: 0 firms"):
        train(train_config(world, "firm_type=multinational"), world.corpus)
    config = train_config(world, "model.train_share=0.0001", "model.min_firms=1")
    with pytest.raises(GroupTooSmallError, match="US established: 0 firms for training and 40 for test"):
        train(config, world.corpus)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "firm_type=null",
            "firm_type: model=mapping needs one; allowed: high_growth, established, multinational",
        ),
        ("firm_type=startup", "firm_type=startup: not a choice; allowed: high_growth"),
        ("model.train_share=1", "model.train_share=1: allowed: more than 0, less than 1"),
        ("country=JP", "no finished run of stage vectors with country=JP"),
    ],
)
def test_mistakes_are_said_in_one_line(world, override, message):
    with pytest.raises(InputError, match=r"^[^\n]*$") as error:
        train(train_config(world, override), world.corpus)
    assert message in str(error.value)
