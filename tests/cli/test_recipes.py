"""The recipes of docs/extending.md, run as they stand there."""

import json

import pandas as pd
import pytest

from ipml.cli import main
from ipml.codes import code_names
from ipml.corpus import load_corpus
from ipml.simulation import load_truth
from tests.recipes import write_recipes

SMALL = [
    "data=korea",
    "data.world.scale=0",
    "data.world.min_group=36",
    "data.world.min_without_patents=36",
    "data.world.pages.mean=3",
    "data.world.pages.max=6",
    "data.world.pages.median_tokens=120",
    "data.world.firms.industries=2",
    "data.world.topics.general_words=600",
]
FEW = ["model.bootstrap.resamples=10", "model.calibration.folds=2"]
COUNTRIES = ["A country", "A language", "A firm type", "A simulated world of your own"]
GROUPS = [("KR", "state_owned"), ("KR", "established"), ("US", "state_owned")]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def test_a_reader_is_one_file_of_python_and_one_of_configuration(home, tmp_path, monkeypatch, capsys):
    searchpath = write_recipes(tmp_path, "A reader")
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "source"
    source.mkdir()
    firms = "firm_id;name;country;firm_type;has_patent\n"
    firms += "".join(f"JP-{n};Firma {n};JP;established;{'yes' if n % 2 else 'no'}\n" for n in range(40))
    (source / "firms.csv").write_text(f"{firms}JP-40;one;two;many;yes;JP\nJP-41;new;XX;established;yes\n")
    pages = "firm_id;language;text\n" + "".join(f"JP-{n};ja;ポンプ {n}\n" for n in range(40))
    (source / "pages.csv").write_text(pages, encoding="utf-8")
    ingest = ["ingest", searchpath, "source=csv", f"source.root={source}", f"data.root={tmp_path / 'out'}"]
    assert main([*ingest, 'source.delimiter=";"', "source.as_of=2025-07-02"]) == 0
    corpus = load_corpus(tmp_path / "out")
    assert corpus.info.counts == {"firms": 40, "pages": 40, "patents": 0}
    assert corpus.info.as_of == "2025-07-02"
    assert corpus.firms()["has_patent"].value_counts().to_dict() == {True: 20, False: 20}
    aside = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").open(encoding="utf-8")]
    assert [(row["file"], row["line"]) for row in aside] == [("firms.csv", 42), ("firms.csv", 43)]
    assert aside[0]["reason"] == "6 values, not 5"
    assert "country is XX, not one of JP, US, CN; another one needs a file conf/country" in aside[1]["reason"]
    capsys.readouterr()
    assert main([*ingest[:3], f"source.root={tmp_path}", ingest[-1]]) == 2
    assert capsys.readouterr().err == f"error: source.root={tmp_path}: firms.csv is missing\n"
    assert main([ingest[0], *ingest[2:]]) == 2
    assert "source=csv: not a choice; allowed: jsonl" in capsys.readouterr().err


@pytest.mark.slow
def test_a_country_a_language_and_a_firm_type_are_files_alone(home, tmp_path, capsys):
    searchpath = write_recipes(tmp_path, *COUNTRIES)

    def run(command, *words):
        assert main([command, searchpath, *SMALL, *words]) == 0, capsys.readouterr().err

    for country in ("KR", "US"):
        classifier = ["model=dual_attn", "model.n_folds=2", "model.max_epochs=2", "model.controls=false"]
        run("train", f"country={country}", *classifier)
        run("keywords", f"country={country}")
        if country == "KR":
            run("train", "country=KR", "model=alignment", "model.bootstrap_maps=0", *FEW)
        run("vectors", f"country={country}")
    for country, firm_type in GROUPS:
        run("train", f"country={country}", f"firm_type={firm_type}", "model=mapping", FEW[0])
    run("evaluate", "inputs.alias=challenger")
    output = capsys.readouterr().out
    assert "US established: no mapping-US-established@challenger" in " ".join(output.split())
    (folder,) = (home / "runs" / "evaluate").iterdir()
    table = pd.read_csv(folder / "results.csv")
    angles = table[(table["what"] == "angle") & (table["level"] == "group") & (table["direction"] == "mean")]
    for method in ("debiased", "planted"):
        groups = angles[angles["method"] == method]["group"]
        # The first of a pair is the one with the lower order: the published codes stand before the new ones.
        assert set(groups) == {"US-KR state_owned", "KR established-state_owned"}
    (world,) = (home / "data").glob("korea-*")
    truth = load_truth(world)
    assert truth.groups == [
        (country, firm_type) for country in ("KR", "US") for firm_type in ("state_owned", "established")
    ]
    korean = "".join(truth.words.loc[truth.words["language"] == "ko", "word"])
    assert all("가" <= character <= "힣" for character in korean)
    assert {"checksums.json", "ko-en.train.tsv", "ko-en.test.tsv"} == {
        path.name for path in (world / "lexicon").iterdir()
    }


def test_help_and_completion_know_the_files_of_a_folder_of_ones_own(home, tmp_path, monkeypatch, capsys):
    searchpath = write_recipes(tmp_path, *COUNTRIES)
    assert main(["train", searchpath, "country=KR", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "CN, [JP], KR, US" in shown
    assert "high_growth, established, multinational, state_owned" in shown
    assert "language: ko       # of the pages and patents that are read" in shown
    for typed, found in (("country=K", ["country=KR"]), ("firm_type=s", ["firm_type=state_owned"])):
        monkeypatch.setenv("IPML_COMPLETE", f"ipml train '{searchpath}' data=korea {typed}")
        assert main([]) == 0
        assert capsys.readouterr().out.split() == found
    monkeypatch.setenv("IPML_COMPLETE", "ipml train country=K")
    assert main([]) == 0
    assert capsys.readouterr().out.split() == []


def test_without_its_files_a_code_is_refused_with_what_to_do(home, tmp_path, capsys):
    searchpath = write_recipes(tmp_path, *COUNTRIES)
    assert main(["evaluate", searchpath, "countries=[KR,XX]"]) == 2
    assert (
        "countries=XX: not a choice; allowed: JP, US, CN, KR; another one needs a file"
        in capsys.readouterr().err
    )
    assert main(["evaluate", "countries=[KR]"]) == 2
    assert (
        "countries=KR: not a choice; allowed: JP, US, CN; another one needs a file" in capsys.readouterr().err
    )
    assert code_names("country") == ["JP", "US", "CN"]
    assert main(["train", "model=mapping", "firm_type=state_owned"]) == 2
    assert "firm_type=state_owned: not a choice; allowed: high_growth, " in capsys.readouterr().err
    assert main(["train", "country=KR"]) == 2
    assert "country=KR: not a choice; allowed: CN, JP, US" in capsys.readouterr().err
    assert not home.exists()
