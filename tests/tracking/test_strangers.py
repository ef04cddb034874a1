"""Models and runs that somebody else wrote: what they name is not written, not fetched, and read where it may be."""

import json
import os
import shutil

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from ipml import load_model
from ipml.alignment.settings import AlignmentTraining
from ipml.checksums import file_hash
from ipml.cli import main
from ipml.config import compose_settings
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.network.encoder import encoder_lineage
from ipml.errors import InputError
from ipml.keyword_comparison.sentence_encoders import open_sentence_transformer
from ipml.reach import Reach
from ipml.text.languages import open_kept_language, open_language_settings
from ipml.tracking import Workspace
from ipml.tracking.model_files import SETTINGS, _settings_hash, model_hash, save_model
from ipml.tracking.runs import FILE_HASH
from ipml.vectors.text_vectors import TextVectors
from tests.tracking.planted_alignment import NAME, WORDS, make_alignment, register_alignment, write_vectors

TABLE = pd.DataFrame({"text": [WORDS[0]]})
ENCODER = {
    "path": "evil/repo",
    "fine_tune": False,
    "max_pieces": 8,
    "pages_at_a_time": 1,
    "cache_gigabytes": 0,
}


@pytest.fixture
def outside(tmp_path_factory, monkeypatch):
    """A folder that nobody has stated, with word vectors in it."""
    monkeypatch.delenv("IPML_MODEL_FOLDERS")
    folder = tmp_path_factory.mktemp("outside")
    lines = [f"{word} {number} {number % 2} 1" for number, word in enumerate(WORDS)]
    (folder / "ja.vec").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def vectors_of(folder):
    return {"kind": "text", "path": str(folder / "ja.vec"), "cache": str(folder / "evil")}


def test_a_model_reads_below_stated_folders_and_its_cache_is_the_users(home, outside, monkeypatch):
    register_alignment(vectors_of(outside))
    with pytest.raises(
        InputError, match=rf"vectors\.path=.*may name files only below .*model_folders=\[{outside}\]"
    ):
        load_model(f"{NAME}@challenger")
    with pytest.raises(InputError, match="may name files only below"):
        mlflow.pyfunc.load_model(f"models:/{NAME}@challenger")
    assert not (home / "data").exists()
    model = load_model(f"{NAME}@challenger", [f"model_folders=['{outside}']"])
    assert len(model.predict(TABLE, input="words", calibrated=False)) == 1
    assert {path.name for path in outside.iterdir()} == {"ja.vec"}
    assert (home / "data" / "vectors" / "hashes").is_dir()
    shutil.rmtree(home / "data")
    monkeypatch.setenv("IPML_MODEL_FOLDERS", str(outside))
    mlflow.pyfunc.load_model(f"models:/{NAME}@challenger")


def test_what_the_users_own_configuration_has_read_a_model_may_name(home, outside):
    own = {**vectors_of(outside), "cache": str(home / "data" / "vectors")}
    open_language_settings("ja", {"vectors": own, "tokenizer": {"kind": "whitespace"}})
    register_alignment(vectors_of(outside))
    load_model(f"{NAME}@challenger")
    reach = Workspace(compose_settings("registry")).reach
    with pytest.raises(InputError):
        reach.file(str(outside), "key")
    reach.note(outside)
    assert reach.file(str(outside), "key") == outside
    (outside / "ja.vec").write_text("another 1 2 3\n")
    with pytest.raises(InputError, match="may name files only below"):
        load_model(f"{NAME}@challenger")


@pytest.mark.parametrize(
    "named",
    ["..", "link", "/dev/zero", "/etc/passwd", "../../outside", 7, None, "", "a\0b", ["a"], "~/.ssh/id"],
)
def test_no_way_leads_out_of_the_folders(tmp_path, monkeypatch, named):
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    (inside / "link").symlink_to(tmp_path)
    reach = Reach((inside,), inside / "data")
    if named == "~/.ssh/id":
        assert reach.file(named, "key") == inside / named  # no home of anybody
        return
    with pytest.raises(InputError, match="key="):
        reach.file(named, "key")
    assert reach.file("a/../b", "key") == inside / "b"


