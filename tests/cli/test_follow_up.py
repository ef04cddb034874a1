"""What is said after each command: the run folder, the way to its run in MLflow, and the next command."""

import re
import shlex

import pandas as pd
import pytest

from ipml.cli import divided, main
from ipml.cli.follow_up import next_command
from ipml.commands import COMMANDS
from ipml.config import compose_settings
from ipml.study.stage_call import LastStage
from ipml.tracking import Workspace
from ipml.tracking.store import Store

PAIR = "pair=[JP-established,US-established]"
METHOD = [
    (["train", "model=dual_attn", "country=JP"], "keywords country=JP"),
    (["keywords", "country=JP"], "train model=alignment country=JP"),
    (["keywords", "country=US"], "vectors country=US"),
    (["train", "model=alignment", "country=JP"], "vectors country=JP"),
    (["train", "model=fused_alignment", "country=CN"], "vectors country=CN"),
    (["vectors", "country=JP"], "train model=mapping country=JP firm_type=high_growth"),
    (["train", "model=mapping", "country=JP", "firm_type=established"], "promote"),
    (["train", "model=mapping_pooled"], "promote"),
    (["promote"], "evaluate"),
    (["evaluate"], "differences 'pair=[JP-high_growth,US-high_growth]'"),
    (["evaluate", "countries=[JP]"], "differences 'pair=[JP-high_growth,JP-established]'"),
    (
        ["evaluate", "inputs.alias=challenger"],
        "differences 'pair=[JP-high_growth,US-high_growth]' inputs.alias=challenger",
    ),
    (
        ["score", "model=dual_attn-JP@champion", "country=JP", "data.root=E"],
        "train model=dual_attn country=JP data=corpus data.root=E",
    ),
    (
        ["differences", "pair=[JP-established,US-established]"],
        "specification_curve 'pair=[JP-established,US-established]'",
    ),
    (["specification_curve", "pair=[JP-established,US-established]"], "registry"),
    (["compare_keywords", "country=CN"], "train model=dual_attn country=CN"),
    (["faithfulness", "country=JP"], "keywords country=JP"),
    (["picture", "country=JP", "firm=a"], "vectors country=JP"),
    (["train", "country=US", "debug=fast"], "train model=dual_attn country=US"),
    (["ingest", "source.root=D", "data.root=E"], "train model=dual_attn country=JP data=corpus data.root=E"),
]


def settings_of(words):
    return compose_settings(words[0], words[1:])


@pytest.mark.parametrize(("words", "following"), METHOD, ids=[" ".join(words) for words, _ in METHOD])
def test_each_command_names_the_next_one_of_the_method(words, following):
    assert next_command(words[0], settings_of(words), words[1:]) == f"ipml {following}"


def test_every_command_but_those_that_answer_a_question_has_a_next_one():
    from ipml.cli import follow_up

    assert set(follow_up._FOLLOWING) | set(follow_up._SILENT) == set(COMMANDS)


@pytest.mark.parametrize("following", [line for _, line in METHOD])
def test_the_next_command_is_one(following):
    command, *words = shlex.split(following)
    _, overrides = divided(words)
    assert compose_settings(command, overrides)


def test_where_data_and_runs_are_goes_on_and_is_quoted_without_secrets():
    words = [
        "country=JP",
        "data=corpus",
        "data.root=my firms",
        "embeddings=vec",
        "model.max_epochs=1",
        "namespace=mine",
        "tracking.uri=postgresql://me:planted-secret@host/db",
    ]
    settings = settings_of(["train", "country=JP", "namespace=mine"])
    said = next_command("train", settings, words)
    assert "'data.root=my firms'" in said
    assert "namespace=mine" in said
    assert "embeddings" not in said  # keywords takes those of the model
    assert "max_epochs" not in said
    assert "planted-secret" not in said
    assert "tracking.uri=postgresql" in said


