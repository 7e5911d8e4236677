"""The SQLAlchemy programs of examples/sqlalchemy print what they print against PostgreSQL."""

import subprocess
import sys

import pytest

from conftest import ROOT

EXAMPLES = ROOT / "examples/sqlalchemy"


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
@pytest.mark.parametrize("program", ["core", "one_to_many", "one_to_one", "many_to_many", "blog"])
def test_program(server, program, driver):
    environment = server.environment | {"BOWLINE_DRIVER": f"postgresql+{driver}"}
    arguments = [sys.executable, EXAMPLES / f"{program}.py"]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = (EXAMPLES / "expected" / f"{program}.out").read_text()
    assert done.stdout == expected
