"""The works that are measured: one for each line of the table."""

from dataclasses import dataclass, field

from data import PRODUCTS_NEVER_ORDERED, Counts


@dataclass
class Work:
    """Statements on a fresh copy of a data set. Only `timed` is on the clock; its statements are added up."""

    name: str
    title: str
    data_set: str
    timed: list[str]
    warm: list[str]
    aim: float
    # Statements before the clock, and an engine's own version of any of the three lists.
    setup: list[str] = field(default_factory=list)
    own: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    # A work that changes nothing runs several times on one copy.
    reads_only: bool = False

    def statements(self, kind: str, engine: str) -> list[str]:
        return self.own.get(engine, {}).get(kind, getattr(self, kind))


def works(n: Counts) -> list[Work]:
    """The lines of the table, in order; the load is not among them."""
    read_shop = ["SELECT count(*), max(customer_id) FROM orders", "SELECT count(*), max(product_id) FROM order_items"]
    read_customers = ["SELECT count(*), max(name) FROM customers", *read_shop]
    orphans = ["SELECT i.* FROM order_items i LEFT JOIN orders o ON o.id = i.order_id WHERE o.id IS NULL"]
    insert_orphans = [
        f"INSERT INTO order_items SELECT id + {n.orders}, 1, 1, 1, 1.00 FROM orders WHERE id <= {n.orphans}"
    ]
    return [
        Work(
            "cascade",
            f"delete 10 % of {n.customers:,} customers, cascading two levels",
            "shop",
            ["DELETE FROM customers WHERE id % 10 = 3"],
            read_customers,
            0.15,
        ),
        Work(
            "rekey",
            "change the key of 10 % of customers, ON UPDATE CASCADE",
            "shop",
            ["UPDATE customers SET id = id + 100000000 WHERE id % 10 = 3"],
            read_customers,
            0.15,
        ),
        Work(
            "set_null",
            f"delete 10 % of agents, SET NULL on a tenth of {n.tickets:,} tickets",
            "support",
            ["DELETE FROM agents WHERE id % 10 = 3"],
            ["SELECT count(*), max(name) FROM agents", "SELECT count(*), max(agent_id), max(subject) FROM tickets"],
            0.1,
        ),
        Work(
            "tree",
            f"delete the root of a tree of {n.tree:,} employees",
            "tree",
            ["DELETE FROM employees WHERE id = 1"],
            ["SELECT count(*), max(manager_id), max(name) FROM employees"],
            0.15,
        ),
        Work(
            "chain",
            f"delete the head of a chain of {n.chain:,} employees",
            "chain",
            ["DELETE FROM employees WHERE id = 1"],
            ["SELECT count(*), max(manager_id), max(name) FROM employees"],
            0.2,
        ),
        Work(
            "restrict",
            "delete 20 products that nothing references, RESTRICT, no index",
            "shop",
            [f"DELETE FROM products WHERE id > {n.products - PRODUCTS_NEVER_ORDERED}"],
            ["SELECT count(*), max(name) FROM products", *read_shop],
            0.05,
        ),
        Work(
            "orphans",
            f"list all orphans of an unenforced key among {n.orders * n.items_per_order:,} rows",
            "bare",
            orphans,
            read_shop,
            0.1,
            setup=insert_orphans,
            own={
                "bowline": {
                    "setup": insert_orphans
                    + ["ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders (id) NOT ENFORCED"],
                    "timed": ["SELECT * FROM bowline.violations"],
                },
                "sqlite": {"setup": ["PRAGMA foreign_keys = OFF", *insert_orphans], "timed": ["PRAGMA foreign_key_check(order_items)"]},
            },
            reads_only=True,
        ),
        Work(
            "insert",
            f"insert {n.orders * 11 // 100:,} referencing rows by one INSERT ... SELECT",
            "shop",
            [
                f"INSERT INTO order_items SELECT id, 100, 1 + id % {n.products - PRODUCTS_NEVER_ORDERED}, 1, 9.99"
                " FROM orders WHERE id % 100 < 11"
            ],
            ["SELECT count(*), max(name) FROM products", *read_shop],
            0.2,
        ),
        Work(
            "add_key",
            f"ALTER TABLE ADD FOREIGN KEY on {n.orders:,} and {n.orders * n.items_per_order:,} rows",
            "bare",
            [
                "ALTER TABLE orders ADD CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customers (id)",
                "ALTER TABLE order_items ADD CONSTRAINT fk_order FOREIGN KEY (order_id) REFERENCES orders (id)",
            ],
            read_customers,
            0.3,
        ),
        Work(
            "revenue",
            "total revenue by customer, top 10 (join of four tables)",
            "shop",
            [
                "SELECT c.id, c.name, sum(i.quantity * p.price) AS revenue FROM customers c"
                " JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id"
                " JOIN products p ON p.id = i.product_id GROUP BY c.id, c.name ORDER BY revenue DESC, c.id LIMIT 10"
            ],
            read_customers,
            0.25,
            reads_only=True,
        ),
    ]
