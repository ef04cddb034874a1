import mlflow
import numpy as np
import pandas as pd
import pytest

from ipml.alignment.fused import FusedAlignment
from ipml.alignment.fusion.stage import train
from ipml.alignment.registered import open_aligned_language, open_alignment
from ipml.alignment.task import open_task
from ipml.errors import InputError
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors
from ipml.text.embeddings.table import write_table
from ipml.tracking import Workspace
from ipml.vectors.stage import build

SMALL = (
    "model=fused_alignment",
    "model.n_candidates=20",
    "model.accuracy_at=[1,5]",
    "model.bootstrap.resamples=50",
    "model.written_form.dimension=40",
    "model.ranker.batch_size=8",
    "model.ranker.optimizer.lr=0.01",
    "model.n_folds=3",
)


def refused(settings, corpus):
    train(settings, Workspace(settings), corpus)


def opened(settings):
    return open_aligned_language(settings, Workspace(settings), "ja")


def train_config(world, *overrides):
    return world.settings("train", *SMALL, *overrides)


def trained(world, *overrides):
    """Run the stage; returns the model's folder and the run."""
    config = train_config(world, *overrides)
    version = train(config, Workspace(config), world.corpus).version
    run = Workspace(config).find_run("alignment", pair="ja-en")
    model = Workspace(config).find_model(f"alignment-ja-en/{version}")
    assert run.tags["version"] == model.version
    return model, run


@pytest.fixture(scope="module")
def second(world):
    """A second embedding of both languages, turned another way, without the words of every fifth meaning."""
    known = np.arange(240) % 5 != 0
    turn = random_orthogonal(8, 8, 4)
    for code, vectors in {"en": world.English, "ja": unit_vectors(world.English) @ turn.T}.items():
        words = [word for word, is_known in zip(world.words[code], known, strict=True) if is_known]
        write_table(world.root / "second" / code, words, vectors[known].copy(), code)
    group = "model.further.second"
    paths = [f"{group}.languages.{code}.vectors.path={world.root / 'second' / code}" for code in ("ja", "en")]
    return [f"+embeddings@{group}=simulated", *paths]


def test_a_fused_alignment_is_registered_served_and_read_by_the_next_stage(world, second):
    model, run = trained(world, *second, "model.translated_words=100", "model.ranker.max_epochs=5")
    metrics = run.metrics
    assert metrics["test/accuracy_at_1"] > 0.9
    assert metrics["linear/accuracy_at_1"] == 1.0  # the planted map is exact
    assert metrics["null/random_map/accuracy_at_1"] < 0.2
    assert metrics["n_dictionary_words"] == metrics["n_stacked_words"] == metrics["n_train_pairs"]
    assert metrics["candidate_coverage"] > 0.9
    assert set(model.lineage) == {
        "embeddings-ja",
        "tokenizer-ja",
        "embeddings-en",
        "tokenizer-en",
        "embeddings-second-ja",
        "embeddings-second-en",
        "lexicon-ja-en",
    }

    alignment = open_alignment(model.folder)
    assert isinstance(alignment, FusedAlignment)
    assert alignment.words == tuple(world.words["ja"][:100])
    words = [*world.words["ja"][95:103], world.words["ja"][2]]
    pyfunc = mlflow.pyfunc.load_model(f"models:/alignment-ja-en/{model.version}")
    served = np.stack(pyfunc.predict(pd.DataFrame({"text": words}), params={"input": "words"})["vector"])
    source = opened(world.settings("vectors")).language.vectors
    vectors = source.select(words)[1]
    np.testing.assert_array_equal(served, alignment.reference_vectors(words, vectors))
    np.testing.assert_array_equal(served[:5], alignment.vectors[95:])
    np.testing.assert_array_equal(served[8], alignment.vectors[2])
    np.testing.assert_array_equal(served[5:8], alignment.linear.apply(vectors)[5:8])

    read = opened(world.settings("vectors"))
    assert read.lineage["alignment-ja-en"] == model.version
    assert read.lineage["embeddings-second-ja"] == model.lineage["embeddings-second-ja"]
    calibrated = alignment.calibrated_vectors(words, vectors)
    np.testing.assert_array_equal(read.to_reference_space(words, vectors), calibrated)
    assert np.abs(calibrated - unit_vectors(served)).max() > 1e-4
    published = opened(world.settings("vectors", "calibrated=false"))
    np.testing.assert_allclose(published.to_reference_space(words, vectors), unit_vectors(served), atol=1e-6)
    world.add_keywords("JP", "ja")
    settings = world.settings("vectors", "country=JP")
    firms = build(settings, Workspace(settings), world.corpus)
    for number in (0, 17):
        rows = world.keyword_rows[number]
        names = [world.words["ja"][row] for row in rows]
        expected = read.to_reference_space(names, source.select(names)[1]).mean(axis=0)
        np.testing.assert_allclose(firms.P[number], expected, atol=1e-5)


