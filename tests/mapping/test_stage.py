import logging

import mlflow
import numpy as np
import pandas as pd
import pytest

from ipml.alignment.stage import train as train_alignment
from ipml.corpus import split_position
from ipml.errors import GroupTooSmallError, InputError, LineageError
from ipml.linear_map.solvers import ridge
from ipml.mapping import serving, stage
from ipml.mapping.conversion import Conversion
from ipml.mapping.splits import split
from ipml.statistics.angles import cosines
from ipml.statistics.ridge_strength import leave_one_out_errors, strength_grid
from ipml.tracking.held_out import load_held_out
from ipml.vectors.stage import build
from ipml.vectors.text_vectors import TextVectors, text_vectors_of_run
from tests.vectors.planted import new_world


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    """World with the firm vectors of US, where the keywords of a firm and its patents have one topic."""
    planted = new_world(tmp_path_factory, tracking_database)
    planted.add_keywords("US", "en")
    planted.vectors = planted.run(build, planted.settings("vectors", "country=US"))
    return planted


def train(world, settings):
    """Run the stage; returns the metrics of its run."""
    version = world.run(stage.train, settings).version
    run = world.workspace.find_run("mapping", country=settings.country.name, firm_type=settings.firm_type)
    assert run.tags["version"] == version
    return run.metrics


def train_settings(world, *overrides, model="mapping"):
    return world.settings("train", "country=US", f"model={model}", "firm_type=established", *overrides)


def test_the_ridge_map_of_the_training_firms_is_registered_and_served(world):
    settings = train_settings(world)
    metrics = train(world, settings)
    vectors = world.vectors.of_type("established")
    in_train = split_position(vectors.firms["firm_id"], settings.seed, "mapping") < 0.7
    T, P = vectors.T.astype(float), vectors.P.astype(float)
    strengths = strength_grid(T[in_train])
    strength = strengths[leave_one_out_errors(T[in_train], P[in_train], strengths).argmin()]
    expected = ridge(T[in_train], P[in_train], strength)

    model = world.workspace.find_model("mapping-US-established@challenger")
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

    vectors_run = world.workspace.find_run("vectors", country="US").id
    assert model.lineage["vectors-US"] == vectors_run
    assert model.lineage["corpus"] == world.corpus.info.hash
    served = mlflow.pyfunc.load_model(f"models:/mapping-US-established/{model.version}")
    found = served.predict(texts_of(world, "US", "en", ["US-003", "US-007"]))
    assert found["firm_id"].tolist() == ["US-003", "US-007"]
    of_stage = world.vectors.firms.set_index("firm_id").index.get_indexer(found["firm_id"])
    of_firms = [vectors.astype(float)[of_stage] for vectors in (world.vectors.T, world.vectors.P)]
    np.testing.assert_allclose(np.stack(found["vector"]), of_firms[0] @ expected.T, atol=1e-6)
    table = texts_of(world, "US", "en", ["US-003", "US-007"])
    table.loc[len(table)] = ["nobody", "none-such", "none-such"]
    angle = served.predict(table, params={"output": "angle"}).set_index("firm_id")["angle"]
    cosine = cosines(of_firms[0] @ expected.T, of_firms[1])
    np.testing.assert_allclose(angle[["US-003", "US-007"]], np.degrees(np.arccos(cosine)), atol=1e-3)
    cosine = cosines(*(v.mean(axis=0)[None] for v in (of_firms[0] @ expected.T, of_firms[1])))
    assert angle["all firms"] == pytest.approx(np.degrees(np.arccos(cosine))[0], abs=1e-3)
    assert np.isnan(angle["nobody"])
    assert list(served.predict(table.iloc[:0])) == ["firm_id", "vector"]
    assert served.predict(table.iloc[:0], params={"output": "angle"})["angle"].isna().all()
    with pytest.raises(InputError, match="input, column firm_id, row 1: missing or blank"):
        served.predict(table.assign(firm_id=[None, *table["firm_id"][1:]]))
    with pytest.raises(InputError, match="input: no column products"):
        served.predict(table.drop(columns="products"), params={"output": "angle"})


def texts_of(world, country, code, firm_ids):
    """Patents and keywords of firms, a patent a row."""
    rows = []
    for firm_id in firm_ids:
        number = int(firm_id[-3:])
        keywords = world.text(world.keyword_rows[number], code)
        title, abstract = world.patent_rows[number]
        rows.append((firm_id, world.text(title, code), keywords))
        rows.append((firm_id, f"{world.text(abstract, code)} none-such", f"{keywords} none-such"))
    return pd.DataFrame(rows, columns=["firm_id", "technology", "products"])


