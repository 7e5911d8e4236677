"""The data sets of the benchmark, and their CSV files.

Each is deterministic: the same scale gives the same bytes. Files are written once and reused.
"""

from pathlib import Path

PRODUCTS_NEVER_ORDERED = 20


class Counts:
    """How many rows each table has at a scale; 1.0 is the scale of the published table."""

    def __init__(self, scale: float):
        def scaled(count: int, at_least: int) -> int:
            return max(at_least, round(count * scale))

        self.customers = scaled(100_000, 100)
        self.products = scaled(10_000, 100)
        self.orders = self.customers * 10
        self.items_per_order = 4
        self.agents = scaled(10_000, 100)
        self.tickets = self.agents * 100
        self.tree = scaled(1_000_000, 100)
        self.chain = scaled(100_000, 100)
        self.orphans = scaled(1_000, 10)


def rows_of(table: str, n: Counts):
    """Yields the lines of a table, without line ends."""
    if table == "customers":
        return (f"{i},Customer {i},{i % 25}" for i in range(1, n.customers + 1))
    if table == "products":
        return (f"{i},Product {i},{1 + i * 7919 % 500}.{i % 100:02}" for i in range(1, n.products + 1))
    if table == "orders":
        # Neighbouring orders belong to different customers, as they would.
        return (
            f"{i},{1 + i * 48271 % n.customers},2026-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(1, n.orders + 1)
        )
    if table == "order_items":
        ordered = n.products - PRODUCTS_NEVER_ORDERED
        return (
            f"{order},{line},{1 + (order * 7919 + line * 104729) % ordered},{1 + (order + line) % 9},"
            f"{1 + order * line % 300}.{order % 100:02}"
            for order in range(1, n.orders + 1)
            for line in range(1, n.items_per_order + 1)
        )
    if table == "agents":
        return (f"{i},Agent {i}" for i in range(1, n.agents + 1))
    if table == "tickets":
        return (f"{i},{1 + i * 48271 % n.agents},Ticket {i}" for i in range(1, n.tickets + 1))
    if table == "tree":
        return (f"{i},{'' if i == 1 else (i - 2) // 10 + 1},Employee {i}" for i in range(1, n.tree + 1))
    if table == "chain":
        return (f"{i},{'' if i == 1 else i - 1},Employee {i}" for i in range(1, n.chain + 1))
    if table == "orphans":
        return (f"{n.orders + 1 + i},1,1,1,1.00" for i in range(n.orphans))
    raise ValueError(f"no such table: {table}")


# Each data set is a database: its tables in the order of loading, with the CSV file each is loaded from.
DATA_SETS = {
    "shop": {"customers": "customers", "products": "products", "orders": "orders", "order_items": "order_items"},
    "bare": {"customers": "customers", "orders": "orders", "order_items": "order_items"},
    "support": {"agents": "agents", "tickets": "tickets"},
    "tree": {"employees": "tree"},
    "chain": {"employees": "chain"},
}


def write_files(folder: Path, scale: float) -> None:
    """Writes every CSV file that is not there yet."""
    counts = Counts(scale)
    folder.mkdir(parents=True, exist_ok=True)
    tables = {table for files in DATA_SETS.values() for table in files.values()} | {"orphans"}
    for table in sorted(tables):
        path = folder / f"{table}.csv"
        if path.exists():
            continue
        unfinished = path.with_suffix(".part")
        with unfinished.open("w") as file:
            file.writelines(line + "\n" for line in rows_of(table, counts))
        unfinished.rename(path)


def schema(data_set: str, dialect: str) -> list[str]:
    """The CREATE statements of a data set.

    `dialect` is an engine's name. DuckDB has no referential actions, so it gets plain foreign keys; bowline needs no
    index on referencing columns.
    """
    actions = dialect != "duckdb"

    def on(clause: str) -> str:
        return f" {clause}" if actions else ""

    indexed = dialect in ("postgres", "sqlite")
    # SQLite cannot add a foreign key later, so its bare tables have it declared, and not enforced, from the start.
    bare_fk = " REFERENCES orders (id)" if dialect == "sqlite" else ""
    customers = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, region INTEGER NOT NULL)"
    statements = {
        "shop": [
            customers,
            "CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, price NUMERIC(10,2) NOT NULL)",
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id)"
            + on("ON DELETE CASCADE ON UPDATE CASCADE")
            + ", placed DATE NOT NULL)",
            "CREATE TABLE order_items (order_id INTEGER NOT NULL REFERENCES orders (id)"
            + on("ON DELETE CASCADE")
            + ", line_no SMALLINT NOT NULL, product_id INTEGER NOT NULL REFERENCES products (id)"
            + on("ON DELETE RESTRICT")
            + ", quantity INTEGER NOT NULL, price NUMERIC(10,2) NOT NULL, PRIMARY KEY (order_id, line_no))",
        ]
        + ["CREATE INDEX orders_customer ON orders (customer_id)"] * indexed,
        "bare": [
            customers,
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, placed DATE NOT NULL)",
            f"CREATE TABLE order_items (order_id INTEGER NOT NULL{bare_fk}, line_no SMALLINT NOT NULL,"
            " product_id INTEGER NOT NULL, quantity INTEGER NOT NULL, price NUMERIC(10,2) NOT NULL,"
            " PRIMARY KEY (order_id, line_no))",
        ],
        "support": [
            "CREATE TABLE agents (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)",
            "CREATE TABLE tickets (id INTEGER PRIMARY KEY, agent_id INTEGER REFERENCES agents (id)"
            + on("ON DELETE SET NULL")
            + ", subject TEXT NOT NULL)",
        ]
        + ["CREATE INDEX tickets_agent ON tickets (agent_id)"] * indexed,
    }
    employees = [
        "CREATE TABLE employees (id INTEGER PRIMARY KEY, manager_id INTEGER REFERENCES employees (id)"
        + on("ON DELETE CASCADE")
        + ", name VARCHAR(100) NOT NULL)"
    ] + ["CREATE INDEX employees_manager ON employees (manager_id)"] * indexed
    return statements.get(data_set, employees)