def test_the_translations_of_each_word_are_kept_with_their_probabilities(world):
    overrides = ["model.translated_words=7", "model.n_translations=3", "model.ranker.max_epochs=1"]
    model, run = trained(world, *overrides)
    table = Workspace(train_config(world)).load_table(run.id, "translations")
    assert table["word"].tolist() == [word for word in world.words["ja"][:7] for _ in range(3)]
    assert table["rank"].tolist() == [1, 2, 3] * 7
    probability = table["probability"].to_numpy().reshape(7, 3)
    assert (np.diff(probability, axis=1) <= 0).all()
    assert (probability > 0).all()
    assert (probability.sum(axis=1) <= 1 + 1e-6).all()
    # A word's vector is the mean of just these translations.
    row = {word: number for number, word in enumerate(world.words["en"])}
    english = unit_vectors(world.English.astype(np.float32))[[row[t] for t in table["translation"]]]
    weights = probability / probability.sum(axis=1, keepdims=True)
    expected = (weights[..., None] * english.reshape(7, 3, -1)).sum(axis=1)
    np.testing.assert_allclose(FusedAlignment.load(model.folder).vectors, expected, atol=1e-5)


def vectors_of(world, *overrides):
    model, run = trained(world, "model.validation_share=0.3", "model.ranker.max_epochs=3", *overrides)
    return FusedAlignment.load(model.folder), run.metrics


@pytest.fixture(scope="module")
def before(world):
    """Model and metrics with the dictionaries as they are."""
    return vectors_of(world)


def assert_same(one, other):
    assert one.words == other.words
    np.testing.assert_array_equal(one.vectors, other.vectors)
    np.testing.assert_array_equal(one.linear.matrix, other.linear.matrix)


def test_the_test_dictionary_decides_nothing(world, before, tmp_path, capsys):
    tested, english = world.words["ja"][1::2], world.words["en"]
    wrong = [f"{word}\t{english[(2 * i + 8) % 240]}" for i, word in enumerate(tested)]
    test, leak = tmp_path / "test.tsv", tmp_path / "train.tsv"
    test.write_text("\n".join(wrong), encoding="utf-8")
    given = (world.root / "lexicon" / "ja-en.train.tsv").read_text(encoding="utf-8")
    leak.write_text(given + "\n".join(wrong[:10]), encoding="utf-8")
    after, metrics = vectors_of(world, f"lexicon.test={test}", f"lexicon.train={leak}")
    assert "10 training pairs left out" in capsys.readouterr().out
    assert after.words == tuple(world.words["ja"])
    assert_same(after, before[0])
    assert metrics["test/accuracy_at_1"] < 0.2 < 0.5 < before[1]["test/accuracy_at_1"]


def test_the_validation_words_decide_nothing(world, before, tmp_path):
    learned = open_task(train_config(world, "model.validation_share=0.3")).train.translations()
    pairs = (world.root / "lexicon" / "ja-en.train.tsv").read_text(encoding="utf-8").splitlines()
    words = [line.split("\t")[0] for line in pairs]
    wrong = [
        line if word in learned else f"{word}\t{world.words['en'][0]}"
        for word, line in zip(words, pairs, strict=True)
    ]
    path = tmp_path / "train.tsv"
    path.write_text("\n".join(wrong), encoding="utf-8")
    after, metrics = vectors_of(world, f"lexicon.train={path}")
    assert metrics["n_validation_pairs"] == before[1]["n_validation_pairs"] > 20
    assert_same(after, before[0])
    assert metrics["val/accuracy_at_1"] < 0.2 < 0.5 < before[1]["val/accuracy_at_1"]


