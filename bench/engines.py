"""How each engine is loaded, copied and asked.

An engine keeps one loaded database per data set and works on copies of it. `measure` returns seconds, or raises
`Cannot` with the engine's message.
"""

import csv
import glob
import os
import re
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

from data import DATA_SETS, schema

TIMING = re.compile(r"^Time: ([0-9.]+) ms", re.MULTILINE)


class Cannot(Exception):
    """The engine refused the work; the message is its own."""


class Engine:
    """What every engine offers. `scratch` is a folder of its own, `files` the folder of the CSV files."""

    name = ""

    def __init__(self, scratch: Path, files: Path):
        self.scratch, self.files = scratch, files
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)

    def version(self) -> str:
        raise NotImplementedError

    def load(self, data_set: str) -> float:
        """Makes the database of a data set and loads it; returns the seconds of the loading statements."""
        raise NotImplementedError

    def measure(self, data_set: str, setup: list[str], warm: list[str], timed: list[str], times: int) -> list[float]:
        """On a fresh copy: runs setup and warm, then `timed`, `times` over; returns the seconds of each time."""
        raise NotImplementedError

    def close(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)

    def csv_files(self, data_set: str) -> dict[str, Path]:
        return {table: self.files / f"{file}.csv" for table, file in DATA_SETS[data_set].items()}


class Bowline(Engine):
    """The `bowline` command; one process for each database it opens, statements timed by `--timing`."""

    name = "bowline"

    def __init__(self, scratch: Path, files: Path, command: Path):
        super().__init__(scratch, files)
        self.command = command
        self.peak_bytes = 0

    def version(self) -> str:
        return subprocess.run([self.command, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]

    def load(self, data_set: str) -> float:
        create = schema(data_set, self.name)
        copy = [f"COPY {table} FROM '{path}' WITH (FORMAT csv)" for table, path in self.csv_files(data_set).items()]
        times, peak = self._run(self.scratch / data_set, create + copy)
        self.peak_bytes = max(self.peak_bytes, peak)
        return sum(times[len(create) :])

    def measure(self, data_set, setup, warm, timed, times):
        copy = self.scratch / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.scratch / data_set, copy)
        if setup:
            self._run(copy, setup)
        measured, _ = self._run(copy, warm + timed * times)
        measured = measured[len(warm) :]
        shutil.rmtree(copy)
        return [sum(measured[i * len(timed) : (i + 1) * len(timed)]) for i in range(times)]

    def open_and_look_up(self, data_set: str, statement: str) -> float:
        """Seconds of a whole process that opens the database and answers one statement."""
        start = time.perf_counter()
        subprocess.run([self.command, "sql", self.scratch / data_set, "-c", statement], check=True, capture_output=True)
        return time.perf_counter() - start

    def _run(self, database: Path, statements: list[str]) -> tuple[list[float], int]:
        script = self.scratch / "script.sql"
        script.write_text("".join(f"{statement};\n" for statement in statements))
        arguments = [self.command, "sql", database, "-f", script, "--timing", "--format", "csv"]
        with (self.scratch / "output").open("w+") as output:
            process = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            printed = output.read()
        if process.returncode != 0:
            raise Cannot(printed.strip()[-500:])
        times = [float(found) / 1000 for found in TIMING.findall(printed)]
        assert len(times) == len(statements), f"a Time: line was believed to follow each statement: {printed[-500:]}"
        return times, usage.ru_maxrss * 1024


class InProcess(Engine):
    """SQLite and DuckDB: a database is one file, statements run inside this process."""

    def connect(self, path: Path):
        raise NotImplementedError

    def path(self, data_set: str) -> Path:
        return self.scratch / f"{data_set}.db"

    def measure(self, data_set, setup, warm, timed, times):
        copy = self.scratch / "copy.db"
        for old in self.scratch.glob("copy.db*"):
            old.unlink()
        shutil.copyfile(self.path(data_set), copy)
        connection = self.connect(copy)
        try:
            for statement in setup + warm:
                connection.execute(statement).fetchall()
            measured = []
            for _ in range(times):
                start = time.perf_counter()
                for statement in timed:
                    connection.execute(statement).fetchall()
                measured.append(time.perf_counter() - start)
            return measured
        except self.errors as error:
            raise Cannot(str(error)[:500]) from error
        finally:
            connection.close()


class Sqlite(InProcess):
    """SQLite through Python's module: foreign keys on, WAL, every commit synced."""

    name = "sqlite"
    errors = sqlite3.Error

    def version(self) -> str:
        return sqlite3.sqlite_version

    def connect(self, path: Path):
        connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def load(self, data_set: str) -> float:
        connection = self.connect(self.path(data_set))
        for statement in schema(data_set, self.name):
            connection.execute(statement)
        start = time.perf_counter()
        connection.execute("BEGIN")
        for table, path in self.csv_files(data_set).items():
            with path.open(newline="") as file:
                rows = csv.reader(file)
                if table == "employees":
                    rows = ((row[0], row[1] or None, row[2]) for row in rows)
                first = next(rows)
                insert = f"INSERT INTO {table} VALUES ({','.join('?' * len(first))})"
                connection.execute(insert, first)
                connection.executemany(insert, rows)
        connection.execute("COMMIT")
        seconds = time.perf_counter() - start
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return seconds


