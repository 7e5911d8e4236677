"""PostgreSQL's own benchmark makes its tables with foreign keys and changes them from several connections."""

import shutil
import subprocess

import psycopg
import pytest

CLIENTS, TRANSACTIONS = 3, 20


@pytest.fixture(autouse=True)
def installed():
    # Debian has it in the server's package only.
    if shutil.which("pgbench") is None:
        pytest.skip("not installed: pgbench")


def pgbench(server, *arguments: str) -> str:
    command = ["pgbench", *arguments]
    done = subprocess.run(command, env=server.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_transactions_of_several_clients_add_up(server):
    pgbench(server, "--initialize", "--scale=1", "--foreign-keys", "--quiet")
    # Each transaction changes the one branch: what conflicts is tried again, as PostgreSQL's users do under REPEATABLE READ.
    load = [f"--client={CLIENTS}", f"--transactions={TRANSACTIONS}", "--max-tries=1000"]
    for mode in ["simple", "extended", "prepared"]:
        told = pgbench(server, f"--protocol={mode}", *load)
        assert f"number of transactions actually processed: {CLIENTS * TRANSACTIONS}/{CLIENTS * TRANSACTIONS}" in told
        with psycopg.connect(server.dsn) as connection:
            one = lambda query: connection.execute(query).fetchone()[0]
            # Every run empties the history it starts with.
            assert one("SELECT count(*) FROM pgbench_history") == CLIENTS * TRANSACTIONS
            branches = one("SELECT bbalance FROM pgbench_branches")
            accounts = one("SELECT sum(abalance) FROM pgbench_accounts")
            assert branches == accounts == one("SELECT sum(tbalance) FROM pgbench_tellers")
            assert one("SELECT count(*) FROM bowline.violations") == 0
