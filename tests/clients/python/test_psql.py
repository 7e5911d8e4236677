"""psql shows tables, keys and who references them."""

import subprocess

import pytest

from conftest import POSTGRESQL_18, need

PROGRAMS = {"of the system": "psql", "18": str(POSTGRESQL_18 / "psql")}
program = "psql"


@pytest.fixture(autouse=True, params=PROGRAMS)
def installed(request):
    global program
    program = PROGRAMS[request.param]
    need(program)


SCHEMA = """
CREATE TABLE customers (id integer PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id integer NOT NULL CONSTRAINT fk_order_customer REFERENCES customers ON DELETE CASCADE,
    total numeric(10,2) DEFAULT 0,
    CHECK (id > 0)
);
CREATE INDEX by_customer ON orders (customer_id);
CREATE VIEW large AS SELECT id FROM orders WHERE total > 100;
"""


def psql(server, *commands: str, check: bool = True) -> str:
    arguments = [program, "-X", "-v", "ON_ERROR_STOP=1"]
    for command in commands:
        arguments += ["-c", command]
    done = subprocess.run(arguments, env=server.environment, capture_output=True, text=True, timeout=60)
    if check:
        assert done.returncode == 0, done.stderr
    return "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines()) + "\n"


def test_describes_a_referenced_table(server):
    shown = psql(server, SCHEMA, "\\d customers")
    assert shown.endswith("""\
            Table "public.customers"
 Column |  Type   | Collation | Nullable | Default
--------+---------+-----------+----------+---------
 id     | integer |           | not null |
 email  | text    |           | not null |
Indexes:
    "customers_pkey" PRIMARY KEY, btree (id)
    "customers_email_key" UNIQUE CONSTRAINT, btree (email)
Referenced by:
    TABLE "orders" CONSTRAINT "fk_order_customer" FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE

"""), shown


def test_describes_a_referencing_table(server):
    shown = psql(server, SCHEMA, "\\d orders")
    assert shown.endswith("""\
                                 Table "public.orders"
   Column    |     Type      | Collation | Nullable |              Default
-------------+---------------+-----------+----------+------------------------------------
 id          | integer       |           | not null | nextval('orders_id_seq'::regclass)
 customer_id | integer       |           | not null |
 total       | numeric(10,2) |           |          | 0
Indexes:
    "orders_pkey" PRIMARY KEY, btree (id)
    "by_customer" btree (customer_id)
Check constraints:
    "orders_id_check" CHECK (id > 0)
Foreign-key constraints:
    "fk_order_customer" FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE

"""), shown


def test_lists(server):
    psql(server, SCHEMA)
    assert " public | customers | table | postgres\n public | orders    | table | postgres\n(2 rows)" in psql(server, "\\dt")
    assert "fk_order_customer" not in psql(server, "\\di") and "by_customer" in psql(server, "\\di")
    assert "public" in psql(server, "\\dn")
    assert "orders_id_seq" in psql(server, "\\ds")
    assert "large" in psql(server, "\\dv")
    assert "tests" in psql(server, "\\l")
    assert "postgres" in psql(server, "\\du")
    assert "(0 rows)" in psql(server, "\\df")
    shown = psql(server, "\\d")
    assert "orders_id_seq" in shown and "large" in shown
    assert "large" in psql(server, "\\d+ large")
    assert "customers" in psql(server, "\\dt+")
    assert 'Did not find any relation named "nothing"' in psql(server, "\\d nothing", check=False)


def test_shows_errors_whole(server):
    psql(server, SCHEMA)
    shown = psql(server, "INSERT INTO orders (customer_id) VALUES (42)", check=False)
    assert shown.startswith('ERROR:  insert or update on table "orders" violates foreign key constraint "fk_order_customer"\nDETAIL:  Key')
    shown = psql(server, "SELECT nothing FROM orders", check=False)
    assert shown.startswith('ERROR:  column "nothing" does not exist\nLINE 1: SELECT nothing FROM orders\n               ^\n')


def test_copy_and_variables(server, tmp_path):
    psql(server, SCHEMA)
    (tmp_path / "customers.csv").write_text("id,email\n1,a@example.org\n2,b@example.org\n")
    assert "COPY 2" in psql(server, f"\\copy customers FROM '{tmp_path}/customers.csv' (FORMAT csv, HEADER)")
    assert psql(server, "\\copy (SELECT id FROM customers ORDER BY id) TO STDOUT") == "1\n2\n"
    assert "x\n---\n 2\n" in psql(server, "SELECT count(*) AS x FROM customers")


# Every command of psql 18 that describes or lists something, but for those of functions by name.
LISTS = r"""
\d \d+ \dS \da \dA+ \dAc \dAf \dAo \dAp \db+ \dc+ \dC+ \dconfig+ \dd \dD+ \ddp \dE+ \deu+ \des+ \dew+ \det+ \df+ \dF+ \dFd+ \dFp+ \dFt+ \dg+
\di+ \dl+ \dL+ \dm+ \dn+ \do+ \dO+ \dp \dP+ \drds \drg \dRp+ \dRs+ \ds+ \dt+ \dT+ \du+ \dv+ \dx+ \dX+ \dy+ \l+ \z \sv+ \conninfo \encoding
""".split()


def test_answers_every_command(server):
    if program == "psql":
        pytest.skip("other versions have other commands")
    psql(server, SCHEMA, "COMMENT ON CONSTRAINT fk_order_customer ON orders IS 'whose it is'")
    shown = {command: psql(server, command + (" large" if command == "\\sv+" else ""), check=False) for command in LISTS}
    assert not [answer for answer in shown.values() if "ERROR" in answer]
    assert "public.large" in shown["\\sv+"] and "FROM orders WHERE total > 100" in shown["\\sv+"]
    assert " pg_default | postgres |" in shown["\\db+"]
    assert "pg_database_owner=UC/pg_database_owner" in shown["\\dn+"] and "Superuser" in shown["\\du+"]
    assert " public | fk_order_customer | table constraint | whose it is" in shown["\\dd"]
    assert 'Objects in extension "bowline"' in shown["\\dx+"]
    assert " btree | integer " in shown["\\dAc"]
    assert "Client User          | postgres" in shown["\\conninfo"]


def test_system_columns_are_not_described(server):
    assert "tableoid" not in psql(server, "\\d pg_catalog.pg_class")
    assert psql(server, "SELECT tableoid::regclass FROM pg_class LIMIT 1") == " tableoid\n----------\n pg_class\n(1 row)\n\n"