def test_after_a_sweep_the_training_with_what_it_found_stands_alone(home):
    settings = settings_of(["sweep", "country=JP"])
    workspace = Workspace(settings)
    with workspace.start_run("sweep", "a sweep") as run:
        pass
    words = ["country=JP", "data=corpus", "data.root=mine", "tracking.uri=sqlite:///a.db"]
    said = next_command("sweep", settings, words, workspace.get_run(run.id))
    assert shlex.split(said) == ["ipml", "train", f"experiment={run.folder / 'best.yaml'}", words[-1]]


@pytest.mark.parametrize(
    ("compared", "following"),
    [
        (["JP high_growth-established"], "differences 'pair=[JP-high_growth,JP-established]'"),
        (
            ["US established-multinational", "JP-CN multinational"],
            "differences 'pair=[JP-multinational,CN-multinational]'",
        ),
    ],
)
def test_after_an_evaluation_a_pair_that_it_compared(home, compared, following):
    settings = settings_of(["evaluate"])
    workspace = Workspace(settings)
    with workspace.start_run("evaluate", "evaluate") as run:
        run.log_table("results", pd.DataFrame({"group": compared}))
    assert next_command("evaluate", settings, [], workspace.get_run(run.id)) == f"ipml {following}"


def test_vectors_that_share_a_space_are_not_aligned(home):
    settings = settings_of(["keywords", "country=JP"])
    workspace = Workspace(settings)
    for shared, following in (("true", "vectors"), ("false", "train")):
        with workspace.start_run("dual_attn", "dual_attn-JP") as run:
            run.log_params({"embeddings.shared_space": shared})
        client = workspace.client
        if shared == "true":
            client.create_registered_model("dual_attn-JP")
        version = client.create_model_version("dual_attn-JP", "runs:/x/model", run.id).version
        with workspace.start_run("keywords", "keywords-JP") as keywords:
            keywords.add_lineage({"dual_attn-JP": str(version)}, "the model")
        said = next_command("keywords", settings, [], workspace.get_run(keywords.id))
        assert said.split()[1] == following


def test_a_run_is_found_by_its_address_or_by_the_command_that_opens_its_database(tmp_path):
    page = "#/experiments/1/runs/abc"
    assert Store(tmp_path, "http://host:5000/").link(page) == f"http://host:5000/{page}"
    folder = tmp_path / "my runs"
    command, then = Store(folder).link(page).split(" # then ")
    assert shlex.split(command) == ["mlflow", "ui", "--backend-store-uri", Store(folder).uri]
    assert then == f"http://127.0.0.1:5000/{page}"


def lines_of(printed):
    return [line for line in printed.splitlines() if re.match(r"run folder: |MLflow: |next: ", line)]


def test_a_command_says_all_of_it_once_and_a_study_once_for_all(home, monkeypatch, capsys):
    opened = []

    def fake(command, settings):
        workspace = Workspace(settings)
        for name in ("own", "trial"):
            with workspace.start_run(command, name) as run:
                opened.append(run)
        if command == "run":
            return LastStage("promote", settings_of(["promote"]), ["namespace=x"], run.id)
        return None

    monkeypatch.setattr("ipml.cli.dispatch.run_command", fake)
    for words, following in METHOD[:9]:
        opened.clear()
        assert main(words) == 0
        said = lines_of(capsys.readouterr().out)
        assert [line.split(":")[0] for line in said] == ["run folder", "MLflow", "next"]
        assert said[0] == f"run folder: {opened[0].folder}"
        assert said[1].endswith(f"/runs/{opened[0].id}")
        assert said[2] == f"next: ipml {following}"
    assert main(["run", "study=demo"]) == 0
    said = lines_of(capsys.readouterr().out)
    assert said[0] == f"run folder: {opened[-1].folder}"
    assert said[2] == "next: ipml evaluate namespace=x"
    assert main(["registry"]) == 0
    assert lines_of(capsys.readouterr().out) == []