def test_texts_of_an_aligned_language_give_the_vectors_of_the_stage(
    tmp_path_factory, tracking_database, caplog, monkeypatch
):
    planted = new_world(tmp_path_factory, tracking_database)
    planted.run(train_alignment, planted.settings("train", "model=alignment"))
    planted.add_keywords("JP", "ja")
    firm_ids = [f"JP-{number:03d}" for number in range(1, 6)]  # JP-000 has a third patent
    table = texts_of(planted, "JP", "ja", firm_ids)
    number, _ = pd.factorize(table["firm_id"])
    settings = planted.settings("train", "country=JP", "model=mapping", "firm_type=established")
    sif = "products.weight=sif patents.weight=sif sif_constant=0.01"
    for override in ("calibrated=true", "calibrated=false", "patents.weight=length", sif):
        vectors = planted.run(build, planted.settings("vectors", "country=JP", *override.split()))
        run = planted.workspace.find_run("vectors", country="JP").id
        folder = planted.home / override
        made = TextVectors.load(folder, text_vectors_of_run(planted.workspace, run).save(folder))
        of_stage = vectors.firms.set_index("firm_id").index.get_indexer(firm_ids)
        for side, expected in (("technology", vectors.T), ("products", vectors.P)):
            found = made.make(side, number, table[side].tolist(), len(firm_ids))
            np.testing.assert_allclose(found, expected[of_stage], atol=1e-6)
    monkeypatch.setattr(logging.getLogger("mlflow"), "propagate", True)
    with caplog.at_level(logging.WARNING, "mlflow"):
        trained = planted.run(stage.train, settings)  # by the last of these
    assert [record.getMessage() for record in caplog.records if record.name.startswith("mlflow")] == []
    model = planted.workspace.find_model(f"{trained.name}/{trained.version}")
    conversion = Conversion.load(model.folder)
    served = mlflow.pyfunc.load_model(f"models:/{model.name}/{model.version}").predict(table)
    np.testing.assert_allclose(np.stack(served["vector"]), conversion.apply(vectors.T[of_stage]), atol=1e-6)
    (model.folder / "alignment-ja" / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"alignment-ja/model\.safetensors: missing"):
        Conversion.load(model.folder)


def test_weights_that_texts_cannot_have_are_named_and_make_no_example(world):
    made = TextVectors({}, {"products": "attention", "technology": "sif"})
    for side, direction in (("products", "reverse"), ("technology", "forward")):
        with pytest.raises(
            InputError, match=f"{side}: the vectors were made with weight={made.weights[side]}"
        ):
            made.make(side, np.zeros(1, np.int64), ["device"], 1)
        assert serving.example(made, direction) is None


def test_null_models_stand_beside_the_figure(world, capsys):
    settings = train_settings(world)
    metrics = train(world, settings)
    assert metrics["null/ridge/cosine"] == pytest.approx(metrics["test/cosine"])
    assert metrics["null/mean_product/cosine_centred"] == 0
    assert metrics["test/cosine_centred"] > 0.6 > metrics["null/shuffled_pairs/cosine_centred"]
    table = world.workspace.load_table(world.workspace.find_run("mapping", country="US").id, "scores")
    assert table["model"].unique().tolist() == [
        "model",
        "mean_product",
        "identity",
        "shuffled_pairs",
        "ridge",
        "orthogonal",
        "chance",
        "ceiling",
    ]
    assert (table["n"] == metrics["n_test"]).all()  # every firm has two patents
    for metric in ("cosine", "cosine_centred", "r2"):
        assert metrics[f"test/{metric}"] < metrics[f"ceiling/{metric}"] < 1
    out = capsys.readouterr().out
    assert "(simulated)" in out
    assert "shuffled pairs" in out


@pytest.mark.parametrize(("model", "centre"), [("mapping", "null"), ("mapping_reverse", "words")])
def test_held_out_firms_are_those_of_the_first_figure_and_their_truth_does_not_depend_on_the_model(
    world, model, centre
):
    kept = []
    for overrides in ([f"model.centre={centre}"], ["linear_map@model.map=orthogonal"]):
        settings = train_settings(world, *overrides, model=model)
        world.run(stage.train, settings)
        run = world.workspace.find_run(model, country="US")
        kept.append(load_held_out(world.workspace, run.id))
        assert kept[-1].scores.mean() == pytest.approx(run.metrics["test/cosine"])
        assert len(kept[-1].units) == run.metrics["n_test"]
    assert kept[0].units == kept[1].units
    assert kept[0].data == kept[1].data
    assert not np.allclose(kept[0].scores, kept[1].scores)


