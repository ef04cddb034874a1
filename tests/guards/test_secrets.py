"""Secrets planted wherever an address or a key can hold one: they are in no file and no line that is printed."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import URL

from ipml.cli import main
from ipml.config import compose_settings, given_overrides
from ipml.errors import InputError
from ipml.files import write_json
from ipml.guards import secrets
from ipml.guards.secrets import MASK, has_secret, hide, mask, masked
from ipml.settings.registry import RegistrySettings
from ipml.sweeps.outcome import write_experiment
from ipml.sweeps.storage import storage_url
from ipml.tracking import Workspace
from ipml.tracking.epoch_loggers import no_loggers
from tests.small_study import in_a_process

SECRET = "planted-Secret-7f3a"
ADDRESS = f"postgresql+psycopg://ipml:{SECRET}@127.0.0.1:9/db"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    """What other tests have planted is no part of this one."""
    monkeypatch.setattr(secrets, "_known", {})
    monkeypatch.setattr(secrets, "_given", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "storage=postgresql+psycopg://u:a/b@c%40d@h:5/x?y=1",
            "storage=postgresql+psycopg://u:***@h:5/x?y=1",
        ),
        ("http://u:x@h:5000 and http://v:y@i", "http://u:***@h:5000 and http://v:***@i"),
        ("[https://a:b@c,https://d:e@f]", "[https://a:***@c,https://d:***@f]"),
        ("https://token@h/x", "https://***@h/x"),
        ("mysql://h/x?sslpassword=abc&a=1", "mysql://h/x?sslpassword=***&a=1"),
        ("http://h/x?api_key=abc&sig=def", "http://h/x?api_key=***&sig=***"),
        ("host=h password='a b' user=u", "host=h password=*** user=u"),
        ("{'password': 'abc', \"api_key\": \"def\"}", "{'password': '***', \"api_key\": \"***\"}"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("hf_" + "a" * 34, MASK),
        ("WANDB_API_KEY=abc ipml train", "WANDB_API_KEY=*** ipml train"),
    ],
)
def test_a_secret_is_told_by_where_it_stands(text, expected):
    assert mask(text) == expected
    assert has_secret(text)
    assert mask(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "not in the registry http://127.0.0.1:5000; it has dual_attn-JP@champion",
        "http://h:5000/#/models/a@b",
        "postgresql://u@h/x",
        "sqlite:////tmp/a:b@c/x.db",
        "model.max_tokens=5 tokenizer.kind=jieba token: word",
        "storage=postgresql://u:${oc.env:PW}@h/x",
        "password=${oc.env:PW}",
        "a = b @ c: d",
    ],
)
def test_what_is_no_secret_stays(text):
    assert mask(text) == text == hide(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1))
def test_no_password_of_an_address_is_left(password):
    address = URL.create("postgresql", "ipml", password, "db.example", 5432, "name")
    text = address.render_as_string(hide_password=False).replace(" ", "%20")  # a sentence has blanks, too
    if password != MASK:
        assert mask(f"error in {text}!") == f"error in {address.render_as_string(hide_password=True)}!"
    assert masked({"a": [text]}) == {"a": [mask(text)]}
    assert masked({"password": password, "n": 3}) == {"password": MASK, "n": 3}


def test_variables_of_the_environment_are_masked_wherever_they_turn_up(monkeypatch):
    names = ["MLFLOW_TRACKING_PASSWORD", "WANDB_API_KEY", "HF_TOKEN", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY"]
    for number, name in enumerate(names):
        monkeypatch.setenv(name, f"{SECRET}{number}")
    monkeypatch.setenv("OWN_DATABASE", "mysql://u:another-planted@h/x")
    for number in range(len(names)):
        assert mask(f"a {SECRET}{number}, b") == "a ***, b"
    assert mask("another-planted") == MASK
    assert mask(os.getcwd()) == os.getcwd()  # PWD is a folder


def settings_with(*overrides):
    return compose_settings(
        "sweep",
        [
            f"storage={ADDRESS}",
            f"+tracking.params.note='see {ADDRESS}'",
            f"+tracking.params.password={SECRET}x",
            f"+tracking.tags.api_key={SECRET}y",
            f"+tracking.tags.server='http://h/x?token={SECRET}'",
            *overrides,
        ],
    )


def assert_nowhere(home, *secrets_planted):
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in secrets_planted:
                assert secret.encode() not in content, path


def test_no_file_of_a_run_has_them_and_the_run_can_be_gone_on_with(home, monkeypatch, capsys):
    settings = settings_with()
    assert settings.storage == ADDRESS
    workspace = Workspace(settings)
    logged = []
    monkeypatch.setattr(
        "ipml.tracking.epoch_loggers.make_loggers",
        lambda logger, run, configuration: logged.append(configuration) or no_loggers,
    )
    with workspace.start_run("sweep", "s") as run:
        run.set_tags({"where": storage_url(settings)})
        write_json(run.folder / "free.json", {"text": f"connected with {SECRET}"})
        workspace.epoch_loggers(run)
        kept = [f"tracking.uri={ADDRESS}", "model.lr=1", "tracking.uri=postgresql://u:${oc.env:PW}@h/x"]
        best = write_experiment(run.folder, ["remark"], kept)
        run.log_file(best)
    assert_nowhere(home, SECRET)
    assert SECRET not in str(logged)
    assert yaml.safe_load(best.read_text()) == kept[1:]
    assert "# give again, with its password: tracking.uri=postgresql+psycopg://ipml:***@" in best.read_text()
    written = yaml.safe_load((run.folder / "config.yaml").read_text())
    assert written["storage"] == "postgresql+psycopg://ipml:***@127.0.0.1:9/db"
    assert written["tracking"]["params"]["password"] == MASK
    now = Workspace(compose_settings("registry"))
    with now.start_run("keywords", "k") as later:
        pass
    found = Workspace(settings_with()).load_settings(later.id, RegistrySettings)
    assert found.tracking.params["password"] == f"{SECRET}x"  # of now


@pytest.mark.parametrize("way", ["environment", "address in the environment", "file"])
def test_a_secret_from_elsewhere_is_written_as_where_it_is(home, monkeypatch, way):
    monkeypatch.setenv("PW_OF_TEST", SECRET)
    monkeypatch.setenv("ADDRESS_OF_TEST", ADDRESS)
    (home / "key").write_text(f"{SECRET}\n")
    word = {
        "environment": "postgresql://ipml:${oc.env:PW_OF_TEST}@127.0.0.1:9/db",
        "address in the environment": "${oc.env:ADDRESS_OF_TEST}",
        "file": "postgresql://ipml:${key_file:" + str(home / "key") + "}@127.0.0.1:9/db",
    }[way]
    settings = compose_settings("sweep", [f"storage='{word}'"])
    assert SECRET in settings.storage
    with Workspace(settings).start_run("sweep", "s") as run:
        pass
    (home / "key").unlink()
    assert yaml.safe_load((run.folder / "config.yaml").read_text())["storage"] == word
    assert_nowhere(home, SECRET)


def test_a_key_file_is_quoted_for_an_address_and_refused_without_a_line(tmp_path):
    path = tmp_path / "key"
    path.write_text("p@ss/w rd?\n")
    assert secrets.key_file(str(path)) == "p%40ss%2Fw%20rd%3F"
    path.write_text("\n")
    with pytest.raises(InputError, match="its first line is empty"):
        secrets.key_file(str(path))
    with pytest.raises(InputError, match="cannot be read"):
        compose_settings("sweep", [f"storage='pg://u:${{key_file:{tmp_path / 'none'}}}@h'"])


def test_overrides_are_handed_on_with_the_reference_and_not_with_what_it_stands_for(home, monkeypatch):
    monkeypatch.setenv("PW_OF_TEST", SECRET)
    seen = []
    monkeypatch.setattr("ipml.cli.dispatch.run_command", lambda *_: seen.append(given_overrides()))
    words = ["seed=1", "tracking.uri='postgresql://u:${oc.env:PW_OF_TEST}@h/x'"]
    assert main(["registry", *words]) == 0
    assert main(["registry", "seed=1", f"tracking.uri=postgresql://u:{SECRET}@h/x"]) == 0
    assert [word.replace('"', "'") for word in seen[0]] == words
    assert SECRET not in str(seen)


@pytest.mark.parametrize("debug", [False, True])
def test_nothing_that_is_printed_has_them(home, monkeypatch, debug):
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", f"{SECRET}-of-mlflow")
    if debug:
        monkeypatch.setenv("IPML_DEBUG", "1")
    lines = [
        ["registry", f"tracking.uri={ADDRESS}"],
        ["registry", f"tracking.uri=http://u:{SECRET}@127.0.0.1:9"],
        ["registry", f"tracking.uri='http://{SECRET}@127.0.0.1:9/?token={SECRET}'"],
        ["registry", f"tracking.uri=ftp://u:{SECRET}@h"],
        ["registry", f"tracking.uri=postgresql://u:{SECRET}@h/x?sslmode=require"],
        ["registry", f"+logger.api_key={SECRET}"],
        ["doctor", f"tracking.uri={ADDRESS}", "format=json"],
        ["sweep", "--cfg", "job", "--resolve", f"storage={ADDRESS}"],
        ["run", "dry_run=true", f'overrides=["tracking.uri={ADDRESS}"]', "study=none"],
        ["registry", "-m", "seed=1,2", f"tracking.uri={ADDRESS}"],
        ["registry", f"models=[{SECRET}-of-mlflow]"],
    ]
    if debug:
        lines = lines[:1]
    code = (
        "import sys, json; from ipml.cli import main\nfor line in json.loads(sys.argv[1]): print(main(line))"
    )
    if debug:
        done = in_a_process(home, *lines[0])
        assert "Traceback" in done.stderr
        printed = done.stdout + done.stderr
    else:
        ran = subprocess.run(
            [sys.executable, "-c", code, json.dumps(lines)], capture_output=True, text=True, check=False
        )
        printed = ran.stdout + ran.stderr
        assert [line for line in printed.splitlines() if line in ("0", "2")] == ["2"] * 7 + ["0"] + ["2"] * 3
    assert SECRET not in printed
    assert "ipml:***@127.0.0.1:9/db" in printed
    assert_nowhere(home, SECRET)
