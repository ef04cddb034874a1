import mlflow
import numpy as np
import pandas as pd
import pytest

from ipml.alignment import stage
from ipml.alignment.affine import Alignment
from ipml.alignment.refits import bootstrap_alignments
from ipml.errors import InputError
from ipml.statistics.angles import unit_vectors
from ipml.text import open_language
from ipml.tracking import Workspace
from ipml.tracking.held_out import load_held_out


def version_of(settings, corpus):
    return stage.train(settings, Workspace(settings), corpus).version


def train(config, corpus):
    """Run the stage; returns the metrics of its run."""
    version = version_of(config, corpus)
    run = Workspace(config).find_run("alignment", pair="ja-en")
    assert run.tags["version"] == version
    return run.metrics


def train_config(world, *overrides):
    return world.settings("train", "model=alignment", *overrides)


def test_a_turned_language_is_aligned_registered_and_served(world):
    config = train_config(world)
    metrics = train(config, world.corpus)
    assert metrics["test/accuracy_at_1"] == metrics["val/accuracy_at_1"] == 1.0
    assert metrics["test/cosine"] == pytest.approx(1.0)
    assert metrics["test/coverage"] == 1.0
    assert metrics["null/random_map/accuracy_at_1"] < 0.2
    assert metrics["null/chance/accuracy_at_1"] == pytest.approx(1 / 240)
    assert metrics["n_train_pairs"] + metrics["n_validation_pairs"] == 120

    model = Workspace(config).find_model("alignment-ja-en@challenger")
    assert set(model.lineage) == {
        "embeddings-ja",
        "tokenizer-ja",
        "embeddings-en",
        "tokenizer-en",
        "lexicon-ja-en",
    }
    assert Alignment.load(model.folder).settings["pair"] == "ja-en"
    served = mlflow.pyfunc.load_model(f"models:/alignment-ja-en/{model.version}")
    words = world.words["ja"][:3]
    aligned = served.predict(pd.DataFrame({"text": words}), params={"input": "words"})
    np.testing.assert_allclose(np.stack(aligned["vector"]), unit_vectors(world.English)[:3], atol=1e-5)
    with pytest.raises(Exception, match="words without a vector: nothing"):
        served.predict(pd.DataFrame({"text": [words[0], "nothing"]}), params={"input": "words"})
    texts = pd.DataFrame({"text": [" ".join([words[0], *words, "nothing"]), "nothing"]})
    alignment = Alignment.load(model.folder)
    known, vectors = open_language(config.embeddings, "ja").vectors.select(words)
    assert known.all()
    for calibrated, of_words in (
        (True, alignment.calibrated_vectors(words, vectors)),
        (False, unit_vectors(alignment.apply(vectors))),
    ):
        mean, none = served.predict(texts, params={"calibrated": calibrated})["vector"]
        np.testing.assert_allclose(mean, (of_words[0] + of_words.sum(axis=0)) / 4, atol=1e-6)
        assert np.isnan(none).all()


def test_maps_of_drawn_dictionaries_are_registered_with_the_model(world):
    train(train_config(world, "model.bootstrap_maps=3", "aligner@model.map=cca"), world.corpus)
    folder = Workspace(train_config(world)).find_model("alignment-ja-en@challenger").folder
    maps = list(bootstrap_alignments(folder))
    assert len(maps) == 3
    assert len({one.matrix.tobytes() for one in maps}) == 3


def test_the_table_says_how_the_figure_was_found(world):
    config = train_config(world)
    train(config, world.corpus)
    table = Workspace(config).load_table(Workspace(config).find_run("alignment", pair="ja-en").id, "accuracy")
    assert set(table["model"]) == {"fitted", "random_map", "chance"}
    fitted = table[(table["model"] == "fitted") & (table["column"] == "accuracy")]
    assert fitted["k"].tolist() == [1, 5, 10, 100]
    assert (fitted["n"] == 120).all()


def test_held_out_words_are_those_of_the_first_figure(world):
    config = train_config(world, "aligner@model.map=sgd", "model.map.max_epochs=1")
    metrics = train(config, world.corpus)
    kept = load_held_out(Workspace(config), Workspace(config).find_run("alignment", pair="ja-en").id)
    assert kept.scores.mean() == pytest.approx(metrics["test/accuracy_at_1"])
    assert len(kept.units) == 120
    assert set(kept.units) <= set(world.words["ja"])
    assert set(kept.data) == {"test dictionary", "searched words"}


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=alignment_ridge"],
        ["aligner@model.map=least_squares"],
        ["aligner@model.map=sgd", "model.map.module.optimizer.lr=0.1", "model.map.max_epochs=25"],
        ["aligner@model.map=cca"],
        ["aligner@model.map=rcsls", "model.map.max_epochs=3"],
        ["aligner@model.map=self_learning", "model.bootstrap_maps=2"],
        ["aligner@model.map=mutual_refinement"],
        ["model.steps=[unit,centre,unit,centre,unit]"],
        ["model.retrieval.method=nearest", "model.steps=[]"],
        ["model.retrieval.method=inverted_softmax"],
        ["model.validation_share=0", "model.max_words=200"],
    ],
)
def test_every_way_finds_most_words(world, overrides):
    metrics = train(train_config(world, *overrides), world.corpus)
    assert metrics["test/accuracy_at_1"] > 0.8
    assert ("val/accuracy_at_1" in metrics) == ("model.validation_share=0" not in overrides)