@pytest.mark.parametrize(
    ("code", "settings", "message"),
    [
        ("../../x", {}, "names no language"),
        (None, {}, "names no language"),
        ("ja", {}, "keeps no settings of its vectors"),
        ("ja", {"vectors": [], "tokenizer": 3}, "keeps no settings of its vectors"),
        (
            "ja",
            {"vectors": {"kind": "os:system"}, "tokenizer": {}},
            r"vectors\.kind=os:system: not a choice",
        ),
        ("ja", {"vectors": {"kind": "text", "path": 1}, "tokenizer": {}}, "names no file"),
        (
            "ja",
            {"vectors": {"kind": "glove", "_target_": "os.system"}, "tokenizer": {}},
            "not an option of kind=glove",
        ),
    ],
)
def test_settings_of_a_language_name_only_what_there_is(home, code, settings, message):
    with pytest.raises(InputError, match=message):
        open_kept_language(code, settings, Workspace(compose_settings("registry")).reach)


def test_a_tokenizer_is_one_of_a_closed_list(home):
    kept = {
        "vectors": {"kind": "table", "path": str(write_vectors(home / "v"))},
        "tokenizer": {"kind": "os:system"},
    }
    with pytest.raises(InputError, match=r"tokenizer\.kind=os:system: not a choice"):
        open_kept_language("ja", kept, Workspace(compose_settings("registry")).reach)


def test_a_mapping_reads_its_alignment_from_its_own_folder(home, tmp_path):
    vectors = {"kind": "table", "path": str(write_vectors(home / "v"))}
    elsewhere = make_alignment(vectors)
    elsewhere.save(home / "alignment-x")
    side = {
        "language": "x/../../alignment-x",
        "settings": {"vectors": vectors, "tokenizer": {"kind": "whitespace"}},
    }
    with pytest.raises(InputError, match="names no language"):
        TextVectors.load(home / "model", {"products": {**side, "lineage": {}, "aligned": True}})


def test_a_link_in_a_model_is_refused(tmp_path):
    save_model(tmp_path / "m", "conversion", {"A": np.eye(2)}, {})
    (tmp_path / "m" / "more").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="more: a link"):
        model_hash(tmp_path / "m")


@pytest.fixture
def asked(monkeypatch):
    """What the hub is asked for; nothing is there."""
    calls = []
    hub = pytest.importorskip("huggingface_hub")

    def nothing(path, **options):
        calls.append((path, options["local_files_only"], options["token"]))
        raise OSError("not here")

    monkeypatch.setattr(hub, "snapshot_download", nothing)
    monkeypatch.setattr("ipml.dual_attention.network.encoder.package_version", lambda *_: "1")
    return calls


def test_nothing_is_fetched_for_a_model_unless_the_command_line_says_so(home, asked, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "planted-token-of-hub")
    settings = {"words": [], "dimension": 2, "model": {"encoder": ENCODER, "network": {}}, "fold_of_firm": {}}
    folder = home / "model"
    save_model(
        folder,
        "dual_attention",
        {"terms": np.zeros(0, np.int64)},
        {**settings, "members": [[0, 0]], "lineage": {}},
    )
    reach = Workspace(compose_settings("registry")).reach
    with pytest.raises(
        InputError, match="nothing is fetched from the hub unless the command line says allow_download=true"
    ):
        Bundle.load(folder, reach)
    for word, token in (("true", False), ("with_token", None)):
        allowed = Workspace(compose_settings("registry", [f"allow_download={word}"])).reach
        with pytest.raises(InputError, match="nor within reach on the hub"):
            Bundle.load(folder, allowed)
        assert asked[-1] == ("evil/repo", False, token)
    assert asked[0] == ("evil/repo", True, False)
    with pytest.raises(InputError, match="allow_download=true"):
        encoder_lineage(ENCODER)  # of the user's own, too
    for path in ("../evil", "/evil", "a/b/c", "https://h/evil", "evil/..", "C:\\evil"):
        with pytest.raises(InputError, match=r"may name files only below|no such folder"):
            save_model(
                home / "m",
                "dual_attention",
                {"a": np.zeros(1)},
                {
                    **settings,
                    "model": {"encoder": {**ENCODER, "path": path}},
                    "members": [[0, 0]],
                    "lineage": {},
                },
            )
            Bundle.load(home / "m", allowed)


