"""node-postgres and pgJDBC: their programs hold the assertions, and print `done`."""

import subprocess

from conftest import INSTALLED, ROOT, need

CLIENTS = ROOT / "tests/clients"


def run(server, *arguments, environment=None):
    environment = server.environment | (environment or {})
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("done\n")


def test_node_postgres(server):
    need("node", INSTALLED / "node_modules/pg")
    run(server, "node", CLIENTS / "node/program.js", environment={"NODE_PATH": str(INSTALLED / "node_modules")})


def test_pgjdbc(server):
    need("javac", INSTALLED / "postgresql.jar")
    run(server, "java", "-cp", INSTALLED / "postgresql.jar", CLIENTS / "java/Program.java")