@pytest.mark.parametrize("aligner", ["orthogonal", "self_learning", "mutual_refinement"])
def test_the_test_dictionary_decides_nothing(world, tmp_path, aligner):
    overrides = ["model.accuracy_at=[1]", f"aligner@model.map={aligner}"]
    config = train_config(world, *overrides)
    train(config, world.corpus)
    before = Alignment.load(Workspace(config).find_model("alignment-ja-en@challenger").folder).matrix
    test = tmp_path / "test.tsv"
    wrong = [f"{world.words['ja'][i]}\t{world.words['en'][(i + 7) % 240]}" for i in range(1, 240, 2)]
    test.write_text("\n".join(wrong), encoding="utf-8")
    metrics = train(train_config(world, *overrides, f"lexicon.test={test}"), world.corpus)
    after = Alignment.load(Workspace(config).find_model("alignment-ja-en@challenger").folder).matrix
    np.testing.assert_array_equal(before, after)
    assert metrics["test/accuracy_at_1"] < 0.2


def test_a_test_word_is_not_trained_on(world, tmp_path, capsys):
    given = world.root / "lexicon" / "ja-en.train.tsv"
    leak = "".join(f"{world.words['ja'][i]}\t{world.words['en'][i]}\n" for i in range(1, 21, 2))
    lexicon = tmp_path / "train.tsv"
    lexicon.write_text(given.read_text(encoding="utf-8") + leak, encoding="utf-8")
    metrics = train(train_config(world, f"lexicon.train={lexicon}"), world.corpus)
    assert metrics["n_train_pairs"] + metrics["n_validation_pairs"] == 120
    assert "10 training pairs left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["country=US"], "language=en: the reference language needs no alignment"),
        (["model.pair_weights=word"], "model.pair_weights=word: not a choice; allowed: source, pair"),
        (["embeddings.shared_space=true"], "embeddings=simulated: one space for all languages already"),
        (["model.steps=[unit,whiten]"], "model.steps=whiten: not a choice"),
        (["model.retrieval.method=isf"], "model.retrieval.method=isf: not a choice"),
        (["model.bootstrap_maps=-1"], "model.bootstrap_maps=-1: at least 0"),
        (["model.calibration.folds=1"], "model.calibration.folds=1: at least 2"),
        (["model.calibration.words=0"], "model.calibration.words=0: at least 1"),
        (["model.retrieval.neighbourhood=0"], "model.retrieval.neighbourhood=0: at least 1 is needed"),
        (["model.retrieval.temperature=0"], "model.retrieval.temperature=0: allowed: more than 0"),
        (["model.retrieval.device=gpu"], "model.retrieval.device=gpu: not a device of this machine"),
        (["model.validation_share=1"], "model.validation_share=1: allowed"),
        (["lexicon=corpus"], "lexicon.train: a dictionary is needed"),
        (["lexicon.train=none.tsv"], "lexicon.train=none.tsv: no such file"),
    ],
)
def test_mistakes_are_said_in_one_line_before_a_run_is_opened(world, overrides, message):
    runs = set((world.home / "runs").glob("*/*"))
    with pytest.raises(InputError) as error:
        train(train_config(world, *overrides), world.corpus)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert set((world.home / "runs").glob("*/*")) == runs


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_dictionary_of_unknown_words_is_refused(world, part, tmp_path):
    path = tmp_path / "other.tsv"
    path.write_text("猫\tcat\n")
    with pytest.raises(InputError, match=rf"lexicon\.{part}=.*no pair has vectors in both languages"):
        train(train_config(world, f"lexicon.{part}={path}"), world.corpus)


@pytest.mark.slow
def test_gradient_descent_goes_on_from_a_saved_matrix(world):
    quick = ["model.map.max_epochs=2", "aligner@model.map=sgd"]
    first = version_of(train_config(world, "aligner@model.map=orthogonal", "namespace=start"), world.corpus)
    start = f"ckpt_path=start.alignment-ja-en/{first}"
    config = train_config(world, *quick, start, "model.map.module.optimizer.lr=0")
    again = Workspace(config).find_model(f"alignment-ja-en/{version_of(config, world.corpus)}")
    saved = Workspace(config).find_model(f"start.alignment-ja-en/{first}")
    matrices = [Alignment.load(model.folder).matrix for model in (saved, again)]
    np.testing.assert_allclose(*matrices, atol=1e-12)
    assert again.lineage["start-alignment-ja-en"] == f"start.alignment-ja-en/{first}"
    for override, said in {
        "seed=1": "trained with seed=0, not seed=1",
        "model.steps=[unit]": "trained with model.steps=",
    }.items():
        with pytest.raises(InputError, match=f"{start}: {said}"):
            train(train_config(world, *quick, start, override), world.corpus)
    with pytest.raises(InputError, match="alignment with ClosedFormMap has no weights to start from"):
        train_config(world, "aligner@model.map=orthogonal", start)
