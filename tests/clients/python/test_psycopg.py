"""psycopg 3: types both ways, prepared statements, transactions, COPY, errors and their fields, cancel."""

import datetime
import decimal
import threading
import uuid

import psycopg
import pytest

VALUES = [
    ("boolean", True),
    ("smallint", -32768),
    ("integer", 2147483647),
    ("bigint", -9223372036854775808),
    ("numeric(12,3)", decimal.Decimal("123456789.125")),
    ("numeric(10,0)", decimal.Decimal("-42")),
    ("real", 1.5),
    ("double precision", 1e300),
    ("text", "a 'quoted' \\ text, ä €"),
    ("varchar(10)", "short"),
    ("bytea", b"\x00\xff\\x"),
    ("date", datetime.date(1999, 12, 31)),
    ("time", datetime.time(23, 59, 59, 999999)),
    ("timestamp", datetime.datetime(2026, 2, 28, 1, 2, 3, 4)),
    ("timestamptz", datetime.datetime(2026, 2, 28, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)),
    ("interval", datetime.timedelta(days=3, seconds=4, microseconds=5)),
    ("uuid", uuid.UUID("12345678-1234-5678-1234-567812345678")),
    ("json", {"a": [1, None, "x"]}),
    ("jsonb", {"a": [1, None, "x"]}),
]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize("sql_type,value", VALUES, ids=[sql_type for sql_type, _ in VALUES])
def test_value_there_and_back(connection, sql_type, value, binary):
    connection.execute(f"CREATE TABLE t (id integer PRIMARY KEY, value {sql_type})")
    parameter = psycopg.types.json.Json(value) if sql_type.startswith("json") else value
    marker = "%b" if binary else "%t"
    if sql_type.startswith("json") or (sql_type == "interval" and binary is False):
        marker = "%s"
    connection.execute(f"INSERT INTO t VALUES (1, {marker}), (2, NULL)", [parameter])
    with connection.cursor(binary=binary) as cursor:
        rows = cursor.execute("SELECT value FROM t ORDER BY id").fetchall()
        assert rows == [(value,), (None,)]
        expected = psycopg.postgres.types[sql_type.split("(")[0].replace("double precision", "float8")].oid
        assert cursor.description[0].type_code == expected
    back = connection.execute(f"SELECT id FROM t WHERE value = {marker}" if "json" not in sql_type else
                              "SELECT id FROM t WHERE id = 1 AND %s::text IS NOT NULL", [parameter]).fetchall()
    assert back == [(1,)]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_arrays(connection, binary):
    cursor = connection.cursor(binary=binary)
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY, name text)")
    connection.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    assert cursor.execute("SELECT id FROM t WHERE id = ANY(%s) ORDER BY id", [[1, 3, 7]]).fetchall() == [(1,), (3,)]
    assert cursor.execute("SELECT id FROM t WHERE name = ANY(%s)", [["b", "z"]]).fetchall() == [(2,)]
    assert cursor.execute("SELECT array_agg(id ORDER BY id DESC) FROM t").fetchone() == ([3, 2, 1],)
    assert cursor.execute("SELECT array_agg(name ORDER BY id) FROM t").fetchone() == (["a", "b", "c"],)


def test_prepared_statement_is_used_again(connection):
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL)")
    for i in range(20):
        connection.execute("INSERT INTO t VALUES (%s, %s)", [i, f"name {i}"], prepare=True)
    for i in range(20):
        assert connection.execute("SELECT name FROM t WHERE id = %s", [i], prepare=True).fetchone() == (f"name {i}",)
    connection.execute("ALTER TABLE t ADD COLUMN more integer DEFAULT 5")
    assert connection.execute("SELECT name, more FROM t WHERE id = %s", [3], prepare=True).fetchone() == ("name 3", 5)


def test_executemany_and_returning(connection):
    connection.execute("CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL)")
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t (name) VALUES (%s) RETURNING id", [["a"], ["b"], ["c"]], returning=True)
    ids = [result.fetchone()[0] for result in cursor.results()]
    assert ids == [1, 2, 3]


def test_pipeline(connection):
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
    with pytest.raises(psycopg.errors.UniqueViolation), connection.pipeline():
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_cursor_with_hold_outlives_its_transaction(server):
    with server.connect() as connection:
        with connection.cursor(name="kept", withhold=True) as cursor:
            cursor.execute("SELECT generate_series(1, 1000)")
            connection.commit()
            assert cursor.fetchmany(10) == [(i,) for i in range(1, 11)]
            connection.rollback()
            assert [i for (i,) in cursor] == list(range(11, 1001))
        connection.commit()
        connection.execute("DECLARE dropped CURSOR WITH HOLD FOR SELECT 1")
        connection.rollback()
        with pytest.raises(psycopg.errors.InvalidCursorName):
            connection.execute("FETCH dropped")
        connection.rollback()
        connection.autocommit = True
        connection.execute("DECLARE alone CURSOR WITH HOLD FOR SELECT 2")
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("DECLARE broken CURSOR WITH HOLD FOR SELECT 1 / 0")
        with pytest.raises(psycopg.errors.NoActiveSqlTransaction):
            connection.execute("DECLARE short CURSOR FOR SELECT 3")
        assert connection.execute("FETCH ALL FROM alone").fetchall() == [(2,)]
        connection.execute("CLOSE ALL")
        with pytest.raises(psycopg.errors.InvalidCursorName):
            connection.execute("FETCH alone")


