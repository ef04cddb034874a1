"""From a registered model to the files, on a planted world."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipml.cli import main
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import read_sites
from ipml.errors import InputError, LineageError
from ipml.firm_picture.stage import draw
from tests.dual_attention.planted import World
from tests.firm_picture.test_web_page import Reader

FIRM = "JP-007"


def draw_firm(world, firm_id, *overrides, corpus=None):
    """Draw a firm whose name the command line need not be able to hold."""
    settings = world.settings("picture", "firm=any", *overrides)
    return world.call(draw, settings.model_copy(update={"firm": firm_id}), corpus=corpus)


@pytest.fixture(scope="module")
def lexicon(world) -> Path:
    path = world.home / "glosses.tsv"
    path.write_text("circuit1\tboard\ncircuit1\tloop\n" + "".join(f"fashion{n}\tdress\n" for n in range(24)))
    return path


@pytest.fixture(scope="module")
def folder(world, lexicon) -> Path:
    return draw_firm(world, FIRM, f"lexicon.train={lexicon}")


def test_the_weights_are_those_of_the_network_that_was_not_trained_on_the_firm(world, folder):
    bundle = Bundle.load(world.workspace.find_model("dual_attn-JP@challenger").folder)
    sites = read_sites(world.corpus, [FIRM], bundle.open_language(), **bundle.reading)
    fold = bundle.fold_of_firm[FIRM]
    html = (folder / f"{FIRM}.html").read_text(encoding="utf-8")
    assert f"model of fold {fold + 1} of 2, the one that was not trained on this firm" in html
    weights = pd.read_parquet(folder / "pages.parquet")["weight"]
    expected, other = bundle.page_weights_by_fold(sites)[[fold, 1 - fold]]
    np.testing.assert_allclose(weights, expected, rtol=1e-5)
    assert not np.allclose(weights, other, rtol=1e-3)


def test_a_firm_that_was_not_trained_on_is_scored_by_all_networks(world):
    folder = draw_firm(world, "JP-015", "lexicon.train=null")
    html = (folder / "JP-015.html").read_text(encoding="utf-8")
    assert "the mean of all 2 fold models; the firm was not trained on" in html
    assert "English" not in html


def test_keywords_and_glosses_are_those_of_the_tables(world, folder, lexicon):
    run = world.workspace.find_run("keywords", country="JP")
    table = world.workspace.load_table(run.id, "keywords")
    own = table[table["firm_id"] == FIRM].sort_values("rank")
    shown = pd.read_parquet(folder / "keywords.parquet")
    assert shown["word"].tolist() == own["word"].tolist() != []
    np.testing.assert_array_equal(shown["word_weight"], own["word_weight"])
    pairs = [line.split("\t") for line in lexicon.read_text().splitlines()]
    glosses = [", ".join(target for source, target in pairs if source == word) or "—" for word in own["word"]]
    html = (folder / f"{FIRM}.html").read_text(encoding="utf-8")
    assert Reader(html).texts["gloss"] == glosses
    assert set(glosses) - {"—"}
    for weight in own["word_weight"]:
        assert f"{weight:.4f}" in html
    rule = world.workspace.load_table(run.id, "rule")["line"].tolist()
    assert "more than 90% of the firms" in rule[0]
    assert len(rule) == 2
    for line, said in zip(rule, Reader(html).texts["rule"], strict=False):
        assert said == f"{line.strip()[0].upper()}{line.strip()[1:]}."


def test_the_texts_stand_in_reading_order_with_unknown_words_pale(world, folder):
    pages = world.corpus.pages([FIRM], "ja")["text"].to_pylist()
    weights = pd.read_parquet(folder / "pages.parquet")["weight"]
    read = Reader((folder / f"{FIRM}.html").read_text(encoding="utf-8"))
    order = sorted(range(4), key=lambda page: -weights[page])
    assert [text.split() for text in read.texts["text"]] == [
        pages[page].split() for page in order if weights[page] > 0
    ]
    assert set(read.texts["w u"][1:]) == {"unknown"}  # the first is the legend's


def test_the_run_says_what_the_picture_was_made_from(world, folder):
    run_id = json.loads((folder / "mlflow.json").read_text())["run_id"]
    run = world.workspace.get_run(run_id)
    html = (folder / f"{FIRM}.html").read_text(encoding="utf-8")
    assert run.lineage["corpus"] == world.corpus.info.hash
    assert run.lineage["dual_attn-JP"] == "1"
    assert run.tags["firm"] == FIRM
    assert run.simulated
    for part in (world.corpus.info.hash, "dual_attn-JP version 1", run.tags["keywords_run"], "simulated"):
        assert part in html
    assert run.lineage["glosses-ja-en"] in html
    assert run.metrics["n_pages"] == 4
    assert (folder / f"{FIRM}.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_draws_and_says_where(world, lexicon, capsys, monkeypatch):
    monkeypatch.setitem(os.environ, "IPML_HOME", str(world.home))
    where = ["data=corpus", f"data.root={world.root}", "namespace=''"]
    assert main(["picture", "country=JP", f"firm={FIRM}", *where, f"lexicon.train={lexicon}"]) == 0
    printed = capsys.readouterr().out
    assert f"{FIRM}.html" in printed
    assert "simulated" in printed
    (folder,) = re.findall(r"^run folder: (.+)$", printed, re.MULTILINE)
    assert f"{FIRM}.html, {FIRM}.png, {FIRM}.pdf" in printed
    assert {path.suffix for path in Path(folder).glob(f"{FIRM}.*")} == {".html", ".png", ".pdf"}
    assert main(["picture", *where]) == 2
    assert "error: firm: a value is needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("firm_id", "message"),
    [
        ("JP-07", r"firm=JP-07: not among the 63 firms of country=JP in .*; near: JP-0"),
        ("x\u202e\ny", r"firm=x\[U\+202E\] y: not among"),
        ("CN-1", "firm=CN-1: a firm of CN; allowed with it: country=CN"),
        ("JP-mute", "firm=JP-mute: language=ja: no page in this language"),
        ("JP-blank", "firm=JP-blank: .*no word of 1 pages has a vector"),
    ],
)
def test_a_firm_that_cannot_be_drawn_is_named(world, firm_id, message):
    with pytest.raises(InputError, match=message) as caught:
        draw_firm(world, firm_id, "lexicon.train=null")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"lexicon\.train=.*\.tsv: no such file"),
        ("dog\tinu\nbroken\n", r"\.tsv, line 2: 'broken'; needed"),
    ],
)
def test_a_dictionary_that_cannot_be_read_is_named(world, tmp_path, content, message):
    path = tmp_path / "d.tsv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        draw_firm(world, FIRM, f"lexicon.train={path}")


def test_keywords_must_have_been_extracted_with_the_same_model(tmp_path, tracking_database):
    from ipml.dual_attention import stage

    world = World(tmp_path, tracking_database, n_firms=40)
    world.call(stage.train, world.train_settings("model.n_folds=2", "model.max_epochs=1"))
    with pytest.raises(InputError, match="run `ipml keywords` first"):
        draw_firm(world, FIRM, "lexicon.train=null")


def test_another_corpus_than_the_models_is_refused(world, tmp_path, tracking_database):
    other = World(tmp_path, tracking_database, n_firms=40)
    with pytest.raises(LineageError, match="corpus"):
        draw_firm(world, FIRM, "lexicon.train=null", corpus=other.corpus)
