"""A sweep in a database that asks for a password: it is gone on with, and the password is in no file and no line."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import psycopg
import pytest
import yaml
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from tests.conftest import REPOSITORY
from tests.guards.test_secrets import assert_nowhere
from tests.sweeps import postgresql

PASSWORD = "planted@Secret/7f3a?"


def sweep(home, *words, **environment):
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        cwd=REPOSITORY,
        env={**os.environ, "IPML_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


CODE = """
import sys
from ipml.cli import studies, main
from tests.sweeps import planted
studies.train = planted.train
studies.open_corpus = lambda data: type("C", (), {"info": planted.CORPUS})
sys.exit(main(["sweep", *planted.PLANTED, "country=US", "model.n_folds=3", *sys.argv[1:]]))
"""


@pytest.mark.slow
def test_a_sweep_with_a_password_is_gone_on_with_and_keeps_none(home):
    if postgresql.binaries() is None:
        pytest.skip("no PostgreSQL server: apt install postgresql")
    with postgresql.server(Path(tempfile.gettempdir()), PASSWORD) as address:
        planted = (
            PASSWORD,
            make_url(address).render_as_string(hide_password=False).split(":")[2].split("@")[0],
        )
        with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE DATABASE runs")
        of_runs = address.removesuffix("postgres") + "runs"
        addresses = [f"storage='{address}'", f"tracking.uri='{of_runs}'"]
        printed = []
        for count in (2, 3):
            code, text = sweep(home, *addresses, f"n_trials={count}")
            assert code == 0, text
            printed.append(text)
        (folder,) = (home / "runs" / "sweep").iterdir()
        assert len(pd.read_parquet(folder / "trials.parquet")) == 3
        kept = yaml.safe_load((folder / "best.yaml").read_text(encoding="utf-8"))
        assert not any(word.startswith(("storage", "tracking")) for word in kept)
        reference = "${oc.env:PW_OF_TEST}"
        elsewhere = [word.replace(planted[1], reference) for word in addresses]
        code, text = sweep(home, *elsewhere, "n_trials=4", PW_OF_TEST=planted[1])
        assert code == 0, text
        kept = yaml.safe_load((folder / "best.yaml").read_text(encoding="utf-8"))
        assert any(reference in word for word in kept)
        wrong = address.replace(planted[1], "not-the-planted-one")
        for key in ("storage", "tracking.uri"):
            code, failed = sweep(home, f"{key}='{wrong}'")
            assert code == 2
            assert failed.count("\n") == 1
            assert "password authentication failed" in failed
            printed.append(failed)
        for secret in (*planted, "not-the-planted-one"):
            assert secret not in "".join([*printed, text])
            assert_nowhere(home, secret)
        for one in (address, of_runs):
            for content in tables_of(one):
                for secret in planted:
                    assert secret.encode() not in content


def tables_of(address):
    """Content of every table of a database."""
    with psycopg.connect(address.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            with cursor.copy(SQL("COPY {} TO STDOUT").format(Identifier(name))) as rows:
                yield b"".join(map(bytes, rows))
