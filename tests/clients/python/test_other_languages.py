"""node-postgres and pgJDBC: their programs hold the assertions, and print `done`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

CLIENTS = ROOT / "tests/clients"
INSTALLED = Path(os.environ.get("CLIENTS_INSTALLED", ROOT / "target/clients"))


def run(server, *arguments, environment=None):
    environment = server.environment | (environment or {})
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("done\n")


@pytest.mark.skipif(shutil.which("node") is None or not (INSTALLED / "node_modules").exists(), reason="node-postgres is not installed")
def test_node_postgres(server):
    run(server, "node", CLIENTS / "node/program.js", environment={"NODE_PATH": str(INSTALLED / "node_modules")})


@pytest.mark.skipif(shutil.which("java") is None or not (INSTALLED / "postgresql.jar").exists(), reason="pgJDBC is not installed")
def test_pgjdbc(server):
    run(server, "java", "-cp", INSTALLED / "postgresql.jar", CLIENTS / "java/Program.java")
