"""Clients that are told to work along a search path of their own, in the ways in which each is told."""

import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import MetaData, create_engine, event, inspect, text

SCHEMA = """
CREATE SCHEMA shop;
CREATE TABLE public.customers (name text);
CREATE TABLE shop.customers (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE shop.orders (id integer PRIMARY KEY, customer integer REFERENCES shop.customers ON DELETE CASCADE);
CREATE VIEW shop.buyers AS SELECT c.name FROM shop.customers c JOIN shop.orders o ON o.customer = c.id;
"""

DJANGO = """
import django
from django.conf import settings
import os
settings.configure(DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"], "NAME": os.environ["PGDATABASE"],
    "OPTIONS": {"options": "-c search_path=tenant,public"},
}})
django.setup()
from django.db import connection, models

class Customer(models.Model):
    name = models.TextField()
    class Meta:
        app_label = "shop"

class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    class Meta:
        app_label = "shop"

with connection.schema_editor() as editor:
    editor.create_model(Customer)
    editor.create_model(Order)
Order.objects.create(customer=Customer.objects.create(name="Ann"))
print(sorted(connection.introspection.table_names()))
with connection.cursor() as cursor:
    print(connection.introspection.get_relations(cursor, "shop_order"))
Order.objects.all().delete()
print(Order.objects.count())
"""


def test_a_connection_begins_with_a_path(server, connection):
    connection.execute(SCHEMA)
    with psycopg.connect(server.dsn, options="-c search_path=shop,public") as along:
        assert along.info.parameter_status("search_path") in ("shop,public", None)
        along.execute("INSERT INTO customers (name) VALUES (%s)", ["Ann"])
        for _ in range(7):  # psycopg prepares a statement that comes again
            assert along.execute("SELECT name FROM customers WHERE id = %s", [1]).fetchall() == [("Ann",)]
        along.execute("SET LOCAL search_path = public")
        with pytest.raises(psycopg.errors.UndefinedColumn):
            along.execute("SELECT name FROM customers WHERE id = %s", [1])
        along.rollback()
        assert along.execute("SELECT count(*) FROM customers").fetchone() == (0,)


def test_sqlalchemy_reflects_along_a_path(server, connection):
    connection.execute(SCHEMA)
    address = f"postgresql+psycopg://{server.user}@{server.host}:{server.port}/{server.database}"
    engine = create_engine(address, connect_args={"options": "-c search_path=shop"})
    try:
        inspector = inspect(engine)
        assert inspector.default_schema_name == "shop"
        assert set(inspector.get_table_names()) == {"customers", "orders"}
        assert inspector.get_view_names() == ["buyers"]
        [key] = inspector.get_foreign_keys("orders")
        assert (key["referred_schema"], key["referred_table"]) == (None, "customers")
        [key] = inspector.get_foreign_keys("orders", schema="shop")
        assert (key["referred_schema"], key["referred_table"]) == ("shop", "customers")
        assert inspector.get_columns("customers")[0]["default"] == "nextval('customers_id_seq'::regclass)"
        metadata = MetaData()
        metadata.reflect(engine)
        assert sorted(metadata.tables) == ["customers", "orders"]
        with engine.begin() as begun:
            number = begun.execute(metadata.tables["customers"].insert().returning(text("id")), {"name": "Ann"}).scalar()
            assert number == 1
    finally:
        engine.dispose()
    # Set by an event, as the documentation of SQLAlchemy says; a foreign key to what the path does not find names its schema.
    engine = create_engine(address)

    @event.listens_for(engine, "connect", insert=True)
    def set_path(connected, _):
        connected.autocommit = True
        connected.execute("SET SESSION search_path = public")
        connected.autocommit = False

    try:
        inspector = inspect(engine)
        [key] = inspector.get_foreign_keys("orders", schema="shop")
        assert (key["referred_schema"], key["referred_table"]) == ("shop", "customers")
    finally:
        engine.dispose()


def test_django_works_along_a_path(server, connection):
    connection.execute("CREATE SCHEMA tenant")
    done = subprocess.run([sys.executable, "-c", DJANGO], env=server.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = ["['shop_customer', 'shop_order']", "{'customer_id': ('id', 'shop_customer')}", "0"]
    assert done.stdout.splitlines() == told
    made = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename LIKE 'shop\\_%'").fetchall()
    assert made == [("tenant",), ("tenant",)]


def test_a_dump_is_read_in(server, connection):
    # What pg_dump writes at the head of a script.
    connection.execute("SELECT pg_catalog.set_config('search_path', '', false)")
    connection.execute("CREATE TABLE public.t (id integer NOT NULL)")
    connection.execute("CREATE SEQUENCE public.t_id_seq AS integer START WITH 1")
    connection.execute("ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id")
    connection.execute("ALTER TABLE ONLY public.t ALTER COLUMN id SET DEFAULT nextval('public.t_id_seq'::regclass)")
    connection.execute("ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)")
    connection.execute("SELECT pg_catalog.setval('public.t_id_seq', 5, true)")
    with server.connect() as other:
        assert other.execute("INSERT INTO t DEFAULT VALUES RETURNING id").fetchone() == (6,)
