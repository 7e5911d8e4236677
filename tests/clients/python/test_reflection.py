"""What SQLAlchemy's inspector reads back from the catalog is what was declared."""

import pytest
from sqlalchemy import MetaData, create_engine, inspect, text

SCHEMA = """
CREATE SCHEMA other;
CREATE TABLE other.regions (id integer PRIMARY KEY, name varchar(30) NOT NULL);
CREATE TABLE customers (
    id serial PRIMARY KEY,
    email text NOT NULL CONSTRAINT one_email UNIQUE,
    region_id integer CONSTRAINT fk_region REFERENCES other.regions ON DELETE SET NULL ON UPDATE CASCADE,
    born date DEFAULT '2000-01-01',
    balance numeric(10,2) NOT NULL DEFAULT 0 CONSTRAINT no_debts CHECK (balance >= 0)
);
CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY, ref integer, PRIMARY KEY (id, ref));
CREATE TABLE items (
    id uuid PRIMARY KEY,
    invoice bigint,
    ref integer,
    CONSTRAINT fk_invoice FOREIGN KEY (invoice, ref) REFERENCES invoices (id, ref) MATCH FULL ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE employees (id integer PRIMARY KEY, manager integer REFERENCES employees);
CREATE INDEX by_region ON customers (region_id, born DESC);
CREATE UNIQUE INDEX by_both ON customers (email, region_id);
CREATE VIEW rich AS SELECT id, email FROM customers WHERE balance > 1000;
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.email IS 'where to write';
"""


@pytest.fixture
def engine(server, connection):
    connection.execute(SCHEMA)
    engine = create_engine(f"postgresql+psycopg://{server.user}@{server.host}:{server.port}/{server.database}")
    yield engine
    engine.dispose()


def test_names(engine):
    inspector = inspect(engine)
    assert inspector.default_schema_name == "public"
    assert set(inspector.get_schema_names()) >= {"public", "other", "information_schema"}
    assert set(inspector.get_table_names()) == {"customers", "invoices", "items", "employees"}
    assert inspector.get_table_names(schema="other") == ["regions"]
    assert inspector.get_view_names() == ["rich"]
    assert inspector.has_table("customers") and not inspector.has_table("nothing")
    assert "customers_id_seq" in inspector.get_sequence_names()


def test_columns(engine):
    columns = {column["name"]: column for column in inspect(engine).get_columns("customers")}
    assert list(columns) == ["id", "email", "region_id", "born", "balance"]
    assert [str(column["type"]) for column in columns.values()] == ["INTEGER", "TEXT", "INTEGER", "DATE", "NUMERIC(10, 2)"]
    assert [column["nullable"] for column in columns.values()] == [False, False, True, True, False]
    assert columns["id"]["default"] == "nextval('customers_id_seq'::regclass)"
    assert columns["born"]["default"] == "'2000-01-01'::date"
    assert columns["balance"]["default"] == "0"
    assert columns["email"]["comment"] == "where to write"
    identity = inspect(engine).get_columns("invoices")[0]["identity"]
    assert identity["always"] and identity["start"] == 1 and identity["increment"] == 1


def test_foreign_keys(engine):
    inspector = inspect(engine)
    assert inspector.get_foreign_keys("customers") == [
        {
            "name": "fk_region", "constrained_columns": ["region_id"], "referred_schema": "other",
            "referred_table": "regions", "referred_columns": ["id"],
            "options": {"ondelete": "SET NULL", "onupdate": "CASCADE"}, "comment": None,
        }
    ]
    (item,) = inspector.get_foreign_keys("items")
    assert item["constrained_columns"] == ["invoice", "ref"] and item["referred_columns"] == ["id", "ref"]
    assert item["options"] == {"ondelete": "CASCADE", "deferrable": True, "initially": "DEFERRED", "match": "FULL"}
    (employee,) = inspector.get_foreign_keys("employees")
    assert employee["name"] == "employees_manager_fkey" and employee["referred_table"] == "employees"


def test_keys_and_indexes(engine):
    inspector = inspect(engine)
    key = inspector.get_pk_constraint("invoices")
    assert (key["name"], key["constrained_columns"]) == ("invoices_pkey", ["id", "ref"])
    unique = [(one["name"], one["column_names"]) for one in inspector.get_unique_constraints("customers")]
    assert unique == [("one_email", ["email"])]
    indexes = {index["name"]: index for index in inspector.get_indexes("customers")}
    assert set(indexes) == {"by_region", "by_both", "one_email"}
    assert indexes["by_region"]["column_names"] == ["region_id", "born"] and not indexes["by_region"]["unique"]
    assert indexes["by_region"]["column_sorting"] == {"born": ("desc",)}
    assert indexes["by_both"]["unique"] and indexes["one_email"]["duplicates_constraint"] == "one_email"
    (check,) = inspector.get_check_constraints("customers")
    assert check["name"] == "no_debts" and "balance >=" in check["sqltext"]


def test_comment_and_view(engine):
    inspector = inspect(engine)
    assert inspector.get_table_comment("customers") == {"text": "who buys"}
    assert "balance" in inspector.get_view_definition("rich")


def test_reflected_metadata_makes_the_same_again(engine):
    metadata = MetaData()
    metadata.reflect(engine)
    assert {"customers", "invoices", "items", "employees", "other.regions"} <= set(metadata.tables)
    metadata.drop_all(engine, tables=[metadata.tables["items"], metadata.tables["employees"]])
    metadata.create_all(engine)
    (item,) = inspect(engine).get_foreign_keys("items")
    assert item["name"] == "fk_invoice" and item["options"]["match"] == "FULL"


def test_types_by_name(engine):
    with engine.connect() as connection:
        row = connection.execute(text("SELECT 'customers'::regclass::text, to_regclass('nothing'), pg_typeof(1)::text")).one()
        assert tuple(row) == ("customers", None, "integer")