SGD = ["model.map.max_epochs=40", "model.map.module.optimizer.lr=0.02"]


@pytest.mark.parametrize(
    ("model", "overrides"),
    [
        ("mapping_sgd", SGD),
        ("mapping_sgd", [*SGD, "model.map.module.objective=cosine"]),
        ("mapping_orthogonal", []),
        ("mapping_low_rank", []),
        ("mapping_ridge_identity", []),
        ("mapping_identity_low_rank", []),
    ],
)
def test_the_other_solvers(world, model, overrides):
    metrics = train(world, train_settings(world, *overrides, model=model))
    assert metrics["test/cosine"] > metrics["null/shuffled_pairs/cosine"]
    assert (metrics["n_validation"] > 0) == (model == "mapping_sgd")
    assert metrics["n_train"] + metrics["n_validation"] + metrics["n_test"] == 40


@pytest.mark.parametrize("objective", ["mse", "cosine"])
def test_gradient_descent_stops_early(world, objective, monkeypatch):
    stopped = []
    monkeypatch.setattr(
        "ipml.linear_map.fitting.EpochProgress.on_train_epoch_end",
        lambda self, trainer, module: stopped.append(trainer.current_epoch),
    )
    overrides = ["model.map.max_epochs=200", "model.map.patience=3", "model.map.module.optimizer.lr=0.5"]
    settings = train_settings(
        world, *overrides, f"model.map.module.objective={objective}", model="mapping_sgd"
    )
    metrics = train(world, settings)
    assert metrics["best_epoch"] <= len(stopped) - 3  # two fits: the model and the shuffled pairs
    assert len(stopped) < 200


def test_the_reverse_map_is_that_of_exchanged_sides(world):
    settings = train_settings(world, model="mapping_reverse")
    train(world, train_settings(world))
    world.run(stage.train, settings)
    run = world.workspace.find_run("mapping_reverse", country="US", firm_type="established")
    parts = split(world.vectors.of_type("established"), settings.model, settings.seed, "US")
    T, P = parts.train.T.astype(float), parts.train.P.astype(float)
    strengths = strength_grid(P)
    strength = strengths[leave_one_out_errors(P, T, strengths).argmin()]
    model = world.workspace.find_model("mapping_reverse-US-established@challenger")
    conversion = Conversion.load(model.folder)
    np.testing.assert_allclose(conversion.conversion_matrix, ridge(P, T, strength), atol=1e-9)
    assert conversion.settings["direction"] == "reverse"
    test = parts.test
    expected = cosines(test.P @ conversion.conversion_matrix.T, test.T).mean()
    assert run.metrics["test/cosine"] == pytest.approx(expected)
    assert run.metrics["null/mean_technology/cosine_centred"] == 0
    served = mlflow.pyfunc.load_model(f"models:/mapping_reverse-US-established/{model.version}")
    found = served.predict(texts_of(world, "US", "en", ["US-001", "US-002"]).drop(columns="technology"))
    np.testing.assert_allclose(
        np.stack(found["vector"]), conversion.apply(world.vectors.P[[1, 2]]), atol=1e-6
    )
    forward = Conversion.load(world.workspace.find_model("mapping-US-established@challenger").folder)
    assert forward.settings["direction"] == "forward"  # evaluation reads this one


def test_with_the_centre_of_all_words_the_map_acts_about_it(world):
    settings = train_settings(world, "model.centre=words")
    metrics = train(world, settings)
    model = world.workspace.find_model("mapping-US-established@challenger")
    conversion = Conversion.load(model.folder)
    centre = world.mean(np.arange(len(world.English)))
    np.testing.assert_allclose(conversion.centre, centre, atol=1e-6)
    parts = split(world.vectors.of_type("established"), settings.model, settings.seed, "US")
    T, P = parts.train.T - conversion.centre, parts.train.P - conversion.centre
    strengths = strength_grid(T)
    strength = strengths[leave_one_out_errors(T, P, strengths).argmin()]
    np.testing.assert_allclose(conversion.conversion_matrix, ridge(T, P, strength), atol=1e-9)
    expected = cosines(conversion.apply(parts.test.T), parts.test.P).mean()
    assert metrics["test/cosine"] == pytest.approx(expected)
    assert metrics["null/ridge/cosine"] == pytest.approx(expected)
    assert metrics["null/identity/cosine"] == pytest.approx(cosines(parts.test.T, parts.test.P).mean())
    served = mlflow.pyfunc.load_model(f"models:/mapping-US-established/{model.version}")
    found = served.predict(texts_of(world, "US", "en", ["US-001", "US-002"]))
    np.testing.assert_allclose(
        np.stack(found["vector"]), conversion.apply(world.vectors.T[[1, 2]]), atol=1e-6
    )