class Duckdb(InProcess):
    """DuckDB through its Python package."""

    name = "duckdb"

    def __init__(self, scratch: Path, files: Path):
        super().__init__(scratch, files)
        import duckdb

        self.duckdb = duckdb
        self.errors = duckdb.Error

    def version(self) -> str:
        return self.duckdb.__version__

    def connect(self, path: Path):
        return self.duckdb.connect(str(path))

    def load(self, data_set: str) -> float:
        connection = self.connect(self.path(data_set))
        for statement in schema(data_set, self.name):
            connection.execute(statement)
        start = time.perf_counter()
        try:
            for table, path in self.csv_files(data_set).items():
                connection.execute(f"COPY {table} FROM '{path}' (FORMAT csv, HEADER false)")
            return time.perf_counter() - start
        except self.errors as error:
            raise Cannot(str(error)[:500]) from error
        finally:
            connection.close()


class Postgres(Engine):
    """A PostgreSQL server of our own, behind a socket in a temporary folder, asked through psql."""

    name = "postgres"

    def __init__(self, scratch: Path, files: Path, programs: Path, home: Path):
        super().__init__(scratch, files)
        self.programs, self.home = programs, home
        if os.geteuid() == 0:
            shutil.chown(home, "postgres")
        self._as_server("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D", home / "data")
        settings = {"listen_addresses": "", "unix_socket_directories": home, "shared_buffers": "1GB"}
        settings |= {"work_mem": "64MB", "maintenance_work_mem": "256MB", "max_wal_size": "8GB"}
        options = " ".join(f"-c {key}='{value}'" for key, value in settings.items())
        self._as_server("pg_ctl", "-w", "-D", home / "data", "-o", options, "-l", home / "log", "start")

    @staticmethod
    def find() -> Path | None:
        """The folder of PostgreSQL's programs, the newest where there are several."""
        named = [os.environ["BOWLINE_POSTGRES"]] if "BOWLINE_POSTGRES" in os.environ else []
        folders = named + sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
        if shutil.which("initdb"):
            folders.append(str(Path(shutil.which("initdb")).resolve().parent))
        return next((Path(folder) for folder in folders if (Path(folder) / "initdb").exists()), None)

    def version(self) -> str:
        return self._psql("postgres", ["SHOW server_version"]).split()[0]

    def load(self, data_set: str) -> float:
        self._psql("postgres", [f"CREATE DATABASE {data_set}"])
        self._psql(data_set, schema(data_set, self.name))
        copy = [f"\\copy {table} FROM '{path}' WITH (FORMAT csv)" for table, path in self.csv_files(data_set).items()]
        seconds = sum(self._times(data_set, copy))
        self._psql(data_set, ["VACUUM ANALYZE", "CHECKPOINT"])
        return seconds

    def measure(self, data_set, setup, warm, timed, times):
        self._psql("postgres", ["DROP DATABASE IF EXISTS copy", f"CREATE DATABASE copy TEMPLATE {data_set}", "CHECKPOINT"])
        if setup:
            self._psql("copy", setup)
        measured = self._times("copy", warm + timed * times)[len(warm) :]
        return [sum(measured[i * len(timed) : (i + 1) * len(timed)]) for i in range(times)]

    def close(self) -> None:
        self._as_server("pg_ctl", "-D", self.home / "data", "-m", "fast", "stop")
        shutil.rmtree(self.home, ignore_errors=True)
        super().close()

    def _times(self, database: str, statements: list[str]) -> list[float]:
        printed = self._psql(database, ["\\timing on", *statements])
        return [float(found) / 1000 for found in TIMING.findall(printed)]

    def _psql(self, database: str, statements: list[str]) -> str:
        script = "".join(line + ("\n" if line.startswith("\\") else ";\n") for line in statements)
        beside = self.programs / "psql"
        arguments = [beside if beside.exists() else "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]
        arguments += ["-h", self.home, "-d", database, "-f", "-"]
        done = subprocess.run(arguments, input=script, capture_output=True, text=True)
        if done.returncode != 0:
            raise Cannot(done.stderr.strip()[:500])
        return done.stdout

    def _as_server(self, program: str, *arguments) -> None:
        """PostgreSQL refuses to run as root, so root becomes the user postgres."""
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = prefix + [self.programs / program, *arguments]
        subprocess.run(command, check=True, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
