"""Foreign keys in SQLAlchemy Core: by string, by Column object, composite, and what happens to a table named twice."""

from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    inspect,
)
from sqlalchemy.exc import IntegrityError, InvalidRequestError

from address import url

engine = create_engine(url)
metadata_obj = MetaData(schema="public")

user = Table(
    "user",
    metadata_obj,
    Column("user_id", Integer, primary_key=True),
)

user_preference = Table(
    "user_preference",
    metadata_obj,
    Column("pref_id", Integer, primary_key=True),
    Column("user_id", Integer, ForeignKey("public.user.user_id"), nullable=False),
    Column("pref_name", String(40), nullable=False),
    Column("pref_value", String(100)),
)

metadata_obj.create_all(engine)

# A Column object in place of a string.
user_test = Table(
    "user_test",
    metadata_obj,
    Column("pref_id", Integer, primary_key=True),
    Column("user_id", Integer, ForeignKey(user.c.user_id), nullable=False),
    Column("pref_name", String(40), nullable=False),
    Column("pref_value", String(100)),
)

user_test.create(engine)

invoice = Table(
    "invoice",
    metadata_obj,
    Column("invoice_id", Integer, primary_key=True),
    Column("ref_num", Integer, primary_key=True),
    Column("description", String(60), nullable=False),
)

invoice_item = Table(
    "invoice_item",
    metadata_obj,
    Column("item_id", Integer, primary_key=True),
    Column("item_name", String(60), nullable=False),
    Column("invoice_id", Integer, nullable=False),
    Column("ref_num", Integer, nullable=False),
    ForeignKeyConstraint(
        ["invoice_id", "ref_num"], ["public.invoice.invoice_id", "public.invoice.ref_num"]
    ),
)

metadata_obj.create_all(engine)

try:
    Table("invoice", metadata_obj, Column("invoice_id", Integer, primary_key=True))
except InvalidRequestError as error:
    print(f"{type(error).__name__}: {error}")

with engine.begin() as connection:
    connection.execute(insert(user), [{"user_id": 1}, {"user_id": 2}])
    connection.execute(insert(user_preference), [{"user_id": 1, "pref_name": "language", "pref_value": "en"}])
    connection.execute(insert(invoice), [{"invoice_id": 1, "ref_num": 7, "description": "rope"}])
    connection.execute(insert(invoice_item), [{"item_name": "splice", "invoice_id": 1, "ref_num": 7}])

for table, row in [
    (user_preference, {"user_id": 999, "pref_name": "language"}),
    (invoice_item, {"item_name": "knot", "invoice_id": 1, "ref_num": 8}),
]:
    try:
        with engine.begin() as connection:
            connection.execute(insert(table), [row])
    except IntegrityError as error:
        print(f"{error.orig.diag.sqlstate} {error.orig.diag.constraint_name}: {error.orig.diag.message_detail}")

for table in inspect(engine).get_table_names(schema="public"):
    for key in inspect(engine).get_foreign_keys(table, schema="public"):
        columns, referred = ", ".join(key["constrained_columns"]), ", ".join(key["referred_columns"])
        print(f"{table} ({columns}) -> {key['referred_table']} ({referred})   {key['name']}")

metadata_obj.drop_all(engine)
