"""The programs on the page docs/clients.md run as they stand there, port aside, and print what they should."""

import re
import subprocess
import sys

import pytest

from conftest import INSTALLED, ROOT, need

PAGE = (ROOT / "docs/clients.md").read_text()


def programs(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(server, file, program: str, *arguments, environment=None) -> str:
    file.write_text(program.replace("5432", str(server.port)))
    environment = server.environment | (environment or {})
    done = subprocess.run([*arguments, file], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("mark, expected", [
    ("import psycopg\n", "fk_customer\n"),
    ("import asyncpg\n", "Ben\n"),
    ("import DeclarativeBase", "{'ondelete': 'CASCADE'}\n"),
])
def test_python(server, tmp_path, mark, expected):
    [program] = [program for program in programs("python") if mark in program]
    assert run(server, tmp_path / "program.py", program, sys.executable) == expected


def test_django(server, tmp_path):
    [settings] = [program for program in programs("python") if "DATABASES" in program]
    program = settings + (
        "import django\nfrom django.conf import settings\nsettings.configure(DATABASES=DATABASES)\ndjango.setup()\n"
        "from django.db import connection\nwith connection.cursor() as cursor:\n"
        "    cursor.execute('SELECT 1')\n    print(cursor.fetchone())\n"
    )
    assert run(server, tmp_path / "program.py", program, sys.executable) == "(1,)\n"


def test_java(server, tmp_path):
    need("javac", INSTALLED / "postgresql.jar")
    [program] = programs("java")
    assert run(server, tmp_path / "Example.java", program, "java", "-cp", INSTALLED / "postgresql.jar") == "Ann\n"


def test_javascript(server, tmp_path):
    need("node", INSTALLED / "node_modules/pg")
    [program] = programs("js")
    modules = {"NODE_PATH": str((INSTALLED / "node_modules").resolve())}
    assert run(server, tmp_path / "program.js", program, "node", environment=modules) == "[ { id: 1, name: 'Ann' } ]\n"
