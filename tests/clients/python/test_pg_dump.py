"""pg_dump 18 writes a bowline database down; psql 18 and pg_restore read it into bowline and into PostgreSQL, where it is the same."""

import difflib
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from conftest import POSTGRESQL_18 as PROGRAMS
from conftest import Server, need, start, stop

SCHEMA = Path(__file__).with_name("dumped.sql")


@pytest.fixture(autouse=True)
def installed():
    need(str(PROGRAMS / "pg_dump"))


def run(server: Server, program: str, *arguments: str, read: str | None = None) -> str:
    """What a program of PostgreSQL's prints; it ends well and says nothing besides."""
    command = [PROGRAMS / program, *arguments]
    done = subprocess.run(command, env=server.environment, input=read, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dump(server: Server, *options: str) -> str:
    """A dump without what differs by nature: the versions, and the key that ends it."""
    text = run(server, "pg_dump", *options)
    text = re.sub(r"^\\(un)?restrict .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^-- Dumped (from|by) .*\n", "", text, flags=re.MULTILINE)


def restore(server: Server, text: str) -> None:
    run(server, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", read=text)


@contextmanager
def another(directory: Path):
    """A second bowline on an empty directory, whose constraints all hold when it has ended."""
    process, port = start(directory)
    try:
        yield Server(port)
    finally:
        assert stop(process) == 0
    command = os.environ.get("BOWLINE", str(Path(__file__).resolve().parents[3] / "target/release/bowline"))
    check = subprocess.run([command, "check", str(directory)], capture_output=True, text=True)
    # One row refers to nothing, by a foreign key that is not validated.
    assert check.returncode == 1 and "old_b" in check.stdout, check.stdout + check.stderr


def copied_programs(directory: Path) -> Path:
    """PostgreSQL's programs and their libraries, where everybody may read them."""
    installed = PROGRAMS.parent
    package = installed.parent
    for folder in [f"{package.name}/{installed.name}", f"{package.name}.libs"]:
        shutil.copytree(package.parent / folder, directory / folder, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", directory], check=True)
    return directory / package.name / installed.name / PROGRAMS.name


@contextmanager
def postgresql(directory: Path):
    """A PostgreSQL 18 of its own, on a socket in a directory."""
    directory.mkdir()
    # PostgreSQL refuses to be run by root. Another user may not be let in where it is installed.
    user, programs = {}, PROGRAMS
    if os.geteuid() == 0:
        user, programs = {"user": "postgres"}, copied_programs(directory / "programs")
        for above in [directory, *directory.parents]:
            if not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o011)
        subprocess.run(["chown", "postgres", directory], check=True)
    data = directory / "data"
    options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D", data]
    made = subprocess.run([programs / "initdb", *options], capture_output=True, text=True, cwd="/", **user)
    assert made.returncode == 0, made.stderr
    options = f"-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off"
    control = [programs / "pg_ctl", "-D", data, "-s", "-w"]
    subprocess.run([*control, "-o", options, "-l", directory / "log", "start"], check=True, cwd="/", timeout=60, **user)
    try:
        yield Server(5432, host=str(directory), database="postgres")
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, cwd="/", timeout=60, **user)


def difference(one: str, other: str) -> str:
    return "\n".join(difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=1))


@pytest.fixture
def filled(server):
    run(server, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(SCHEMA))
    with server.connect(autocommit=True) as connection:
        yield connection
        # What it breaks on purpose is gone before the server's directory is checked.
        connection.execute("DROP TABLE IF EXISTS old")


def test_restored_into_bowline_it_is_the_same(server, filled, tmp_path):
    written = dump(server)
    assert "CREATE TABLE shop.customers" in written and "FOREIGN KEY (region, customer) REFERENCES" in written
    assert "bowline" not in written, "the system's own schema is no part of it"
    with another(tmp_path / "copy.bowline") as copy:
        restore(copy, written)
        again = dump(copy)
        assert written == again, difference(written, again)


@pytest.mark.parametrize("options", [["--inserts"], ["--column-inserts", "--rows-per-insert=2"], ["--no-owner", "--clean", "--if-exists"]])
def test_other_forms_bring_the_same(server, filled, tmp_path, options):
    with another(tmp_path / "copy.bowline") as copy:
        if "--clean" in options:
            restore(copy, dump(server))
        restore(copy, dump(server, *options))
        written, again = dump(server), dump(copy)
        assert written == again, difference(written, again)


def test_schema_and_rows_apart(server, filled, tmp_path):
    schema, rows = dump(server, "--schema-only"), dump(server, "--data-only")
    assert "COPY" not in schema and "CREATE" not in rows
    with another(tmp_path / "copy.bowline") as copy:
        parts = [dump(server, f"--section={section}") for section in ["pre-data", "data", "post-data"]]
        for part in parts:
            restore(copy, part)
        written, again = dump(server), dump(copy)
        assert written == again, difference(written, again)
        assert dump(copy, "--data-only") == rows


def test_one_table(server, filled):
    written = dump(server, "-t", "shop.regions")
    assert "CREATE TABLE shop.regions" in written and "shop.customers" not in written
    assert "Fr\\\\ance\\t" in written, "texts are escaped as COPY does it"
    assert dump(server, "-t", "shop.regions", "-s").count("ADD CONSTRAINT") == 3


def test_archives(server, filled, tmp_path):
    archive = str(tmp_path / "shop.dump")
    run(server, "pg_dump", "-Fc", "-f", archive)
    assert "FK CONSTRAINT shop orders orders_customer" in run(server, "pg_restore", "--list", archive)
    with another(tmp_path / "copy.bowline") as copy:
        run(copy, "pg_restore", "--exit-on-error", "-d", "tests", archive)
        written, again = dump(server), dump(copy)
        assert written == again, difference(written, again)


def plain(text: str) -> list[str]:
    """A dump's lines without how expressions are written, which PostgreSQL does anew."""
    text = re.sub(r"(?s)(VIEW [^;]*? AS\n).*?;\n", r"\1;\n", text)
    text = re.sub(r"::[a-zA-Z]+( [a-z]+)*(\([0-9,]+\))?", "", text)
    return [re.sub(r"[() ]", "", line) for line in text.lower().splitlines()]


def test_restored_into_postgresql_it_is_the_same(server, filled, tmp_path):
    written = dump(server)
    with postgresql(tmp_path / "postgresql") as other:
        restore(other, written)
        again = dump(other)
        assert plain(written) == plain(again), difference("\n".join(plain(written)), "\n".join(plain(again)))
        # And what PostgreSQL writes comes back.
        with another(tmp_path / "back.bowline") as back:
            restore(back, again)
            returned = dump(back)
            assert plain(again) == plain(returned), difference("\n".join(plain(again)), "\n".join(plain(returned)))
            with psycopg.connect(back.dsn) as one, psycopg.connect(other.dsn) as two:
                for view in ["shop.rich", "public.rich_regions", "shop.a_first"]:
                    rows = f"SELECT * FROM {view} ORDER BY 1, 2"
                    assert one.execute(rows).fetchall() == two.execute(rows).fetchall()