def test_cursor_with_hold_among_statements_sent_together(connection):
    connection.execute("BEGIN; DECLARE a CURSOR WITH HOLD FOR SELECT 1; ROLLBACK; BEGIN; COMMIT")
    connection.execute("BEGIN; DECLARE b CURSOR WITH HOLD FOR SELECT 2; COMMIT")
    connection.execute("DECLARE c CURSOR WITH HOLD FOR SELECT 3; SELECT 1")
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("DECLARE d CURSOR WITH HOLD FOR SELECT 4; SELECT 1 / 0")
    found = {}
    for name in "abcd":
        try:
            found[name] = connection.execute(f"FETCH {name}").fetchall()
        except psycopg.errors.InvalidCursorName:
            found[name] = None
    assert found == {"a": None, "b": [(2,)], "c": [(3,)], "d": None}


def test_advisory_locks(server, connection):
    ask = lambda connection, call: connection.execute(f"SELECT {call}").fetchone()[0]  # noqa: E731
    with server.connect(autocommit=True) as other:
        assert ask(connection, "pg_advisory_lock(1)") == ""
        assert ask(connection, "pg_try_advisory_lock(1)") and not ask(other, "pg_try_advisory_lock(1)")
        assert ask(other, "pg_try_advisory_lock(1, 1)") and not ask(connection, "pg_try_advisory_lock_shared(1, 1)")
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ask(other, "pg_advisory_lock(1)")
        other.execute("SET lock_timeout = 0; SET statement_timeout = '50ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            ask(other, "pg_advisory_lock(1)")
        other.execute("SET statement_timeout = 0")
        taken = []
        waiting = threading.Thread(target=lambda: taken.append(ask(other, "pg_advisory_lock(1)")))
        waiting.start()
        assert ask(connection, "pg_advisory_unlock(1)")
        waiting.join(0.1)
        assert waiting.is_alive(), "it was locked twice"
        assert ask(connection, "pg_advisory_unlock(1)") and not ask(connection, "pg_advisory_unlock(1)")
        waiting.join(30)
        assert taken == [""]
        assert ask(other, "pg_advisory_unlock_all()") == "" and ask(connection, "pg_try_advisory_lock(1)")

        connection.execute("BEGIN")
        ask(connection, "pg_advisory_xact_lock(5)")
        assert not ask(other, "pg_try_advisory_lock(5)") and not ask(connection, "pg_advisory_unlock(5)")
        connection.execute("ROLLBACK")
        assert ask(other, "pg_try_advisory_lock(5)")
        assert ask(connection, "pg_advisory_lock_shared(6)") == ""
        assert ask(other, "pg_try_advisory_lock_shared(6)") and not ask(other, "pg_try_advisory_lock(6)")
    # What a session holds ends with it.
    for _ in range(100):
        if ask(connection, "pg_try_advisory_lock(5)"):
            break
    else:
        pytest.fail("the lock was believed to be free")


def test_server_side_cursor(server):
    with server.connect() as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
        connection.execute("INSERT INTO t SELECT * FROM generate_series(1, 1000)")
        with connection.cursor(name="page") as cursor:
            cursor.itersize = 100
            cursor.execute("SELECT id FROM t ORDER BY id")
            assert cursor.fetchmany(10) == [(i,) for i in range(1, 11)]
            assert [i for (i,) in cursor] == list(range(11, 1001))


def test_foreign_key_violation_has_all_fields(connection):
    connection.execute("CREATE SCHEMA shop")
    connection.execute("CREATE TABLE shop.customers (id integer PRIMARY KEY)")
    connection.execute(
        "CREATE TABLE shop.orders (id integer PRIMARY KEY, customer_id integer CONSTRAINT fk_customer "
        "REFERENCES shop.customers ON DELETE RESTRICT)"
    )
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as raised:
        connection.execute("INSERT INTO shop.orders VALUES (1, 42)")
    diag = raised.value.diag
    assert (diag.schema_name, diag.table_name, diag.constraint_name) == ("shop", "orders", "fk_customer")
    assert diag.severity == diag.severity_nonlocalized == "ERROR"
    assert diag.message_detail.startswith('Key (customer_id)=(42) is not present in table "customers".')
    connection.execute("INSERT INTO shop.customers VALUES (1)")
    connection.execute("INSERT INTO shop.orders VALUES (1, 1)")
    with pytest.raises(psycopg.errors.IntegrityError) as raised:
        connection.execute("DELETE FROM shop.customers")
    assert raised.value.sqlstate in ("23001", "23503")
    assert raised.value.diag.constraint_name == "fk_customer"


def test_not_null_check_and_syntax(connection):
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL CONSTRAINT positive CHECK (n > 0))")
    with pytest.raises(psycopg.errors.NotNullViolation) as raised:
        connection.execute("INSERT INTO t VALUES (1, NULL)")
    assert raised.value.diag.column_name == "n"
    with pytest.raises(psycopg.errors.CheckViolation) as raised:
        connection.execute("INSERT INTO t VALUES (1, 0)")
    assert raised.value.diag.constraint_name == "positive"
    with pytest.raises(psycopg.errors.UndefinedColumn) as raised:
        connection.execute("SELECT  nothing FROM t")
    assert raised.value.diag.statement_position == "9"
    with pytest.raises(psycopg.errors.SyntaxError):
        connection.execute("SELECT 1 1")


