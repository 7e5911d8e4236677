"""Alembic: upgrade and downgrade, and autogenerate that finds no difference afterwards."""

import textwrap

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Numeric, String, Table, UniqueConstraint, create_engine, inspect

REVISIONS = {
    "001_tables.py": """
        revision, down_revision = "001", None
        def upgrade():
            op.create_table(
                "customers",
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("name", sa.String(100), nullable=False),
            )
            op.create_table(
                "orders",
                sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("customer_id", sa.Integer, nullable=False),
                sa.Column("total", sa.Numeric(10, 2), server_default="0"),
                sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_orders_customer"),
            )
        def downgrade():
            op.drop_table("orders")
            op.drop_table("customers")
    """,
    "002_rules.py": """
        revision, down_revision = "002", "001"
        def upgrade():
            op.add_column("customers", sa.Column("email", sa.String(200)))
            op.create_unique_constraint("uq_customers_email", "customers", ["email"])
            op.drop_constraint("fk_orders_customer", "orders", type_="foreignkey")
            op.create_foreign_key(
                "fk_orders_customer", "orders", "customers", ["customer_id"], ["id"], ondelete="CASCADE",
                deferrable=True, initially="DEFERRED",
            )
            op.create_index("ix_orders_customer_id", "orders", ["customer_id"])
            op.alter_column("customers", "name", nullable=True, new_column_name="full_name")
        def downgrade():
            op.alter_column("customers", "full_name", nullable=False, new_column_name="name")
            op.drop_index("ix_orders_customer_id", "orders")
            op.drop_constraint("fk_orders_customer", "orders", type_="foreignkey")
            op.create_foreign_key("fk_orders_customer", "orders", "customers", ["customer_id"], ["id"])
            op.drop_constraint("uq_customers_email", "customers")
            op.drop_column("customers", "email")
    """,
}
ENVIRONMENT = """
from alembic import context
from sqlalchemy import create_engine
with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

metadata = MetaData()
Table(
    "customers", metadata,
    Column("id", Integer, primary_key=True),
    Column("full_name", String(100)),
    Column("email", String(200)),
    UniqueConstraint("email", name="uq_customers_email"),
)
Table(
    "orders", metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "customer_id", Integer,
        ForeignKey("customers.id", name="fk_orders_customer", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("total", Numeric(10, 2), server_default="0"),
    Index("ix_orders_customer_id", "customer_id"),
)


@pytest.fixture
def url(server):
    return f"postgresql+psycopg://{server.user}@{server.host}:{server.port}/{server.database}"


@pytest.fixture
def config(url, tmp_path):
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENVIRONMENT)
    for name, text in REVISIONS.items():
        (tmp_path / "versions" / name).write_text("from alembic import op\nimport sqlalchemy as sa\n" + textwrap.dedent(text))
    config = Config()
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("sqlalchemy.url", url)
    return config


def differences(url):
    with create_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True, "compare_type": True})
        return compare_metadata(context, metadata)


def test_up_and_down(config, url):
    command.upgrade(config, "head")
    assert differences(url) == []
    command.downgrade(config, "001")
    (key,) = inspect(create_engine(url)).get_foreign_keys("orders")
    assert key["options"] == {}
    assert differences(url) != []
    command.upgrade(config, "head")
    assert differences(url) == []
    command.downgrade(config, "base")
    assert inspect(create_engine(url)).get_table_names() == ["alembic_version"]


def test_what_create_all_makes_shows_no_difference(url):
    metadata.create_all(create_engine(url))
    assert differences(url) == []
