#!/usr/bin/env python3
"""Measures bowline's server and PostgreSQL with the same client on the same machine in one run; see bench/README.md.

Both are asked by psycopg 3 over TCP on the loopback address, both durable (fsync on), as each is installed.
"""

import argparse
import io
import itertools
import os
import random
import re
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

try:
    import psycopg
except ImportError:
    venv = Path(__file__).resolve().parent.parent / "target/clients/venv/bin/python"
    if venv.exists() and Path(sys.executable) != venv and "BENCH_IN_VENV" not in os.environ:
        os.execve(venv, [str(venv), *sys.argv], os.environ | {"BENCH_IN_VENV": "1"})
    sys.exit("psycopg is needed: tests/clients/setup installs it")

from engines import Postgres

ROOT = Path(__file__).resolve().parent.parent
PARENTS = 1000


class BowlineServer:
    title = "bowline"

    def __init__(self):
        command = os.environ.get("BOWLINE", ROOT / "target/release/bowline")
        self.home = Path(tempfile.mkdtemp(prefix="serve-", dir=ROOT / "target"))
        arguments = [command, "serve", self.home / "db", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        select.select([self.process.stdout], [], [], 30)
        port = int(re.search(r":(\d+)$", self.process.stdout.readline().strip())[1])
        self.dsn = f"host=127.0.0.1 port={port} user=postgres dbname=bench"

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)


