"""Every corpus has its own models: what one's own firms see after the demo in the same folder."""

import json
import re
import shlex
from dataclasses import replace

import pytest

from ipml.cli.registry import _check_corpus
from ipml.config import compose_settings
from ipml.corpus import load_corpus
from ipml.errors import LineageError
from ipml.files import read_json
from ipml.serving import load_model
from ipml.tracking.promotion import Move
from tests.conftest import REPOSITORY
from tests.small_study import GROUP, TINY, command

pytestmark = pytest.mark.xdist_group(GROUP)
OWN = ("data=corpus", "data.root=data/mine")
QUICK = ["model.n_folds=2", "model.max_epochs=3", "model.controls=false"]


def world_of(small_study):
    """Folder of the study's own world: other tests make further ones beside it."""
    shown = re.search(r"corpus simulated \((\w+)\)", small_study.printed)
    worlds = (small_study.home / "data").glob("simulated-*")
    return next(path for path in worlds if read_json(path / "corpus.json")["hash"] == shown[1])


@pytest.fixture(scope="module")
def source(small_study, tmp_path_factory):
    """The Japanese firms of the demo's world as files of one's own, which say nothing of being simulated."""
    world = world_of(small_study)
    corpus, folder = load_corpus(world), tmp_path_factory.mktemp("source")
    firms = corpus.firms("JP")
    tables = {"firms": firms, **{name: corpus.table(name).to_pandas() for name in ("pages", "patents")}}
    for name, table in tables.items():
        table[table["firm_id"].isin(firms["firm_id"])].to_json(
            folder / f"{name}.jsonl", orient="records", lines=True, force_ascii=False, date_format="iso"
        )
    return folder


@pytest.fixture(scope="module")
def own(small_study, source):
    """Home of the demo in which `data/mine` is ingested too."""
    if not (small_study.home / "data" / "mine").exists():
        done = command(small_study.home, "ingest", f"source.root={source}", "data.root=data/mine")
        assert done.returncode == 0, done.stderr
    return small_study.home


@pytest.mark.parametrize("name", ["evaluate", "promote", "keywords", "registry"])
def test_a_command_on_ones_own_firms_reads_no_model_of_the_demo(own, name):
    done = command(own, name, *OWN)
    if name == "registry":
        assert done.returncode == 0
        assert re.match(r"corpus mine \([0-9a-f]{16}\), namespace mine\n", done.stdout)
        said = done.stdout
    else:
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
        said = done.stderr
    assert "dual_attn-JP" in said if name == "keywords" else "namespaces with models: ''" in said
    assert "simulated" not in done.stdout


def test_commands_on_the_simulated_world_say_so_and_keep_their_short_names(small_study):
    done = command(small_study.home, "registry", *TINY)
    assert re.match(r"corpus simulated \([0-9a-f]{16}\), namespace ''\n", done.stdout)
    assert "│ dual_attn-JP " in done.stdout


def test_a_corpus_is_not_taken_for_a_simulated_world(own):
    done = command(own, "evaluate", "data.root=data/mine")
    assert done.returncode == 2
    assert "a corpus of real firms, not a simulated world; say data=corpus data.root=data/mine" in done.stderr


def test_challengers_of_another_corpus_of_the_same_folder_name_are_not_promoted(own):
    corpus = load_corpus(own / "data" / "mine")
    settings = compose_settings("promote", ["data=corpus", f"data.root={own / 'data' / 'mine'}"])
    for lineage in ({}, {"corpus": corpus.info.hash}):  # an alignment has no corpus
        _check_corpus([Move("mine.a", None, "1", "first champion", lineage=lineage)], settings.data)
    other = Move("mine.a", None, "1", "first champion", lineage={"corpus": "another"})
    with pytest.raises(
        LineageError, match=rf"mine\.a: version 1 is of corpus another, .* {corpus.info.hash}; "
    ):
        _check_corpus([other], settings.data)
    _check_corpus([replace(other, before="1")], settings.data)  # the champion already, and stays it
    _check_corpus([other], compose_settings("promote", []).data)


def test_champions_of_another_simulated_world_are_not_evaluated(small_study):
    done = command(small_study.home, "evaluate", *TINY, "data.world.seed=1")
    assert done.returncode == 2
    assert "is not made yet; give the same data.… overrides" in done.stderr


def test_nothing_above_a_list_for_programs(small_study):
    assert len(json.loads(command(small_study.home, "registry", "format=json").stdout)) >= 14


def readme_commands() -> list[list[str]]:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("\n## Your own firms\n")[1]
    block = next(
        block for block in re.findall(r"^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE) if "ingest" in block
    )
    return [shlex.split(line)[1:] for line in block.splitlines()]


@pytest.mark.slow
def test_the_commands_of_the_readme_after_the_demo_end_with_the_table_of_ones_own_firms(
    small_study, source, tmp_path, monkeypatch
):
    world = world_of(small_study)
    # In place of the sentence encoder, which is an extra: the words' vectors of the world.
    vectors = ["embeddings=simulated", "embeddings.shared_space=true"]
    vectors += [
        f"embeddings.languages.{code}.vectors.path={world / 'vectors' / code}" for code in ("ja", "en")
    ]
    printed = ""
    for words in readme_commands():
        words = [
            word.replace("=DIR", f"={source}").replace("data/mine", "data/readme/mine") for word in words
        ]
        more = vectors if words[0] in ("train", "vectors") else []
        more = more + QUICK if "model=dual_attn" in words else more
        if words[0] == "promote":  # two folds of two epochs teach too little for the diagnostics
            more = [*more, "force=true"]
        done = command(small_study.home, *words, *more)
        assert done.returncode == 0, (words, done.stderr)
        printed = done.stdout
    assert "corpus mine (" in printed
    assert "high_growth-established" in printed
    assert "simulated" not in printed
    assert (
        "mine.mapping-JP-established"
        in command(small_study.home, "registry", "data=corpus", "data.root=data/readme/mine").stdout
    )
    monkeypatch.setenv("IPML_HOME", str(small_study.home))
    assert (
        load_model("mine.dual_attn-JP@champion").lineage["corpus"]
        != load_model("dual_attn-JP@champion").lineage["corpus"]
    )
    again = command(small_study.home, "evaluate", *TINY)
    assert again.returncode == 0, again.stderr
    assert "(simulated)" in again.stdout