def test_a_sentence_encoder_is_not_fetched_either(monkeypatch):
    library = pytest.importorskip("sentence_transformers")
    calls = []

    def nothing(model, **options):
        calls.append((options["local_files_only"], options["token"], options["trust_remote_code"]))
        raise OSError("not here")

    monkeypatch.setattr(library, "SentenceTransformer", nothing)
    for download in (False, True, "with_token"):
        with pytest.raises(InputError, match=r"sentence_encoder\.model=evil/repo"):
            open_sentence_transformer("evil/repo", download)
    assert calls == [(True, False, False), (False, False, False), (False, None, False)]


def test_what_a_file_may_do_is_not_said_by_the_file(home, capsys):
    (home / "best.yaml").write_text(yaml.safe_dump(["allow_download=true", "seed=1"]))
    assert main(["train", f"experiment={home / 'best.yaml'}"]) == 2
    assert (
        "allow_download=true stands in it, which counts on the command line alone" in capsys.readouterr().err
    )


def kept_run(workspace, **changes):
    """Run whose settings somebody has changed where they are kept."""
    with workspace.start_run("alignment", NAME) as run:
        pass
    (file,) = [path for path in workspace.store.folder.rglob("config.yaml") if run.id in str(path)]
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key, value in changes.items():
        inner = content
        *parents, last = key.split("__")
        for name in parents:
            inner = inner[name]
        inner[last] = value
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    run.set_tags({f"{FILE_HASH}.config.yaml": file_hash(file)})  # as who writes the file can
    return run.id


def test_settings_of_a_run_name_no_class_and_no_file_of_a_strangers_choice(home, outside):
    settings = compose_settings("train", ["model=alignment", f"data.root={home / 'world'}"])
    workspace = Workspace(settings)
    assert workspace.load_settings(kept_run(workspace), AlignmentTraining).model == settings.model
    evil = {"_target_": "os.system", "command": "touch evil"}
    with pytest.raises(
        InputError, match=r"model\.map\.module\._target_=os\.system: .* no file of the configuration"
    ):
        workspace.load_settings(kept_run(workspace, model__map__module=evil), AlignmentTraining)
    with pytest.raises(InputError, match=r"lexicon\.train=/etc/passwd: .* only below"):
        workspace.load_settings(kept_run(workspace, lexicon__train="/etc/passwd"), AlignmentTraining)
    with pytest.raises(InputError, match=r"languages\.ja\.vectors\.path=.* only below"):
        workspace.load_settings(
            kept_run(workspace, embeddings__languages__ja__vectors=vectors_of(outside)), AlignmentTraining
        )
    run = kept_run(
        workspace,
        allow_download=True,
        model_folders=["/"],
        embeddings__languages__zh__vectors=vectors_of(outside),
        embeddings__languages__ja__vectors={"kind": "text", "path": str(home / "x"), "cache": "/evil"},
    )
    found = workspace.load_settings(run, AlignmentTraining)
    assert (found.allow_download, found.model_folders) == (False, [])
    assert found.embeddings.languages["zh"].vectors == {"kind": "text", "path": "???"}
    assert found.embeddings.languages["ja"].vectors["cache"] == str(home / "data" / "vectors")


def test_a_run_that_is_gone_on_with_writes_among_the_runs_of_now(home, tmp_path_factory):
    workspace = Workspace(compose_settings("registry"))
    with workspace.start_run("sweep", "s") as run:
        pass
    assert workspace.reopen_run(run.id).folder == run.folder
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "evil"
    for named in (elsewhere, home / "runs" / ".." / "evil"):
        run.set_tags({"run_folder": named})
        assert workspace.reopen_run(run.id).folder == home / "runs" / "sweep" / "evil"
        assert not named.exists()


def test_a_changed_hash_of_the_settings_does_not_help(home, outside):
    """The hash in ``model.json`` holds off mistakes; who writes the file writes it, too."""
    workspace = register_alignment({"kind": "table", "path": str(write_vectors(home / "v"))})
    folder = workspace.find_model(f"{NAME}@challenger").folder
    content = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    content["source_language"]["vectors"] = vectors_of(outside)
    del content["hash"]
    (folder / SETTINGS).write_text(json.dumps({**content, "hash": _settings_hash(content)}), encoding="utf-8")
    with pytest.raises(InputError, match="not the model that was registered"):
        load_model(f"{NAME}@challenger")
    with pytest.raises(InputError, match="may name files only below"):
        mlflow.pyfunc.load_model(f"models:/{NAME}@challenger")
    assert not (outside / "evil").exists()
    assert not os.path.exists("evil")