class PostgresServer:
    title = "PostgreSQL"

    def __init__(self, programs: Path, port: int):
        # On the same disk as bowline's database.
        self.programs, self.home = programs, Path(tempfile.mkdtemp(prefix="serve-pg-", dir="/var/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres")
        self._as_server("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D", self.home / "data")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={self.home} -c shared_buffers=1GB"
        self._as_server("pg_ctl", "-w", "-D", self.home / "data", "-o", options, "-l", self.home / "log", "start")
        self.dsn = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"

    def close(self):
        self._as_server("pg_ctl", "-D", self.home / "data", "-m", "fast", "stop")
        shutil.rmtree(self.home, ignore_errors=True)

    def _as_server(self, program, *arguments):
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = prefix + [self.programs / program, *arguments]
        subprocess.run(command, check=True, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def fresh_tables(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS child")
        connection.execute("DROP TABLE IF EXISTS parent")
        connection.execute("CREATE TABLE parent (id integer PRIMARY KEY, name text NOT NULL)")
        connection.execute(
            "CREATE TABLE child (id integer PRIMARY KEY, parent integer NOT NULL REFERENCES parent ON DELETE CASCADE, note text)"
        )
        connection.execute(f"INSERT INTO parent SELECT i, 'parent ' || i::text FROM generate_series(1, {PARENTS}) AS s(i)")
        connection.execute("CREATE INDEX IF NOT EXISTS child_parent ON child (parent)")


INSERT = "INSERT INTO child VALUES (%s, %s, %s)"

# A work is a generator: it gets ready up to its first yield, and then does a slice up to each further one.


def slices(count: int, size: int):
    return (range(start, min(start + size, count)) for start in range(0, count, size))


def inserts_in_one_transaction(dsn: str, count: int):
    with psycopg.connect(dsn) as connection:
        cursor = connection.cursor()
        for part in slices(count, 2_000):
            yield
            for i in part:
                cursor.execute(INSERT, (i, i % PARENTS + 1, "note"), prepare=True)
        connection.commit()


def inserts_pipelined(dsn: str, count: int):
    with psycopg.connect(dsn) as connection:
        cursor = connection.cursor()
        for part in slices(count, 20_000):
            yield
            cursor.executemany(INSERT, [(i, i % PARENTS + 1, "note") for i in part])
        connection.commit()


def autocommit_inserts(dsn: str, count: int, clients: int):
    connections = [psycopg.connect(dsn, autocommit=True) for _ in range(clients)]

    def work(number: int, part: range) -> None:
        cursor = connections[number].cursor()
        for i in part[number::clients]:
            cursor.execute(INSERT, (i, i % PARENTS + 1, "note"), prepare=True)

    for part in slices(count, 100 * clients):
        yield
        threads = [threading.Thread(target=work, args=(number, part)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for connection in connections:
        connection.close()


LOOKUP = "SELECT parent, note FROM child WHERE id = %s"
JOIN = "SELECT c.note, p.name FROM child c JOIN parent p ON p.id = c.parent WHERE c.id = %s"
CHANGE = "UPDATE child SET note = note || '!' WHERE id = %s RETURNING note"


def repeated(dsn: str, statement: str, count: int):
    ids = [random.Random(i).randrange(100_000) for i in range(count)]
    with psycopg.connect(dsn) as connection:
        connection.autocommit = statement != CHANGE
        cursor = connection.cursor()
        for part in slices(count, 500):
            yield
            for i in part:
                cursor.execute(statement, (ids[i],), prepare=True)
                assert len(cursor.fetchall()) == 1
        connection.commit()


def copy(dsn: str, count: int):
    data = io.StringIO()
    for i in range(count):
        data.write(f"{i}\t{i % PARENTS + 1}\tnote {i}\n")
    data = data.getvalue().encode()
    with psycopg.connect(dsn) as connection:
        yield
        with connection.cursor().copy("COPY child FROM STDIN") as out:
            for start in range(0, len(data), 1 << 16):
                out.write(data[start : start + (1 << 16)])
        connection.commit()


def in_turns(works: list) -> list[float]:
    """Does works slice by slice, in turns, so that a slow moment of the machine meets all of them. Returns the seconds of each."""
    for work in works:
        next(work)
    seconds, going = [0.0] * len(works), set(range(len(works)))
    for turn in itertools.count():
        for number in sorted(going, reverse=turn % 2 == 1):
            started = time.perf_counter()
            if next(works[number], "done") == "done":
                going.remove(number)
            seconds[number] += time.perf_counter() - started
        if not going:
            return seconds


def fill(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO child SELECT i, i % 1000 + 1, 'note' FROM generate_series(0, 99999) AS s(i)")


WORKS = {
    "100k single-row inserts, prepared, one transaction": (None, lambda dsn: inserts_in_one_transaction(dsn, 100_000)),
    "100k single-row inserts, pipelined, one transaction": (None, lambda dsn: inserts_pipelined(dsn, 100_000)),
    "2,000 durable autocommit inserts, 1 connection": (None, lambda dsn: autocommit_inserts(dsn, 2_000, 1)),
    "2,000 durable autocommit inserts, 8 connections": (None, lambda dsn: autocommit_inserts(dsn, 2_000, 8)),
    "20k lookups by primary key": (fill, lambda dsn: repeated(dsn, LOOKUP, 20_000)),
    "5k joins of one row with its parent": (fill, lambda dsn: repeated(dsn, JOIN, 5_000)),
    "5k updates of one row by an expression, one transaction": (fill, lambda dsn: repeated(dsn, CHANGE, 5_000)),
    "COPY of 1M rows": (None, lambda dsn: copy(dsn, 1_000_000)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each work, of which the median counts")
    parser.add_argument("--works", default="", help="only works whose name holds one of these words, by comma")
    parser.add_argument("--engines", default="bowline,postgres")
    parser.add_argument("--port", type=int, default=54329, help="where PostgreSQL listens meanwhile")
    arguments = parser.parse_args()
    words = [word for word in arguments.works.split(",") if word]
    works = {name: work for name, work in WORKS.items() if not words or any(word in name for word in words)}
    servers = [BowlineServer()] if "bowline" in arguments.engines else []
    programs = Postgres.find()
    if programs and "postgres" in arguments.engines:
        servers.append(PostgresServer(programs, arguments.port))
    times = {}
    try:
        for name, (prepare, work) in works.items():
            for _ in range(arguments.runs):
                for server in servers:
                    fresh_tables(server.dsn)
                    if prepare:
                        prepare(server.dsn)
                for server, seconds in zip(servers, in_turns([work(server.dsn) for server in servers])):
                    times.setdefault((name, server.title), []).append(seconds)
            print(name, *(f"{s.title} {statistics.median(times[name, s.title]):.2f} s" for s in servers), sep="  ", file=sys.stderr)
    finally:
        for server in servers:
            server.close()
    print("| work, seconds | " + " | ".join(server.title for server in servers) + " |")
    print("|---|" + "---|" * len(servers))
    for name in works:
        print(f"| {name} | " + " | ".join(f"{statistics.median(times[name, server.title]):.2f}" for server in servers) + " |")


main()
