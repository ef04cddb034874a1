"""Train, register, serve, extract keywords and score, on a planted world."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from ipml import load_model
from ipml.corpus import load_corpus, write_corpus
from ipml.dual_attention import scoring, stage
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import sites_of_pages
from ipml.dual_attention.keywords import stage as keywords_stage
from ipml.dual_attention.keywords.ranking import COLUMNS
from ipml.errors import InputError
from ipml.statistics.classification import classification_metrics
from ipml.tracking import Workspace
from tests.dual_attention.planted import GENERAL, PATENTED, TRADED, World, firm, row


@pytest.fixture(scope="module")
def training_run(world, trained):
    model = world.workspace.find_model(f"dual_attn-JP/{trained}")
    return world.workspace.get_run(model.run_id)


@pytest.fixture(scope="module")
def keywords(world, trained):
    settings = world.settings("keywords")
    return Workspace(settings).load_table(world.call(keywords_stage.extract, settings), "keywords")


def test_cross_fitted_figures_find_the_planted_labels(training_run, world):
    metrics = training_run.metrics
    assert metrics["test/auc"] > 0.7
    assert metrics["test/auc_low"] <= metrics["test/auc"] <= metrics["test/auc_high"]
    assert metrics["n_firms"] == 140
    assert metrics["left_out/has_patent unknown"] == 10
    assert metrics["left_out/no page in ja"] == 1
    assert metrics["left_out/no known word"] == 2
    assert metrics["attention/pages"] == 4
    assert 1 <= metrics["attention/pages_kept"] < 4
    assert 0 < metrics["attention/relative_entropy"] < 1
    assert metrics["known_share"] == pytest.approx(0.9, abs=0.01)
    assert "fold_0/val/auc" in metrics
    assert training_run.lineage["corpus"] == world.corpus.info.hash


def test_controls_stand_beside_the_figures(world, capsys):
    settings = world.train_settings(
        "model.controls=true", "model.max_epochs=2", "model.n_folds=2", "namespace=controls"
    )
    world.call(stage.train, settings)
    metrics = Workspace(settings).find_run("dual_attn", country="JP").metrics
    assert 0.25 < metrics["control/shuffled_labels_auc"] < 0.75
    assert 0 < metrics["control/attention_off_auc"] < 1
    assert "AUC without attention" in capsys.readouterr().out


def test_logged_figures_are_those_of_the_saved_scores(world, training_run):
    table = world.workspace.load_table(training_run.id, "held_out")
    expected = classification_metrics(table["label"].to_numpy(), table["value"].to_numpy())
    for name, value in expected.items():
        assert training_run.metrics[f"test/{name}"] == pytest.approx(float(value))


def test_the_same_seed_trains_the_same_networks(world):
    bundles = []
    for logger in ("mlflow", "none"):
        settings = world.train_settings("namespace=again", "model.max_epochs=2", f"logger={logger}")
        version = world.call(stage.train, settings).version
        model = Workspace(settings).find_model(f"again.dual_attn-JP/{version}")
        bundles.append(Bundle.load(model.folder))
    one, other = bundles
    for fold, repeated in zip(one.folds, other.folds, strict=True):
        for name, value in fold.network.state_dict().items():
            np.testing.assert_array_equal(value, repeated.network.state_dict()[name])


def test_the_registered_model_serves_texts(world, trained):
    assert world.workspace.client  # from here on, MLflow itself looks there too
    served = mlflow.pyfunc.load_model(f"models:/dual_attn-JP/{trained}")
    pages = pd.DataFrame(
        {
            "firm_id": ["high", "low", "none", "high", "JP-001"],
            "text": [" ".join(PATENTED[:5]), " ".join(TRADED[:9]), "nothing known", PATENTED[7], PATENTED[0]],
        }
    )
    found = served.predict(pages)
    assert found["firm_id"].tolist() == ["high", "low", "none", "JP-001"]
    high, low, none, known = found["probability"]
    assert low < 0.5 < high
    assert np.isnan(none)
    bundle = Bundle.load(world.workspace.find_model(f"dual_attn-JP/{trained}").folder)
    one = sites_of_pages(["JP-001"], [PATENTED[0]], bundle.open_language(), 32, 864)
    assert known == pytest.approx(bundle.score(one).probabilities[0])  # by the fold that has not seen it
    keywords = served.predict(pages, params={"output": "keywords"})
    assert keywords.columns.tolist() == ["firm_id", "rank", "weight", "word"]
    assert set(keywords[keywords["firm_id"] == "high"]["word"]) <= {*PATENTED[:5], PATENTED[7]}
    assert keywords[keywords["rank"] == 1]["firm_id"].tolist() == ["JP-001", "high", "low"]
    with pytest.raises(InputError, match="output=angle: not a choice; allowed: probability, keywords"):
        served.predict(pages, params={"output": "angle"})


def test_a_model_in_three_lines(world, trained, monkeypatch):
    monkeypatch.setenv("IPML_HOME", str(world.home))
    model = load_model(f"dual_attn-JP/{trained}")
    pages = pd.DataFrame({"firm_id": ["a", "b"], "text": [" ".join(PATENTED[:9]), None]})
    assert model.predict(pages)["probability"].gt(0.5).tolist() == [True, False]
    assert set(model.predict(pages, output="keywords")["firm_id"]) == {"a"}
    assert model.predict(pages.iloc[:0]).columns.tolist() == ["firm_id", "probability"]
    assert model.predict(pages.iloc[:0], output="keywords").empty
    without = pages.assign(firm_id=["a", None])
    for predict in (model.predict, mlflow.pyfunc.load_model(f"models:/dual_attn-JP/{trained}").predict):
        with pytest.raises(InputError, match="column firm_id, row 2: missing or blank"):
            predict(without)
    with pytest.raises(InputError, match="2 columns text; needed: one"):
        model.predict(pd.concat([pages, pages[["text"]]], axis=1))
    assert (model.name, model.version) == ("dual_attn-JP", str(trained))
    for wrong, message in (
        (pages.rename(columns={"text": "texts"}), "input: no column text; needed: firm_id, text"),
        (pages.assign(text=3), "input, column text, row 1: 3 is not a text"),
        (["a text"], "input of type list: a table with firm_id, text is needed"),
    ):
        with pytest.raises(InputError, match=message):
            model.predict(wrong)
    with pytest.raises(InputError, match="words=2: not a parameter of dual_attn-JP"):
        model.predict(pages, words=2)


def test_loading_runs_no_code_that_came_with_the_model(world, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("IPML_HOME", str(world.home))
    folder = world.workspace.find_model(f"dual_attn-JP/{trained}").folder
    served = folder.parents[1]
    code = served / "serving.py"
    kept = code.read_text(encoding="utf-8")
    marker = tmp_path / "executed"
    planted = served / "python_model.pkl"
    try:
        code.write_text(f"open({str(marker)!r}, 'w')\n{kept}", encoding="utf-8")
        planted.write_bytes(f"cbuiltins\nopen\n(V{marker}\nVw\ntR.".encode())
        load_model(f"dual_attn-JP/{trained}").predict(pd.DataFrame({"firm_id": ["a"], "text": [PATENTED[0]]}))
        assert not marker.exists()
        mlflow.pyfunc.load_model(f"models:/dual_attn-JP/{trained}")
        assert marker.exists()  # MLflow's own way runs the file beside the model, as docs/tracking.md says
    finally:
        code.write_text(kept, encoding="utf-8")
        planted.unlink(missing_ok=True)


def test_keywords_have_the_columns_of_the_contract_and_point_at_products(world, keywords):
    assert tuple(keywords.columns) == COLUMNS
    assert not keywords.duplicated(["firm_id", "word"]).any()
    first = keywords[keywords["rank"] == 1].set_index("firm_id")
    assert len(first) == keywords["firm_id"].nunique() == 150
    patents = world.corpus.firms("JP").set_index("firm_id").loc[first.index, "has_patent"]
    for group in (True, False):  # one page in four is on products
        chosen = first[patents == group]
        assert (chosen["page"] == 1).mean() > 0.7
        assert chosen["word"].isin([*PATENTED, *TRADED]).mean() > 0.7
    assert first.loc["JP-001", "url"] == "https://JP-001.example/1"
    assert (keywords["page_weight"] > 0).all()
    assert keywords["word_weight"].between(0, 1).all()


def test_keywords_leave_out_the_firms_own_name_and_common_words(world, trained, keywords):
    names = world.corpus.firms("JP").set_index("firm_id")["name"]
    assert not any(names[r.firm_id] == r.word for r in keywords.itertuples())
    settings = world.settings("keywords", "selection.max_firm_share=0")
    emptied = Workspace(settings).load_table(world.call(keywords_stage.extract, settings), "keywords")
    assert emptied.empty


def test_a_wider_share_gives_more_keywords(world, trained, keywords):
    settings = world.settings(
        "keywords", "selection.amount=1", "selection.min_contrast=null", "selection.max_firm_share=1"
    )
    everything = Workspace(settings).load_table(world.call(keywords_stage.extract, settings), "keywords")
    assert len(everything) > 2 * len(keywords)
    assert set(everything["word"]) & set(GENERAL)


def test_firms_without_label_get_keywords_too(world, keywords):
    firms = world.corpus.firms("JP").set_index("firm_id")
    unlabelled = firms.index[firms["has_patent"].isna()]
    assert set(unlabelled) <= set(keywords["firm_id"])


def test_keywords_refuse_a_corpus_the_model_was_not_trained_on(world, trained, tmp_path, tracking_database):
    other = World(tmp_path, tracking_database, n_firms=40)
    with pytest.raises(InputError, match="corpus"):
        other.call(keywords_stage.extract, world.settings("keywords"))


def test_keywords_refuse_a_share_outside_its_range(world, trained):
    with pytest.raises(InputError, match=r"selection.amount=1.5.*at most 1"):
        world.call(keywords_stage.extract, world.settings("keywords", "selection.amount=1.5"))


def score_config(world, corpus, version, *overrides):
    reference = f"registered_model=dual_attn-JP/{version}"
    return world.settings("score", "data=corpus", f"data.root={corpus.root}", reference, *overrides)


def test_scoring_the_training_corpus_repeats_the_cross_fitted_figures(world, trained, training_run):
    metrics = world.call(scoring.score, score_config(world, world.corpus, trained))
    assert metrics["n_trained_on"] == 140
    assert metrics["test/auc"] == pytest.approx(training_run.metrics["test/auc"])


def test_scoring_new_firms_uses_the_mean_of_the_folds(world, trained, tmp_path, tracking_database, capsys):
    other = World(tmp_path, tracking_database, n_firms=40, prefix="NEW").corpus
    settings = score_config(world, other, trained)
    metrics = world.call(scoring.score, settings, corpus=other)
    assert metrics["n_trained_on"] == 0
    assert metrics["n_firms"] == 37
    assert metrics["test/auc"] > 0.6
    printed = capsys.readouterr().out
    assert "37 simulated firms" in printed
    assert "3 (has_patent unknown: NEW-000, NEW-015, NEW-030)" in printed
    logged = Workspace(settings).find_run("score", country="JP")
    assert logged.lineage["scored_corpus"] == other.info.hash
    assert logged.lineage["corpus"] == world.corpus.info.hash


@pytest.mark.parametrize(
    ("country", "message"),
    [("CN", "has_patent is unknown for all 3 firms"), ("US", "has_patent is true for all 3 firms")],
)
def test_a_corpus_without_two_classes_is_refused(world, trained, country, message):
    with pytest.raises(InputError, match=message):
        world.call(stage.train, world.train_settings(f"country={country}", "language=ja"))
    with pytest.raises(InputError, match=message):
        world.call(scoring.score, score_config(world, world.corpus, trained, f"country={country}"))


def test_scoring_needs_both_classes_among_firms_with_pages(world, trained, tmp_path):
    firms = [firm("A", "JP", True, "a"), firm("B", "JP", True, "b"), firm("C", "JP", False, "c")]
    pages = [row(i, 0, GENERAL[0]) for i in "AB"]
    rows = {"firms": firms, "pages": pages, "patents": []}
    corpus = write_corpus(tmp_path / "one-sided", rows, source="planted")
    with pytest.raises(InputError, match="all 2 firms with pages have the same has_patent"):
        world.call(scoring.score, score_config(world, corpus, trained), corpus=corpus)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["country.page_kinds=[brochure]"], "language=ja: no page in this language of kind brochure"),
        (["embeddings.languages.ja.tokenizer.kind=latin"], "no word of 562 pages has a vector"),
        (["country.name=FR"], "country=FR: no firm of this country"),
        (["model.n_folds=1"], "model.n_folds=1"),
        (["model.validation_share=0"], "model.validation_share=0: 0.01 to 0.9"),
        (["model.network.page_attention=mean"], "page_attention=mean: not a choice; allowed: sparsemax"),
        (["logger.names=[paper]"], "logger.names=paper: not a choice"),
    ],
)
def test_mistakes_are_said_in_one_line(world, overrides, message):
    corpus = load_corpus(world.root)
    with pytest.raises(InputError, match=message) as caught:
        world.call(stage.train, world.train_settings(*overrides), corpus=corpus)
    assert "\n" not in str(caught.value)


def test_epoch_figures_can_go_into_files(world, trained):
    overrides = ["logger=csv", "namespace=csv", "model.max_epochs=2", "model=dual_attn_published"]
    settings = world.train_settings(*overrides)
    world.call(stage.train, settings)
    found = Workspace(settings).find_run("dual_attn", country="JP")
    assert found.name == "csv.dual_attn-JP"
    files = list(world.home.glob("runs/dual_attn/*csv.dual_attn-JP*/fold_2/metrics.csv"))
    assert len(files) == 1
    assert "val/auc" in files[0].read_text()
