-- What the catalogs tell of temporary tables.
SELECT pg_my_temp_schema() = 0 AS none_yet;
CREATE TEMP TABLE t (id SERIAL PRIMARY KEY, v TEXT UNIQUE);
CREATE INDEX t_v ON t (v);
CREATE TEMP VIEW tv AS SELECT id FROM t;
CREATE TABLE kept (id INTEGER PRIMARY KEY);
SELECT relname, relkind, relpersistence, pg_table_is_visible(oid) AS visible
  FROM pg_class WHERE relname IN ('t', 't_pkey', 't_v', 't_v_key', 't_id_seq', 'tv', 'kept', 'kept_pkey') ORDER BY relname;
SELECT table_name, table_type, is_insertable_into FROM information_schema.tables
  WHERE table_name IN ('t', 'kept') ORDER BY table_name;
SELECT column_name, data_type, column_default FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position;
SELECT conname, contype FROM pg_constraint WHERE conrelid = 't'::regclass AND contype IN ('p', 'u') ORDER BY conname;
SELECT n.oid = pg_my_temp_schema() AS mine, n.nspname LIKE 'pg\_temp%' AS named, pg_is_other_temp_schema(n.oid) AS other
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 't';
SELECT 't'::regclass AS t, 'pg_temp.t'::regclass = 't'::regclass AS same, to_regclass('public.t') IS NULL AS permanent_none;
SELECT pg_get_indexdef('t_pkey'::regclass) LIKE 'CREATE UNIQUE INDEX t_pkey ON pg_temp%t USING btree (id)' AS shown;

-- A permanent table that is hidden is not visible.
CREATE TABLE t (other INTEGER);
SELECT relpersistence, pg_table_is_visible(oid) AS visible FROM pg_class WHERE relname = 't' ORDER BY relpersistence;
SELECT 'public.t'::regclass AS t;
SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum;
DROP TABLE t CASCADE;
SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum;
DROP SCHEMA pg_temp;
DROP SCHEMA pg_temp CASCADE;
