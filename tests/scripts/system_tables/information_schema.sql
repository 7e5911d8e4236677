-- Shows the information schema: tables, columns, constraints, and the columns of keys.

CREATE SCHEMA app;
CREATE TABLE app.parent (
    a INTEGER, b VARCHAR(20), c NUMERIC(10,2) DEFAULT 1.5 CONSTRAINT c_positive CHECK (c > 0),
    CONSTRAINT parent_pk PRIMARY KEY (a, b), CONSTRAINT parent_c_key UNIQUE (c)
);
CREATE TABLE app.child (
    id SERIAL CONSTRAINT child_pk PRIMARY KEY,
    a INTEGER NOT NULL, b VARCHAR(20), c NUMERIC(10,2) CONSTRAINT child_c_fk REFERENCES app.parent (c) ON UPDATE SET NULL,
    CONSTRAINT child_parent_fk FOREIGN KEY (b, a) REFERENCES app.parent (b, a) ON DELETE CASCADE
);
CREATE VIEW app.both_tables AS SELECT p.a FROM app.parent p;

SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'app' ORDER BY table_name;
SELECT table_name, column_name, ordinal_position, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale
FROM information_schema.columns WHERE table_schema = 'app' AND table_name <> 'both_tables' ORDER BY table_name, ordinal_position;
SELECT table_name, constraint_name, constraint_type, is_deferrable, initially_deferred
FROM information_schema.table_constraints WHERE table_schema = 'app' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;
SELECT constraint_name, table_name, column_name, ordinal_position, position_in_unique_constraint
FROM information_schema.key_column_usage WHERE table_schema = 'app' ORDER BY constraint_name, ordinal_position;
SELECT constraint_name, table_name, column_name
FROM information_schema.constraint_column_usage WHERE table_schema = 'app' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name, column_name;
SELECT constraint_name, unique_constraint_schema, unique_constraint_name, match_option, update_rule, delete_rule
FROM information_schema.referential_constraints WHERE constraint_schema = 'app' ORDER BY constraint_name;
SELECT constraint_name FROM information_schema.check_constraints
WHERE constraint_schema = 'app' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;
