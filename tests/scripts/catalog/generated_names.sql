-- Shows the names constraints get that were declared without one, as PostgreSQL makes them.

CREATE TABLE customer (id SERIAL PRIMARY KEY, email TEXT UNIQUE, code INTEGER, region INTEGER, UNIQUE (code, region));
CREATE TABLE orders (
    id SERIAL,
    customer_id INTEGER REFERENCES customer,
    code INTEGER,
    region INTEGER,
    amount INTEGER CHECK (amount > 0) CHECK (amount < 1000),
    fee INTEGER,
    PRIMARY KEY (id),
    CHECK (fee < amount),
    FOREIGN KEY (customer_id) REFERENCES customer,
    FOREIGN KEY (code, region) REFERENCES customer (code, region)
);
CREATE INDEX ON orders (customer_id);
CREATE UNIQUE INDEX ON orders (fee, amount);
ALTER TABLE orders ADD UNIQUE (fee);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customer;
CREATE TABLE a_table_with_a_rather_long_name_that_fills_the_room (
    a_column_with_a_rather_long_name_too INTEGER REFERENCES customer
);

SELECT table_name, constraint_name, constraint_type
FROM information_schema.table_constraints
WHERE table_schema = 'public' AND constraint_name NOT LIKE '%not_null'
ORDER BY table_name, constraint_name;

-- A name given twice is refused, within a table.
ALTER TABLE orders ADD CONSTRAINT orders_pkey UNIQUE (fee);
ALTER TABLE orders ADD CONSTRAINT orders_fee_check CHECK (fee > 0);
ALTER TABLE customer ADD CONSTRAINT orders_fee_check CHECK (code > 0);
