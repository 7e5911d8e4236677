-- Shows tableoid of the system tables: found when it is named, no column of a star or of a join by name, NULL where an outer join made a row up.

SELECT tableoid, tableoid::regclass, relname FROM pg_class WHERE relname = 'pg_class';
SELECT n.tableoid = 'pg_namespace'::regclass AS is_it, nspname FROM pg_catalog.pg_namespace n WHERE nspname = 'pg_catalog';
SELECT c.tableoid::regclass, a.tableoid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relname = 'pg_am' AND a.attname = 'amname';
SELECT pg_class.tableoid FROM pg_class WHERE oid = 1259;
SELECT d.tableoid, d.objoid FROM pg_class c LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = c.tableoid AND d.objsubid = 7 WHERE c.relname = 'pg_am';
SELECT tableoid, * FROM pg_am WHERE false;
SELECT * FROM pg_tablespace NATURAL JOIN (SELECT 1 AS tableoid) x WHERE spcname = 'pg_default' AND false;
SELECT x.tableoid::regclass FROM (SELECT tableoid FROM pg_am LIMIT 1) x;
WITH w AS (SELECT tableoid AS t FROM pg_namespace) SELECT DISTINCT t::regclass FROM w;
SELECT tableoid::regclass, count(*) > 0 AS some FROM pg_namespace GROUP BY tableoid ORDER BY tableoid;
SELECT nspname FROM pg_namespace n WHERE EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND n.tableoid = 2615 AND c.relname = 'pg_am');
SELECT (SELECT tableoid) FROM pg_am WHERE amname = 'heap';
SELECT tableoid::regclass FROM pg_am WHERE amname = 'heap' UNION ALL SELECT tableoid::regclass FROM pg_namespace WHERE nspname = 'pg_catalog' ORDER BY 1;
SELECT TABLEOID FROM pg_catalog.pg_am a WHERE a.amname = 'heap' ORDER BY tableoid;
CREATE VIEW methods AS SELECT tableoid::regclass AS of, amname FROM pg_am WHERE amname = 'heap';
SELECT * FROM methods;

-- Views have none, and of two tables it is not told whose is meant.
SELECT tableoid FROM pg_tables;
-- differs: a column of two tables is not found, rather than ambiguous
SELECT tableoid FROM pg_class c, pg_am a;
SELECT column_name FROM information_schema.columns WHERE column_name = 'tableoid';
SELECT attname FROM pg_attribute WHERE attname = 'tableoid' AND attnum > 0;
