"""A PostgreSQL server of its own, and the helpers where workers find them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # also of the processes that are begun from here


def programs() -> Path | None:
    """Where PostgreSQL's programs are, the newest of Debian's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def as_postgres(*command: str) -> None:
    """Run a command as the user that PostgreSQL accepts: it refuses root."""
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*who, *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server():
    """URL of a PostgreSQL server that lives as long as the tests, without the database's name."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    pytest.importorskip("ase_db_backends", reason="ase-db-backends is not installed (pip install 'nrrsim[postgres]')")
    folder = Path(tempfile.mkdtemp(prefix="nrrsim-pg-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    quick = "-c fsync=off -c full_page_writes=off"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} {quick}"
    try:
        as_postgres(str(where / "initdb"), "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        log = str(folder / "log")
        as_postgres(str(where / "pg_ctl"), "-D", data, "-w", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            as_postgres(str(where / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(server):
    """URL of an empty database."""
    import psycopg2

    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    connection.cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    return f"{server}/postgres"


@pytest.fixture(params=["sqlite", "postgres"])
def location(request, tmp_path):
    """A place for a store, of each kind."""
    return tmp_path / "store.db" if request.param == "sqlite" else request.getfixturevalue("postgres")
