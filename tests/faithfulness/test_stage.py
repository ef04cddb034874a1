"""The command on a planted world: one page in four tells who holds patents."""

import numpy as np
import pandas as pd
import pytest

from ipml.cli import main
from ipml.dual_attention import stage
from ipml.errors import InputError
from ipml.faithfulness.stage import measure
from ipml.tracking import Workspace
from tests.dual_attention.planted import World

DEFAULT = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1]


@pytest.fixture(scope="module")
def results(world):
    return world.call(measure, world.settings("faithfulness"))


def figure(results, model, order, name="comprehensiveness"):
    chosen = (results["model"] == model) & (results["order"] == order) & (results["figure"] == name)
    return results[chosen].iloc[0]


def test_the_model_decides_by_the_words_that_its_attention_names(results):
    # With 140 firms a single share of the tokens does not tell the model from its controls; the mean over all does.
    attention = figure(results, "dual attention", "attention", "aopc_comprehensiveness")
    assert attention["difference_low"] > 0
    assert figure(results, "dual attention", "attention", "deletion_area")["difference_high"] < 0
    assert figure(results, "dual attention", "attention", "insertion_area")["difference_low"] > 0
    for control in ("attention off", "shuffled labels", "untrained"):
        row = figure(results, control, "attention", "aopc_comprehensiveness")
        assert row["difference"] < attention["difference_low"]


def test_rows_hold_all_models_orders_and_their_origin(results, world):
    assert set(results["model"]) == {"dual attention", "attention off", "shuffled labels", "untrained"}
    assert set(results["order"]) == {"attention", "keybert", "random"}
    assert (results["n_firms"] == 140).all()
    assert results["simulated"].all()
    assert results["bag_share"].eq(0).all()
    assert (results["corpus"] == world.corpus.info.hash).all()
    assert results["models"].str.fullmatch(r"dual_attn-JP/\d+").all()
    assert (results["low"] <= results["value"]).all()
    assert (results["value"] <= results["high"]).all()
    deletion = results[results["figure"] == "deletion"]
    assert deletion["share"].unique().tolist() == DEFAULT
    assert deletion.loc[deletion["share"] == 1, "value"].eq(0.5).all()


def test_the_run_keeps_rows_figure_and_lineage(results, world):
    settings = world.settings("faithfulness")
    run = Workspace(settings).find_run("faithfulness", country="JP")
    pd.testing.assert_frame_equal(Workspace(settings).load_table(run.id, "results"), results)
    folder = next(world.home.glob(f"runs/faithfulness/*-{run.id[:8]}"))
    np.testing.assert_allclose(pd.read_csv(folder / "results.csv")["value"], results["value"])
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert run.lineage["corpus"] == world.corpus.info.hash
    assert run.lineage["sentence_encoder"].startswith("mean of ")
    assert run.lineage["dual_attn-JP"] == results["models"].iloc[0].rpartition("/")[2]
    logged = run.metrics
    attention = figure(results, "dual attention", "attention")
    assert logged["attention/comprehensiveness"] == pytest.approx(attention["value"])
    assert logged["attention/comprehensiveness_minus_random"] == pytest.approx(attention["difference"])
    assert logged["left_out/has_patent unknown"] == 10


def test_the_command_prints_the_table(world, capsys):
    overrides = [
        f"paths.root={world.home}",
        "data=corpus",
        f"data.root={world.root}",
        "namespace=''",
        "draws=1",
    ]
    assert main(["faithfulness", *overrides, "grid=[0,0.2,1]", "controls=false"]) == 0
    printed = capsys.readouterr().out
    assert "140 simulated firms" in printed
    assert "attention - random" in printed
    assert "firms left out: 10 (has_patent unknown" in printed
    assert "untrained" not in printed
    assert "bag of words" not in printed


def test_stopped_it_goes_on_with_what_is_finished_and_ends_the_same(world, monkeypatch):
    settings = world.settings("faithfulness", "controls=false", "draws=1", "grid=[0,0.2,1]")
    expected = world.call(measure, settings)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("ipml.faithfulness.stage.result_rows", interrupted)
        world.call(measure, settings)
    for work in ("faithfulness.stage.curves_of_orders", "keyword_comparison.keybert_words.word_cosines"):
        monkeypatch.setattr(f"ipml.{work}", lambda *_: pytest.fail("done again"))
    pd.testing.assert_frame_equal(world.call(measure, settings), expected)
    assert not [path for path in (world.home / "runs" / ".unfinished").glob("*") if path.is_dir()]


def interrupted(*_, **__):
    raise KeyboardInterrupt


def test_other_orders_can_be_given(world):
    settings = world.settings("faithfulness", "controls=false", "draws=1")
    repeats = {"repeats": lambda sites, scores: sites.counts.data}
    found = world.call(measure, settings, repeats)
    assert found["order"].unique().tolist() == ["repeats", "random"]


@pytest.mark.slow
def test_a_bag_of_words_beside_the_attention_is_left_out_and_said(world, capsys):
    world.call(
        stage.train, world.train_settings("namespace=bag", "model.bag_of_words=2", "model.max_epochs=4")
    )
    found = world.call(measure, world.settings("faithfulness", "namespace=bag", "draws=1"))
    share = found["bag_share"].iloc[0]
    assert 0 < share <= 1
    assert (found["bag_share"] == share).all()
    assert f"what stands beside it, {share:.0%} of the logit, is left out" in capsys.readouterr().out
    assert found.loc[(found["figure"] == "deletion") & (found["share"] == 1), "value"].eq(0.5).all()


def test_another_corpus_than_the_models_is_refused(world, tmp_path, tracking_database):
    other = World(tmp_path, tracking_database, n_firms=40)
    with pytest.raises(InputError, match="corpus"):
        other.call(measure, world.settings("faithfulness"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["grid=[0,0.2,1.5]"], r"grid=\[0, 0.2, 1.5\]: numbers that rise from 0 to 1"),
        (["grid=[-0.1,0.2,1]"], r"grid=\[-0.1"),
        (["grid=[0,0.5,0.2,1]"], r"grid=\[0, 0.5, 0.2, 1\]"),
        (["grid=[0,0.2,0.2,1]"], r"grid="),
        (["grid=[0.2,1]"], r"grid="),
        (["grid=[0,0.2]"], r"grid="),
        (["grid=[]"], r"grid=\[\]"),
        (["grid=[0,nan,1]"], r"grid="),
        (["grid=[0,a,1]"], r"grid="),
        (["grid=0.2"], r"grid=0.2"),
        (["share=0.25"], "share=0.25: a share of the grid between 0 and 1 is needed: 0.01, 0.02"),
        (["share=0"], "share=0: a share"),
        (["share=1"], "share=1: a share"),
        (["grid=[0,1]"], "share=0.2: .*the grid has none"),
        (["draws=0"], "draws=0: 1 to 1000 is needed"),
        (["draws=1.5"], "draws=1.5: a whole number is needed"),
        (["inputs.alias=champion"], "dual_attn-JP: no champion"),
        (["sentence_encoder=minilm"], "reads English only, but language=ja"),
        (["namespace=nobody"], "nobody.dual_attn-JP: not in the registry"),
    ],
)
def test_mistakes_are_said_in_one_line(world, overrides, message):
    with pytest.raises(InputError, match=message) as caught:
        world.call(measure, world.settings("faithfulness", *overrides))
    assert "\n" not in str(caught.value)


def test_a_grid_is_read_as_it_is_given(world):
    settings = world.settings("faithfulness", "grid=[0,0.5,1]", "share=0.5")
    assert (settings.grid, settings.share) == ([0, 0.5, 1], 0.5)
