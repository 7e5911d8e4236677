#!/usr/bin/env python3
"""Measures bowline, SQLite, DuckDB and PostgreSQL on the same work in one run; see bench/README.md."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from data import DATA_SETS, Counts, write_files
from engines import Bowline, Cannot, Duckdb, Engine, Postgres, Sqlite
from work import Work, works

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "target"
TITLES = {"postgres": "PostgreSQL", "sqlite": "SQLite", "duckdb": "DuckDB", "bowline": "bowline"}
LOAD_AIM = 3.0
OPEN_AIM = 0.2
PEAK_AIM_BYTES = 1_500_000_000


def main() -> None:
    arguments = read_arguments()
    if "duckdb" in arguments.engines:
        ensure_duckdb()
    files = TARGET / f"bench-data-{arguments.scale:g}"
    say(f"data in {files}")
    write_files(files, arguments.scale)
    counts = Counts(arguments.scale)
    chosen = [work for work in works(counts) if not arguments.works or work.name in arguments.works]

    results = {"scale": arguments.scale, "warm": arguments.warm, "engines": {}}
    for name in arguments.engines:
        engine = start(name, files)
        if engine is None:
            say(f"{name}: not installed, left out")
            continue
        try:
            results["engines"][name] = measure(engine, chosen, arguments)
        finally:
            engine.close()
        # Saved after each engine: a run that is broken off keeps what it has.
        (TARGET / "bench-results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(table(results, chosen, counts))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is 5.1 million rows in the shop")
    parser.add_argument("--engines", default="postgres,sqlite,duckdb,bowline", help="which, in this order")
    parser.add_argument("--works", default="", help="only these lines: cascade, rekey, set_null, tree, ...")
    parser.add_argument("--runs", type=int, default=3, help="runs of each work, of which the median counts")
    parser.add_argument("--warm", choices=["read", "none"], default="read", help="read the tables before the clock starts")
    arguments = parser.parse_args()
    arguments.engines = [name for name in arguments.engines.split(",") if name]
    arguments.works = [name for name in arguments.works.split(",") if name]
    unknown = set(arguments.engines) - set(TITLES)
    if unknown:
        parser.error(f"no such engine: {', '.join(sorted(unknown))}")
    return arguments


def start(name: str, files: Path) -> Engine | None:
    """The engine, ready for work; `None` where it is not installed."""
    scratch = TARGET / "bench-scratch" / name
    if name == "sqlite":
        return Sqlite(scratch, files)
    if name == "duckdb":
        return Duckdb(scratch, files)
    if name == "postgres":
        programs = Postgres.find()
        return programs and Postgres(scratch, files, programs, Path(tempfile.mkdtemp(prefix="bowline-bench-")))
    command = os.environ.get("BOWLINE")
    if command is None:
        subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "bowline-cli"], cwd=ROOT, check=True)
        command = TARGET / "release" / "bowline"
    return Bowline(scratch, files, Path(command))


def measure(engine: Engine, chosen: list[Work], arguments: argparse.Namespace) -> dict:
    """Loads what the works need and does them; seconds or the engine's refusal for each."""
    found = {"version": engine.version(), "seconds": {}, "runs": {}, "cannot": {}}
    needed = {work.data_set for work in chosen} | ({"shop"} if not arguments.works else set())
    unloaded = {}
    for data_set in [data_set for data_set in DATA_SETS if data_set in needed]:
        try:
            seconds = engine.load(data_set)
        except Cannot as refusal:
            say(f"{engine.name}: load {data_set}: cannot: {first_line(refusal)}")
            unloaded[data_set] = refusal
            continue
        say(f"{engine.name}: load {data_set}: {seconds:.3f} s")
        if data_set == "shop":
            found["seconds"]["load"] = seconds
            if isinstance(engine, Bowline):
                found["peak_bytes"] = engine.peak_bytes
    for work in chosen:
        try:
            if work.data_set in unloaded:
                raise unloaded[work.data_set]
            runs = measure_work(engine, work, arguments)
            found["runs"][work.name] = runs
            found["seconds"][work.name] = statistics.median(runs)
            say(f"{engine.name}: {work.name}: {found['seconds'][work.name]:.3f} s")
        except Cannot as refusal:
            found["cannot"][work.name] = str(refusal)
            say(f"{engine.name}: {work.name}: cannot: {first_line(refusal)}")
    if isinstance(engine, Bowline) and "shop" in needed:
        look_up = "SELECT name FROM customers WHERE id = 42"
        runs = [engine.open_and_look_up("shop", look_up) for _ in range(arguments.runs)]
        found["seconds"]["open"] = statistics.median(runs)
    return found


def first_line(refusal: Cannot) -> str:
    return next(iter(str(refusal).splitlines()), "")


def measure_work(engine: Engine, work: Work, arguments: argparse.Namespace) -> list[float]:
    setup, timed = work.statements("setup", engine.name), work.statements("timed", engine.name)
    warm = work.statements("warm", engine.name) if arguments.warm == "read" else []
    if work.reads_only:
        return engine.measure(work.data_set, setup, warm, timed, arguments.runs)
    return [engine.measure(work.data_set, setup, warm, timed, 1)[0] for _ in range(arguments.runs)]


def table(results: dict, chosen: list[Work], counts: Counts) -> str:
    """The Markdown table: a line for each work, a column for each engine, and the aim."""
    engines = results["engines"]
    heads = [f"{TITLES[name]} {found['version']}" for name, found in engines.items()]
    lines = ["| work, in seconds | " + " | ".join(heads) + " | aim |", "|---|" + "---|" * (len(heads) + 1)]

    def line(title: str, name: str, aim: float) -> str:
        cells = [cell(found, name) for found in engines.values()]
        return f"| {title} | " + " | ".join(cells) + f" | {aim:g} |"

    rows = counts.customers + counts.products + counts.orders * (1 + counts.items_per_order)
    lines.append(line(f"load all {rows:,} rows from CSV, keys declared", "load", LOAD_AIM))
    lines += [line(work.title, work.name, work.aim) for work in chosen]
    own = engines.get("bowline", {})
    if "open" in own.get("seconds", {}):
        lines.append("")
        lines.append(f"Open the loaded database and answer one lookup by key: {own['seconds']['open']:.3f} s (aim {OPEN_AIM:g} s).")
    if "peak_bytes" in own:
        peak, aim = own["peak_bytes"] / 1e9, PEAK_AIM_BYTES / 1e9
        lines.append(f"Peak memory of the load: {peak:.2f} GB (aim {aim:g} GB).")
    return "\n".join(lines)


def cell(found: dict, name: str) -> str:
    if name in found["cannot"]:
        return "cannot"
    seconds = found["seconds"].get(name)
    if seconds is None:
        return "–"
    return f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.2f}" if seconds >= 0.1 else f"{seconds:.3f}"


def ensure_duckdb() -> None:
    """Makes DuckDB's package importable, in a virtual environment of ours if it is not installed."""
    try:
        import duckdb  # noqa: F401
    except ImportError:
        venv = TARGET / "bench-venv"
        python = venv / "bin" / "python"
        assert Path(sys.prefix) != venv, "the virtual environment was believed to have duckdb"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "duckdb"], check=True)
        os.execv(python, [str(python), *sys.argv])


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
