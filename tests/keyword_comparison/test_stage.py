"""The whole comparison on a planted world, and mistakes in one line."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ipml.cli import main
from ipml.dual_attention.training import cross_fitting
from ipml.errors import InputError
from ipml.keyword_comparison import keybert_words, splits, stage
from ipml.keyword_comparison.classifiers import CLASSIFIERS
from ipml.keyword_comparison.keyword_sets import SETS
from ipml.statistics.classification import MACRO_METRICS
from ipml.text import kinds as packages
from ipml.tracking import Workspace
from tests.keyword_comparison.conftest import SMALL


@pytest.fixture(scope="module")
def results(world):
    return world.call(stage.compare, world.settings("compare_keywords", *SMALL))


def scores(results, protocol, part="test"):
    chosen = results[(results["what"] == "score") & (results["protocol"] == protocol)]
    return chosen[chosen["part"] == part].set_index(["set", "classifier", "metric"])["value"]


def test_every_cell_of_the_table_is_there_under_both_protocols(results):
    for protocol in ("leak-free", "leaking"):
        for part in ("train", "test"):
            assert len(scores(results, protocol, part)) == len(SETS) * len(CLASSIFIERS) * len(MACRO_METRICS)
    own = results[results["protocol"] != "published"]
    assert own["simulated"].all()
    assert not own["value"].isna().any()
    assert set(own["seeds"]) == {"0-1"}
    assert own["models"].str.contains("dual_attn of 2 folds; keybert").all()
    interval = own[own["what"].isin(["score", "difference"])]
    assert (interval["low"] <= interval["high"]).all()
    assert set(own.loc[own["part"] == "test", "n"]) == {42}  # 30 % of 70 firms with and of 70 without patents


def test_published_figures_stand_beside_and_say_that_they_are_of_other_data(results):
    published = scores(results, "published")
    assert published["dual_attn+keybert", "RF", "f1"] == 0.78
    rows = results[results["protocol"] == "published"]
    assert set(rows["models"]) == {"published (other data; country not stated)"}
    assert not rows["simulated"].any()


def test_planted_product_words_tell_more_than_chance(results):
    found = scores(results, "leak-free")
    for classifier in CLASSIFIERS:
        assert found["dual_attn", classifier, "accuracy"] > found["random", classifier, "accuracy"] + 0.05
        assert found["dual_attn", classifier, "accuracy"] > 0.65


def test_raw_knows_no_labels_so_the_protocol_changes_nothing(results):
    for part in ("train", "test"):
        clean, leaking = (scores(results, protocol, part)["raw"] for protocol in ("leak-free", "leaking"))
        pd.testing.assert_series_equal(clean, leaking)


def test_sizes_of_the_sets_are_reported(results):
    words = results[results["what"] == "words"].set_index(["protocol", "part", "set"])["value"].sort_index()
    for protocol in ("leak-free", "leaking"):
        for part in ("train", "test"):
            of_part = words[protocol, part]
            assert of_part["random"] == of_part["keybert"] == of_part["dual_attn"]
            assert 0 < of_part["dual_attn+keybert"] < of_part["dual_attn"] < of_part["raw"]


def test_the_run_keeps_results_lineage_and_left_out_firms(world, results):
    settings = world.settings("compare_keywords")
    run = Workspace(settings).find_run("compare_keywords", country="JP")
    pd.testing.assert_frame_equal(
        Workspace(settings).load_table(run.id, "results"), results, check_dtype=False
    )
    (csv,) = world.home.glob(f"runs/compare_keywords/*-{run.id[:8]}/results.csv")
    np.testing.assert_allclose(pd.read_csv(csv)["value"], results["value"])
    assert run.lineage["corpus"] == world.corpus.info.hash
    assert run.lineage["keybert"] == "0.9.0"
    assert "sentence_encoder" in run.lineage
    assert run.metrics["n_firms"] == 140
    assert run.metrics["left_out/no known word"] == 2


def test_stopped_it_goes_on_with_what_is_finished_and_ends_the_same(
    world, settings, results, capsys, monkeypatch
):
    whole = splits.one_split

    def stopped(firms, settings, training, split, selected):
        if split == 1:
            raise KeyboardInterrupt
        return whole(firms, settings, training, split, selected)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(splits, "one_split", stopped)
        world.call(stage.compare, settings)
    said = capsys.readouterr().out
    assert "6 networks and 40 classifiers" in said
    assert "split 1 of 2: 0:" in said
    with monkeypatch.context() as patch:
        patch.setattr(cross_fitting, "train_network", lambda *_, **__: pytest.fail("trained again"))
        patch.setattr(keybert_words, "word_cosines", lambda *_: pytest.fail("encoded again"))
        pd.testing.assert_frame_equal(world.call(stage.compare, settings), results)
    assert not [path for path in (world.home / "runs" / ".unfinished").glob("*") if path.is_dir()]
    printed = capsys.readouterr().out
    assert "split 1: kept from a run that was stopped" in printed
    for text in (
        "JP firms, ja (simulated): 98 train firms",
        "42 test firms a split",
        "words a firm",
        "by the leak",
    ):
        assert text in printed
    assert "published (other data; country not stated)" in printed
    assert "10 (has_patent unknown: JP-000" in printed


def test_features_can_be_tfidf(world):
    settings = world.settings("compare_keywords", *SMALL, "seeds=1", "model.max_epochs=1", "features=tfidf")
    assert scores(world.call(stage.compare, settings), "leak-free")["raw", "LR", "accuracy"] > 0.6


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["seeds=0"], "seeds=0: at least 1"),
        (["seeds=1.5"], "seeds=1.5: a whole number"),
        (["test_share=1"], "test_share=1: 0.05 to 0.95"),
        (["both_share=0"], "both_share=0"),
        (["selection.rule=best"], "selection.rule=best: not a choice; allowed: "),
        (["selection.amount=1.5"], "selection.amount=1.5: more than 0 and at most 1"),
        (["features=bag"], "features=bag: not a choice; allowed: mean_vector, tfidf"),
        (["forest.trees=0"], "forest.trees=0"),
        (["model.n_folds=1"], "model.n_folds=1"),
        (["sentence_encoder=minilm"], "reads English only, but language=ja"),
        (["country=CN", "language=ja"], "has_patent is unknown for all 3 firms"),
        (["country.page_kinds=[brochure]"], "language=ja: no page in this language of kind brochure"),
        (["selection.max_firm_share=0"], "selection.max_firm_share=0: no keyword is left"),
    ],
)
def test_mistakes_are_said_in_one_line(world, overrides, message):
    with pytest.raises(InputError, match=message) as caught:
        world.call(
            stage.compare, world.settings("compare_keywords", *SMALL, "model.max_epochs=1", *overrides)
        )
    assert "\n" not in str(caught.value)


def test_without_keybert_the_package_is_named(world, settings, monkeypatch):
    def missing(name):
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", missing)
    with pytest.raises(InputError, match="compare_keywords needs a package: pip install 'ipml"):
        world.call(stage.compare, settings)


@pytest.mark.slow
def test_all_but_keybert_itself_imports_without_the_package():
    code = (
        "import sys; sys.modules['keybert'] = None; sys.modules['sentence_transformers'] = None\n"
        "import ipml.keyword_comparison.stage"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("word", "part"),
    [("country=XX", "CN, JP, US"), ("sentence_encoder=bert", "minilm"), ("seeds=many", "a number")],
)
def test_the_command_line_refuses_a_wrong_value(home, capsys, word, part):
    assert main(["compare_keywords", word]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert part in error
