"""asyncpg: everything is prepared and binary; its introspection of types, COPY, cursors, errors."""

import asyncio
import datetime
import decimal
import uuid

import asyncpg
import pytest


def run(server, test):
    async def go():
        connection = await asyncpg.connect(
            host=server.host, port=server.port, user=server.user, database=server.database, password="1234"
        )
        try:
            return await test(connection)
        finally:
            await connection.close()

    return asyncio.run(go())


def test_types(server):
    values = [
        ("boolean", True), ("smallint", 7), ("integer", -7), ("bigint", 2**62), ("numeric(12,4)", decimal.Decimal("1.2500")),
        ("real", 0.5), ("double precision", 1e-300), ("text", "ä €"), ("bytea", b"\x00\xff"),
        ("date", datetime.date(2026, 1, 2)), ("time", datetime.time(1, 2, 3, 4)),
        ("timestamp", datetime.datetime(2026, 1, 2, 3, 4, 5, 6)),
        ("timestamptz", datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)),
        ("interval", datetime.timedelta(days=2, seconds=3)),
        ("uuid", uuid.UUID("12345678-1234-5678-1234-567812345678")), ("json", '{"a":1}'),
    ]

    async def test(connection):
        for position, (sql_type, value) in enumerate(values):
            await connection.execute(f"CREATE TABLE t{position} (id integer PRIMARY KEY, value {sql_type})")
            await connection.execute(f"INSERT INTO t{position} VALUES ($1, $2)", 1, value)
            assert await connection.fetchval(f"SELECT value FROM t{position} WHERE id = $1", 1) == value, sql_type

    run(server, test)


def test_arrays_as_parameters_and_results(server):
    async def test(connection):
        await connection.execute("CREATE TABLE t (id integer PRIMARY KEY, name text)")
        await connection.executemany("INSERT INTO t VALUES ($1, $2)", [(i, f"n{i}") for i in range(5)])
        found = await connection.fetch("SELECT id FROM t WHERE id = ANY($1::int[]) ORDER BY id", [1, 3, 9])
        assert [row["id"] for row in found] == [1, 3]
        assert await connection.fetchval("SELECT array_agg(name ORDER BY id) FROM t") == [f"n{i}" for i in range(5)]
        assert await connection.fetchval("SELECT $1::text[]", ["a", None]) == ["a", None]

    run(server, test)


def test_transactions_and_errors(server):
    async def test(connection):
        await connection.execute("CREATE TABLE p (id integer PRIMARY KEY)")
        await connection.execute("CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p ON DELETE CASCADE)")
        async with connection.transaction():
            await connection.execute("INSERT INTO p VALUES (1)")
            try:
                async with connection.transaction():
                    await connection.execute("INSERT INTO c VALUES (1, 2)")
            except asyncpg.ForeignKeyViolationError as error:
                assert error.constraint_name == "c_p_fkey" and error.table_name == "c"
            await connection.execute("INSERT INTO c VALUES (1, 1)")
        assert await connection.execute("DELETE FROM p WHERE id = $1", 1) == "DELETE 1"
        assert await connection.fetchval("SELECT count(*) FROM c") == 0

    run(server, test)


def test_cursor(server):
    async def test(connection):
        await connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
        await connection.execute("INSERT INTO t SELECT * FROM generate_series(1, 500)")
        async with connection.transaction():
            seen = [row["id"] async for row in connection.cursor("SELECT id FROM t ORDER BY id", prefetch=7)]
        assert seen == list(range(1, 501))

    run(server, test)


def test_copy(server):
    async def test(connection):
        await connection.execute("CREATE TABLE t (id integer PRIMARY KEY, name text)")
        records = [(i, f"name {i}") for i in range(1000)]
        assert await connection.copy_records_to_table("t", records=records) == "COPY 1000"
        assert await connection.fetchval("SELECT count(*) FROM t WHERE name = 'name ' || id::text") == 1000

    run(server, test)


def test_timeout_cancels(server):
    async def test(connection):
        with pytest.raises(asyncio.TimeoutError):
            await connection.fetchval(
                "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b WHERE a <> b", timeout=0.3
            )
        assert await connection.fetchval("SELECT 1") == 1

    run(server, test)


def test_describes_what_it_prepares(server):
    async def test(connection):
        await connection.execute("CREATE TABLE t (id bigint PRIMARY KEY, name varchar(20) NOT NULL, price numeric(10,2))")
        statement = await connection.prepare("SELECT name, price FROM t WHERE id = $1 AND price > $2")
        assert [parameter.name for parameter in statement.get_parameters()] == ["int8", "numeric"]
        assert [(column.name, column.type.name) for column in statement.get_attributes()] == [
            ("name", "varchar"), ("price", "numeric"),
        ]

    run(server, test)
