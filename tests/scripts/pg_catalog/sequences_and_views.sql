-- Sequences and views in pg_catalog: what owns them, what they read, where they stand.

CREATE TABLE t (id SERIAL PRIMARY KEY, n BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10), s SMALLSERIAL);
CREATE SEQUENCE free START 5 INCREMENT 2 MAXVALUE 99 CYCLE;
CREATE VIEW v AS SELECT id, n FROM t;
CREATE VIEW w (first, price) AS SELECT id, 1.5::numeric(5,2) FROM v;

SELECT seqrelid::regclass AS sequence, format_type(seqtypid, NULL) AS type, seqstart, seqincrement, seqmin, seqmax, seqcycle
FROM pg_sequence ORDER BY seqrelid::regclass::text;
SELECT pg_get_serial_sequence('t', 'id') AS id, pg_get_serial_sequence('t', 'n') AS n, pg_get_serial_sequence('public.t', 's') AS s;
SELECT d.objid::regclass AS sequence, d.refobjid::regclass AS owner, d.refobjsubid, d.deptype
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass ORDER BY d.objid::regclass::text;
SELECT sequencename, last_value FROM pg_sequences ORDER BY 1;
INSERT INTO t DEFAULT VALUES;
SELECT nextval('free'), nextval('free'::regclass);
SELECT sequencename, last_value FROM pg_sequences ORDER BY 1;

SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a WHERE a.attrelid = 'w'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT relname, relkind, relnatts FROM pg_class WHERE relname IN ('t', 'v', 'w', 'free') ORDER BY 1;
SELECT viewname FROM pg_views WHERE schemaname = 'public' ORDER BY 1;
SELECT DISTINCT r.ev_class::regclass AS view, d.refobjid::regclass AS reads FROM pg_rewrite r
JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
WHERE r.ev_class >= 16384 AND d.refobjid <> r.ev_class ORDER BY 1, 2;
SELECT tablename, hasindexes FROM pg_tables WHERE schemaname = 'public';

-- A view over the catalog itself.
CREATE VIEW my_tables AS SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace;
SELECT relname FROM my_tables WHERE relkind = 'v' ORDER BY 1;
SELECT attname FROM pg_attribute WHERE attrelid = 'my_tables'::regclass AND attnum > 0 ORDER BY attnum;
CREATE VIEW my_columns AS SELECT attrelid::regclass::text AS relation, attname FROM pg_attribute WHERE attnum > 0 AND attrelid >= 16384;
SELECT attname FROM my_columns WHERE relation = 'my_columns' ORDER BY 1;
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_name IN ('v', 'w') ORDER BY 1, ordinal_position;
