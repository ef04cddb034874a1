"""What is a name or a path is text, whatever it looks like, from the words of a shell to the settings."""

import pytest

from ipml.cli import main
from ipml.config import compose_settings, in_hydras_words
from ipml.errors import InputError
from ipml.settings.fields import is_text, type_at
from tests.recipes import write_recipes

LOOKING_LIKE_SOMETHING_ELSE = ["2024_001", "12E4", "true", "1.10", "0x1F", "1e3", "007", "研究 1/頁"]


@pytest.fixture
def settings_of(monkeypatch):
    """Settings that a command is handed, called as from a shell."""
    handed = []
    monkeypatch.setattr("ipml.cli.dispatch.run_command", lambda command, settings: handed.append(settings))
    monkeypatch.setattr("ipml.cli.dispatch.announce", lambda command, settings: None)  # looks for the corpus

    def call(*words):
        assert main(list(words)) == 0
        return handed[-1]

    return call


@pytest.mark.parametrize("text", [*LOOKING_LIKE_SOMETHING_ELSE, "null", "O'Brien, a: (b)", "A\\B", "int(3)"])
def test_an_id_is_taken_as_it_stands(settings_of, text):
    assert settings_of("picture", f"firm={text}").firm == text


@pytest.mark.parametrize("text", ["2024_001", "true", "研究 1/頁"])
def test_paths_and_entries_of_lists_are_taken_as_they_stand(settings_of, text):
    vectors = [
        "embeddings=vec",
        f"embeddings.languages.ja.vectors={{kind: text, path: {text}, cache: c}}",
        f"embeddings.languages.en.vectors.path={text}",
    ]
    training = settings_of("train", "data=corpus", f"data.root={text}", f"ckpt_path={text}", *vectors)
    assert (training.data.root, training.ckpt_path) == (text, text)
    assert training.embeddings.languages["ja"].vectors["path"] == text
    assert training.embeddings.languages["en"].vectors["path"] == text
    assert settings_of("ingest", f"source.root={text}", "data.root=x").source["root"] == text
    assert settings_of("run", f"only=[{text}, a]").only == [text, "a"]


def test_names_that_look_like_numbers_are_names(settings_of):
    assert settings_of("registry", "namespace=2024_11", "models=[2024_1,1.10]").namespace == "2024_11"
    assert settings_of("registry", "models=[2024_1,1.10]").models == ["2024_1", "1.10"]
    assert [settings_of("train", f"ckpt_path={word}").ckpt_path for word in ("null", "'null'")] == [
        None,
        "null",
    ]


def test_with_several_values_each_is_taken_as_it_stands():
    words = in_hydras_words(
        "train", ["namespace=1.10,b", "seed=1,2", "model=mapping,dual_attn"], several=True
    )
    assert words == ['namespace="1.10",b', "seed=1,2", "model=mapping,dual_attn"]
    assert in_hydras_words("train", words, several=True) == words


def test_text_in_a_file_that_yaml_reads_as_something_else_is_refused(tmp_path):
    (tmp_path / "study").mkdir()
    file = tmp_path / "study" / "own.yaml"
    for value in ("1.10", "true", "12E4", "2024_11", "2024"):
        file.write_text(f"name: {value}\noverrides: []\nstages: []\n", encoding="utf-8")
        with pytest.raises(InputError, match=r"^study\.name=.*: text is needed; what looks like a number"):
            compose_settings("run", [f"study={file}"])
    file.write_text("name: '2024_11'\noverrides: []\nstages: []\n", encoding="utf-8")
    assert compose_settings("run", [f"study={file}"]).study.name == "2024_11"


def test_the_types_of_the_settings_say_what_is_text():
    from ipml.dual_attention.settings import DualAttentionTraining

    for key in ("namespace", "data.root", "ckpt_path", "embeddings.languages.ja.vectors.path", "paths.runs"):
        assert is_text(type_at(DualAttentionTraining, key.split(".")))
    for key in ("seed", "data.countries", "data.kind", "model.max_epochs", "register"):
        assert not is_text(type_at(DualAttentionTraining, key.split(".")))


def test_a_node_of_another_kind_takes_the_place_of_the_one_before(settings_of):
    own = ["embeddings=vec", "embeddings.languages.ja.vectors.path=x"]
    tokenizer = "embeddings.languages.ja.tokenizer"
    read = settings_of("train", *own, f"{tokenizer}={{kind: whitespace}}").embeddings.languages["ja"]
    assert read.tokenizer == {"kind": "whitespace"}
    read = settings_of("train", *own, f"{tokenizer}={{kind: sudachi, mode: C}}").embeddings.languages["ja"]
    assert read.tokenizer == {"kind": "sudachi", "mode": "C", "form": "surface"}
    sgd = "model.optimizer={_target_: torch.optim.SGD, _partial_: true, lr: 0.1}"
    assert settings_of("train", sgd).model.optimizer == {
        "_target_": "torch.optim.SGD",
        "_partial_": True,
        "lr": 0.1,
    }


STUDY = """\
# @package _global_
study:
  name: mine
  overrides: []
  stages:
    - {name: first, command: train, each: {country: [JP, US]}, overrides: [model=dual_attn]}
    - {command: keywords, each: {country: [JP, US]}, needs: [first]}
"""


def test_a_study_is_a_file_anywhere(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    folder = tmp_path / "研究 一"
    folder.mkdir()
    (folder / "my study.yaml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for file in (folder / "my study.yaml", "./研究 一/../研究 一/my study.yaml"):
        assert main(["run", f"study={file}", "dry_run=true"]) == 0
        assert "4 of 4 stages would run" in capsys.readouterr().out
    (folder / "my study.yaml").write_text(STUDY.replace("[]", "[countries=[JP]]"), encoding="utf-8")
    assert main(["run", f"study={folder}/my study.yaml", "dry_run=true"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {folder}/my study.yaml: line 4, column ")
    assert len(said.splitlines()) == 1


def test_a_file_of_ones_own_goes_with_any_other_key(settings_of, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    searchpath = write_recipes(tmp_path, "An aligner")
    own = ["train", "model=alignment", searchpath, "aligner@model.map=weighted"]
    read = settings_of(*own, "seed=3", "model.map.module.power=0.25", "+model.map.module.further=1")
    assert read.model.map.module["power"] == 0.25
    assert main([*own, "model.map.module.power=much"]) == 2
    said = capsys.readouterr().err
    assert said == "error: model.map.module.power=much: a number is needed, as model.map.module.power=0.5\n"
    assert main([*own, "model.map.module.powr=1"]) == 2
    assert "did you mean model.map.module.power?" in capsys.readouterr().err


def test_the_commands_of_a_study_look_where_the_study_was_looked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    folder = tmp_path / "設定 [a]"
    write = {
        "study/own.yaml": STUDY.replace("model=dual_attn", "model=own"),
        "model/own.yaml": "defaults: [dual_attn]",
    }
    for name, content in write.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(content, encoding="utf-8")
    for words in ([f"hydra.searchpath=[{folder}]"], ["--config-dir", str(folder)]):
        assert main(["run", *words, "study=own", "seed=1", "dry_run=true"]) == 0
        assert "4 of 4 stages would run" in capsys.readouterr().out


def test_of_several_jobs_each_mistake_is_named_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    assert main(["train", "-m", "seed=-1,1", "model.max_epochs=0"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "1: seed=-1",
        "2: seed=1",
        "error: seed=-1: 0 to 4294967295 is needed",
        "error: seed=1: model.max_epochs=0: at least 1 is needed",
    ]
