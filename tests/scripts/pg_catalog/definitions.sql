-- What pg_constraint, pg_index and the functions that write definitions say of every kind of key.

CREATE TABLE p (a INTEGER, b INTEGER, c INTEGER, "Odd name" INTEGER UNIQUE, PRIMARY KEY (a, b), UNIQUE (b, a));
CREATE TABLE q (
  id INTEGER PRIMARY KEY,
  a INTEGER DEFAULT 7,
  b INTEGER,
  o INTEGER CONSTRAINT "q odd" REFERENCES p ("Odd name") ON UPDATE CASCADE,
  doubled INTEGER GENERATED ALWAYS AS (id * 2) STORED,
  CONSTRAINT q_full FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL ON DELETE SET DEFAULT ON UPDATE SET NULL,
  CONSTRAINT q_back FOREIGN KEY (a, b) REFERENCES p (b, a) ON DELETE RESTRICT,
  CHECK (id > 0)
);
ALTER TABLE q ADD CONSTRAINT q_later FOREIGN KEY (id) REFERENCES p ("Odd name") NOT VALID;
CREATE INDEX q_a_b ON q (a, b);
CREATE UNIQUE INDEX q_b ON q (b);

SELECT conname, contype, condeferrable, condeferred, convalidated, confupdtype, confdeltype, confmatchtype, conkey, confkey
FROM pg_constraint WHERE conrelid IN ('p'::regclass, 'q'::regclass) AND contype <> 'n' ORDER BY conname;
SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE conrelid IN ('p'::regclass, 'q'::regclass) AND contype NOT IN ('n', 'c') ORDER BY conname;
SELECT conname, conrelid::regclass AS on_table, confrelid::regclass AS referenced, conindid::regclass AS key
FROM pg_constraint WHERE contype = 'f' ORDER BY conname;

SELECT indexrelid::regclass AS index, indrelid::regclass AS on_table, indisunique, indisprimary, indnkeyatts, indkey,
  pg_get_indexdef(indexrelid) AS definition, pg_get_indexdef(indexrelid, 1, true) AS first_column
FROM pg_index WHERE indrelid IN ('p'::regclass, 'q'::regclass) ORDER BY indexrelid::regclass::text;
SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname;

SELECT attname, attnum, format_type(atttypid, atttypmod) AS type, attnotnull, atthasdef, attidentity, attgenerated
FROM pg_attribute WHERE attrelid = 'q'::regclass AND attnum > 0 ORDER BY attnum;
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) AS text FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND attgenerated = '' ORDER BY 1;

-- A dropped column leaves the numbers of the others.
ALTER TABLE p DROP COLUMN c;
SELECT attname, attnum FROM pg_attribute WHERE attrelid = 'p'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;

-- Names and OIDs.
SELECT 'p'::regclass AS a, 'public.q'::regclass AS b, '"pg_class"'::regclass AS c, 'pg_catalog.pg_type'::regclass::oid AS d;
SELECT to_regclass('nothing') AS nothing, to_regclass('p') AS p, to_regtype('int4') AS int4, to_regtype('varchar(3)') AS varchar, to_regtype('nothing') AS missing;
SELECT 'nothing'::regclass;
SELECT 'int8'::regtype AS a, 1043::regtype AS b, '_int4'::regtype::text AS c, 'character varying'::regtype::oid AS d;
SELECT 'nothing'::regtype;
SELECT 'pg_catalog'::regnamespace AS a, 2200::regnamespace::text AS b;
SELECT oid::regclass::text AS name FROM pg_class WHERE relname IN ('p', 'q', 'p_pkey') ORDER BY 1;
SELECT pg_table_is_visible('p'::regclass) AS visible, pg_table_is_visible(4294967) AS unknown;
SELECT format_type(1043, 14) AS a, format_type(1700, 655366) AS b, format_type(1007, NULL) AS c, format_type(1042, 9) AS d, format_type(25, -1) AS e, format_type(0, NULL) AS f;

-- Other texts.
SELECT quote_ident('plain') AS a, quote_ident('Odd "name"') AS b, quote_ident('select') AS c, quote_literal('it''s') AS d, quote_nullable(NULL) AS e;
SELECT pg_size_pretty(10::bigint) AS a, pg_size_pretty(10240::bigint) AS b, pg_size_pretty(123456789::bigint) AS c;
SELECT json_build_object('a', 1, 'b', NULL, 'c', true, 'd', 'x"y') AS object;
SELECT current_schemas(false) AS path, current_schemas(true) AS whole, array_upper(current_schemas(true), 1) AS length;
SELECT has_table_privilege('p', 'SELECT') AS a, pg_is_in_recovery() AS b, pg_encoding_to_char(6) AS c;
SELECT pg_get_serial_sequence('p', 'a') AS none;

-- Comments.
COMMENT ON TABLE p IS 'the keys';
COMMENT ON COLUMN p.b IS 'second';
COMMENT ON CONSTRAINT q_full ON q IS 'both or none';
COMMENT ON INDEX q_a_b IS 'for looking up';
SELECT obj_description('p'::regclass, 'pg_class') AS a, col_description('p'::regclass, 2) AS b, obj_description('q_a_b'::regclass) AS c;
SELECT objoid::regclass AS object, objsubid, description FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid >= 16384 ORDER BY 3;
SELECT c.conname, d.description FROM pg_description d JOIN pg_constraint c ON c.oid = d.objoid AND d.classoid = 'pg_constraint'::regclass;

-- Deferrable keys, and a column list after SET NULL.
CREATE TABLE r (
  a INTEGER UNIQUE DEFERRABLE,
  b INTEGER,
  CONSTRAINT r_fk FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE SET NULL (b) DEFERRABLE INITIALLY DEFERRED
);
SELECT conname, contype, condeferrable, condeferred, confdelsetcols, pg_get_constraintdef(oid, true) AS definition
FROM pg_constraint WHERE conrelid = 'r'::regclass ORDER BY conname;
SELECT indexrelid::regclass AS index, indimmediate FROM pg_index WHERE indrelid = 'r'::regclass;

-- How indexes were declared.
CREATE INDEX r_down ON r (a DESC, b NULLS FIRST);
CREATE INDEX r_hash ON r USING hash (b);
CREATE UNIQUE INDEX r_more ON r (b) INCLUDE (a);
SELECT i.indexrelid::regclass AS index, am.amname, indnatts, indnkeyatts, indkey, indoption, pg_get_indexdef(indexrelid, 0, true) AS definition,
  pg_index_column_has_property(i.indexrelid, 1, 'desc') AS descending
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
WHERE indrelid = 'r'::regclass ORDER BY indexrelid::regclass::text;
