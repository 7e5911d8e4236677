"""psql shows tables, keys and who references them."""

import subprocess

import pytest

from conftest import need


@pytest.fixture(autouse=True)
def installed():
    need("psql")


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
    arguments = ["psql", "-X", "-v", "ON_ERROR_STOP=1"]
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