def test_transactions_and_savepoints(server):
    with server.connect() as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
        connection.commit()
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        connection.execute("INSERT INTO t VALUES (1)")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
            connection.execute("INSERT INTO t VALUES (2)")
            connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (3)")
        connection.commit()
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES (3)")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute("SELECT 1")
        connection.rollback()
        assert connection.execute("SELECT id FROM t ORDER BY id").fetchall() == [(1,), (3,)]


def test_several_statements_in_one_query_are_one_transaction(connection):
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.mark.parametrize("form", ["text", "csv", "binary"])
def test_copy(connection, form):
    connection.execute("CREATE TABLE t (id integer PRIMARY KEY, name text, price numeric(10,2), day date)")
    rows = [(i, None if i % 3 == 0 else f"name\t{i}, \"x\" \\", decimal.Decimal(i) / 4, datetime.date(2026, 1, 1)) for i in range(1, 101)]
    options = {"text": "", "csv": " (FORMAT csv, HEADER)", "binary": " (FORMAT binary)"}[form]
    cursor = connection.cursor()
    if form == "csv":
        with cursor.copy("COPY t FROM STDIN (FORMAT csv)") as copy:
            for row in rows:
                text = ",".join("" if value is None else '"' + str(value).replace('"', '""') + '"' for value in row)
                copy.write(text + "\n")
    else:
        with cursor.copy(f"COPY t FROM STDIN{options}") as copy:
            if form == "binary":
                copy.set_types(["integer", "text", "numeric", "date"])
            for row in rows:
                copy.write_row(row)
    assert cursor.rowcount == 100
    assert connection.execute("SELECT * FROM t ORDER BY id").fetchall() == rows
    with cursor.copy(f"COPY (SELECT id, name, price, day FROM t ORDER BY id) TO STDOUT{options}") as copy:
        if form == "csv":
            lines = b"".join(copy).decode().splitlines()
            assert lines[0] == "id,name,price,day" and len(lines) == 101
        else:
            copy.set_types(["integer", "text", "numeric", "date"])
            assert list(copy.rows()) == rows


def test_copy_that_violates_leaves_nothing(connection):
    connection.execute("CREATE TABLE p (id integer PRIMARY KEY)")
    connection.execute("CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        with connection.cursor().copy("COPY c FROM STDIN") as copy:
            copy.write_row((1, None))
            copy.write_row((2, 7))
    with pytest.raises(psycopg.errors.QueryCanceled):
        with connection.cursor().copy("COPY c FROM STDIN") as copy:
            copy.write_row((1, None))
            raise psycopg.errors.QueryCanceled("changed my mind")
    assert connection.execute("SELECT count(*) FROM c").fetchone() == (0,)


def test_cancel(connection):
    timer = threading.Timer(0.3, connection.cancel_safe)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b WHERE a <> b")
    assert connection.execute("SELECT 1").fetchone() == (1,)


def test_statement_timeout(connection):
    connection.execute("SET statement_timeout = '200ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 1000000) b WHERE a <> b")
    connection.execute("SET statement_timeout = 0")
    assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_notices(connection):
    notices = []
    connection.add_notice_handler(lambda diag: notices.append((diag.severity, diag.message_primary)))
    connection.execute("DROP TABLE IF EXISTS nothing")
    connection.execute("COMMIT")
    assert notices == [
        ("NOTICE", 'table "nothing" does not exist, skipping'),
        ("WARNING", "there is no transaction in progress"),
    ]


def test_two_connections_leave_no_orphan(server):
    with server.connect() as one, server.connect() as two:
        one.execute("CREATE TABLE p (id integer PRIMARY KEY)")
        one.execute("CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p)")
        one.execute("INSERT INTO p VALUES (1)")
        one.commit()
        one.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        one.execute("DELETE FROM p WHERE id = 1")
        one.commit()
        with pytest.raises((psycopg.errors.ForeignKeyViolation, psycopg.errors.SerializationFailure)):
            two.execute("INSERT INTO c VALUES (1, 1)")
            two.commit()
        two.rollback()
        assert two.execute("SELECT count(*) FROM c").fetchone() == (0,)


def test_listen_is_refused_or_works(connection):
    try:
        connection.execute("LISTEN channel")
    except psycopg.errors.FeatureNotSupported as error:
        assert error.diag.message_hint
