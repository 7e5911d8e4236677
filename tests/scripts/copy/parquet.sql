-- Shows COPY to and from Parquet files, with every type, and keys enforced on the way in.
-- bowline only: PostgreSQL has no Parquet.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE everything (
    id INTEGER PRIMARY KEY, parent_id BIGINT REFERENCES parent, flag BOOLEAN, price NUMERIC(10,2), ratio DOUBLE PRECISION,
    name VARCHAR(20), day DATE, moment TIMESTAMP, instant TIMESTAMPTZ, code UUID, bytes BYTEA
);
INSERT INTO parent VALUES (1), (2);
INSERT INTO everything VALUES
    (1, 1, true, 12.50, 0.5, 'one', '2026-01-02', '2026-01-02 03:04:05', '2026-01-02 03:04:05+00', '6f1e0c9a-1111-4222-8333-444455556666', '\x0102'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
COPY everything TO 'everything.parquet' WITH (FORMAT parquet);
CREATE TABLE again (
    id INTEGER PRIMARY KEY, parent_id BIGINT REFERENCES parent, flag BOOLEAN, price NUMERIC(10,2), ratio DOUBLE PRECISION,
    name VARCHAR(20), day DATE, moment TIMESTAMP, instant TIMESTAMPTZ, code UUID, bytes BYTEA
);
COPY again FROM 'everything.parquet' WITH (FORMAT parquet);
SELECT id, parent_id, flag, price, ratio, name FROM again ORDER BY id;
SELECT id, day, moment, code, bytes FROM again ORDER BY id;
COPY again FROM 'everything.parquet' WITH (FORMAT parquet);
DELETE FROM again;
DELETE FROM everything;
DELETE FROM parent;
COPY again FROM 'everything.parquet' WITH (FORMAT parquet);
SELECT count(*) FROM again;
CREATE TABLE other (a TEXT, b TEXT);
COPY other FROM 'everything.parquet' WITH (FORMAT parquet);
COPY other FROM 'missing.parquet' WITH (FORMAT parquet);
