"""Passwords and TLS, as psycopg (libpq), psql, asyncpg and node-postgres do them. Only against bowline: the server is started for it."""

import asyncio
import os
import ssl
import subprocess

import asyncpg
import psycopg
import pytest

from conftest import INSTALLED, need, start, stop

pytestmark = pytest.mark.skipif("CLIENTS_PORT" in os.environ, reason="the server's login is bowline's")
PASSWORD = "lovelace ä$'"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    need("openssl")
    directory = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "server.key", "-out", "server.crt"],
        cwd=directory, check=True, capture_output=True,
    )
    return directory


@pytest.fixture(scope="module")
def port(certificate, tmp_path_factory):
    directory = tmp_path_factory.mktemp("secured")
    (directory / "password").write_text(PASSWORD + "\n")
    process, port = start(
        directory / "shop.bowline", "--user", "ada", "--password-file", str(directory / "password"),
        "--tls-cert", str(certificate / "server.crt"), "--tls-key", str(certificate / "server.key"),
    )
    yield port
    assert stop(process) == 0


def connect(port, **options):
    return psycopg.connect(host="127.0.0.1", port=port, dbname="shop", **({"user": "ada", "password": PASSWORD} | options))


@pytest.mark.parametrize("options", [
    {"sslmode": "disable"}, {"sslmode": "prefer"}, {"sslmode": "require"}, {"sslmode": "verify-full"},
    {"sslmode": "verify-full", "sslnegotiation": "direct"},
])
def test_libpq(port, certificate, options):
    root = {"sslrootcert": str(certificate / "server.crt")} if options["sslmode"] == "verify-full" else {}
    with connect(port, **options, **root) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert bool(connection.pgconn.ssl_in_use) == (options["sslmode"] != "disable")


@pytest.mark.parametrize("options", [{"password": "byron"}, {"user": "grace"}, {"user": "grace", "password": "byron"}])
def test_wrong_passwords_and_users_are_refused(port, options):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(port, **options)


def test_psql(port):
    need("psql")
    arguments = ["psql", "-XAt", "-c", "SELECT 1", f"host=127.0.0.1 port={port} user=ada dbname=shop sslmode=require"]
    right = subprocess.run(arguments, env=os.environ | {"PGPASSWORD": PASSWORD}, capture_output=True, text=True)
    assert (right.returncode, right.stdout) == (0, "1\n"), right.stderr
    wrong = subprocess.run(arguments, env=os.environ | {"PGPASSWORD": "byron"}, capture_output=True, text=True)
    assert wrong.returncode == 2 and "password authentication failed" in wrong.stderr


def test_asyncpg(port, certificate):
    async def go(password):
        context = ssl.create_default_context(cafile=str(certificate / "server.crt"))
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user="ada", database="shop", password=password, ssl=context)
        try:
            return await connection.fetchval("SELECT 1")
        finally:
            await connection.close()

    assert asyncio.run(go(PASSWORD)) == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(go("byron"))


def test_node_postgres(port, certificate):
    need("node", INSTALLED / "node_modules/pg")
    program = """
        const { Client } = require('pg')
        const ca = require('fs').readFileSync(process.env.CERTIFICATE)
        const client = new Client({ host: '127.0.0.1', user: 'ada', database: 'shop', ssl: { ca } })
        client.connect().then(() => client.query('SELECT 1 AS one')).then(({ rows }) => console.log(rows[0].one, client.connection.stream.encrypted))
            .catch(error => console.log(error.code)).finally(() => client.end())
    """
    environment = os.environ | {
        "CERTIFICATE": str(certificate / "server.crt"), "NODE_PATH": str((INSTALLED / "node_modules").resolve()), "PGPORT": str(port),
    }
    for password, expected in ((PASSWORD, "1 true\n"), ("byron", "28P01\n")):
        done = subprocess.run(["node", "-e", program], env=environment | {"PGPASSWORD": password}, capture_output=True, text=True)
        assert done.stdout == expected, done.stderr
