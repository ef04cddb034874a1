"""A PostgreSQL server of the tests' own, on a free port of this machine."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

OWNER = "postgres"  # the server refuses to run as root


def binaries() -> Path | None:
    """Folder of ``initdb`` and ``pg_ctl``, which Debian keeps off the path."""
    found = shutil.which("initdb")
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    return Path(found).parent if found else newest and newest.parent


@contextmanager
def server(folder: Path, password: str = "") -> Iterator[str]:
    """Start a server with its data below ``folder``; yields the address of its database with its password."""
    owner = {"user": OWNER, "group": OWNER} if os.geteuid() == 0 else {}
    programs, data = binaries(), Path(tempfile.mkdtemp(dir=folder))
    if owner:
        shutil.chown(data, OWNER, OWNER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(program: str, *words: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *words], check=True, cwd="/", stdout=subprocess.DEVNULL, **owner
        )

    how = ["--auth=trust"]
    if password:
        (data.parent / f"{data.name}.password").write_text(password)
        how = ["--auth=scram-sha-256", f"--pwfile={data}.password"]
    call("initdb", *how, "--username=ipml")
    Path(f"{data}.password").unlink(missing_ok=True)
    options = f"-h 127.0.0.1 -p {port} -k {data} -F"
    call("pg_ctl", "-w", "-l", str(data / "log"), "-o", options, "start")
    try:
        who = URL.create("postgresql+psycopg", "ipml", password or None, "127.0.0.1", port, "postgres")
        yield who.render_as_string(hide_password=False)
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(data)