def test_an_embedding_of_one_language_takes_part_and_validation_words_need_not_be(world, second):
    one_language = [*second, "~model.further.second.languages.ja", "model.written_form=null"]
    model, run = trained(world, *one_language, "model.validation_share=0", "model.ranker.max_epochs=1")
    assert "embeddings-second-en" in model.lineage
    assert "embeddings-second-ja" not in model.lineage
    assert run.metrics["n_train_pairs"] == 120
    assert "val/accuracy_at_1" not in run.metrics


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["country=US"], "language=en: the reference language needs no alignment"),
        (["model.n_folds=1"], "model.n_folds=1: at least 2 is needed"),
        (["model.n_folds=2.5"], "model.n_folds=2.5: a whole number is needed"),
        (["model.n_candidates=0"], "model.n_candidates=0: at least 1 is needed"),
        (["model.n_candidates=4"], "model.n_candidates=4: at least 5, the largest of model.accuracy_at"),
        (["model.n_rankers=0"], "model.n_rankers=0: at least 1 is needed"),
        (["model.n_translations=0"], "model.n_translations=0: at least 1 is needed"),
        (["model.translated_words=0"], "model.translated_words=0: at least 1 is needed"),
        (["model.max_stacked_words=0"], "model.max_stacked_words=0: at least 1 is needed"),
        (["model.ranker.max_epochs=0"], "model.ranker.max_epochs=0: at least 1 is needed"),
        (["model.ranker.dropout=2"], "model.ranker.dropout=2: 0 to 1 is needed"),
        (["model.written_form.neighbours=0"], "model.written_form.neighbours=0: at least 1 is needed"),
        (["model.regularisation.ridge=0"], "model.regularisation.ridge=0: allowed: more than 0"),
        (["model.view_methods=[]"], "model.view_methods=[]: a list with at least one entry is needed"),
        (["model.view_methods=[cca,linear]"], "model.view_methods=linear: not a choice; allowed: identity"),
        (["model.bootstrap_maps=5"], "model.bootstrap_maps=5: a fused alignment is not one map; allowed: 0"),
        (["+embeddings@model.further.words=simulated"], "model.further.words: this name is that of"),
        (["lexicon.train=none.tsv"], "lexicon.train=none.tsv: no such file"),
    ],
)
def test_mistakes_are_said_in_one_line_before_a_run_is_opened(world, overrides, message):
    runs = set((world.home / "runs").glob("*/*"))
    with pytest.raises(InputError) as error:
        refused(train_config(world, *overrides), world.corpus)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert set((world.home / "runs").glob("*/*")) == runs


def test_a_further_embedding_without_either_language_is_named(world, second):
    gone = [f"~model.further.second.languages.{code}" for code in ("ja", "en")]
    with pytest.raises(InputError, match=r"model\.further\.second=simulated: no vectors for ja or en"):
        refused(train_config(world, *second, *gone), world.corpus)


def test_a_dictionary_too_small_for_folds_is_refused(world, tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text(f"{world.words['ja'][0]}\t{world.words['en'][0]}\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"lexicon\.train: 1 words with vectors; two folds of them are needed"
    ):
        refused(train_config(world, f"lexicon.train={path}", "model.validation_share=0"), world.corpus)


def test_a_dictionary_whose_folds_leave_one_word_is_refused(world, tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text(
        "".join(f"{world.words['ja'][i]}\t{world.words['en'][i]}\n" for i in (0, 2, 4)), encoding="utf-8"
    )
    with pytest.raises(
        InputError, match=r"^model\.written_form\.n_grams=.*stands in two of the 1 words[^\n]*$"
    ):
        refused(train_config(world, f"lexicon.train={path}", "model.validation_share=0"), world.corpus)