def test_maps_about_different_centres_do_not_belong_together(world):
    lineages = []
    for override in ("model.centre=null", "model.centre=words"):
        settings = train_settings(world, override)
        train(world, settings)
        lineages.append(world.workspace.find_model("mapping-US-established@challenger").lineage)
    assert lineages[0]["centre"] == "none"
    with pytest.raises(LineageError, match="made with centre none but"):
        lineages[0].merge(lineages[1], "one", "the other")


def test_a_firm_keeps_its_part_when_others_leave(world):
    settings = train_settings(world, model="mapping_sgd")
    vectors = world.vectors.of_type("established")
    parts = [set(part.firms["firm_id"]) for part in split(vectors, settings.model, settings.seed, "US")]
    some = vectors.where(np.arange(40) % 5 > 0)
    fewer = [set(part.firms["firm_id"]) for part in split(some, settings.model, settings.seed, "US")]
    assert sum(len(part) for part in parts) == len(set.union(*parts)) == 40
    for part, smaller in zip(parts, fewer, strict=True):
        assert smaller <= part


def test_a_small_group_is_named_and_left_out(world):
    with pytest.raises(
        GroupTooSmallError, match=r"US high_growth: 12 firms with both vectors; model\.min_firms=30"
    ):
        train(world, train_settings(world, "firm_type=high_growth"))
    with pytest.raises(GroupTooSmallError, match="US multinational: 0 firms"):
        train(world, train_settings(world, "firm_type=multinational"))
    settings = train_settings(world, "model.train_share=0.0001", "model.min_firms=1")
    with pytest.raises(GroupTooSmallError, match="US established: 0 firms for training and 40 for test"):
        train(world, settings)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "firm_type=null",
            "firm_type: model=mapping needs one; allowed: high_growth, established, multinational",
        ),
        ("firm_type=startup", "firm_type=startup: not a choice; allowed: high_growth"),
        ("model.direction=sideways", "model.direction=sideways: not a choice; allowed: forward, reverse"),
        ("model.centre=group", "model.centre=group: not a choice; allowed: null, words"),
        ("model.train_share=1", "model.train_share=1: allowed: more than 0, less than 1"),
        ("country=JP", "no finished run of stage vectors with country=JP"),
    ],
)
def test_mistakes_are_said_in_one_line(world, override, message):
    with pytest.raises(InputError, match=r"^[^\n]*$") as error:
        train(world, train_settings(world, override))
    assert message in str(error.value)


@pytest.mark.slow
def test_gradient_descent_goes_on_from_a_saved_matrix(world):
    """Of any solver: the ridge map without steps gives itself, and the run says what it came from."""
    first = world.run(stage.train, train_settings(world)).version
    start = f"ckpt_path=mapping-US-established/{first}"
    settings = train_settings(world, *SGD, start, "model.map.module.optimizer.lr=0", model="mapping_sgd")
    again = world.workspace.find_model(f"mapping-US-established/{world.run(stage.train, settings).version}")
    saved = world.workspace.find_model(f"mapping-US-established/{first}")
    matrices = [Conversion.load(model.folder).conversion_matrix for model in (saved, again)]
    np.testing.assert_allclose(*matrices, atol=1e-12)
    assert again.lineage["start-mapping-US-established"] == f"mapping-US-established/{first}"
    for override, said in {
        "seed=1": "trained with seed=0, not seed=1",
        "model.train_share=0.5": "trained with model.train_share=0.7, not model.train_share=0.5",
        "model.direction=reverse": "trained with model.direction=forward, not model.direction=reverse",
        "model.centre=words": "trained with another centre than model.centre=words",
    }.items():
        refused = train_settings(world, *SGD, f"ckpt_path={saved.folder}", override, model="mapping_sgd")
        with pytest.raises(InputError, match=f"ckpt_path={saved.folder}: {said}"):
            world.run(stage.train, refused)
    with pytest.raises(InputError, match="mapping with RidgeMap has no weights to start from"):
        world.run(stage.train, train_settings(world, start))
