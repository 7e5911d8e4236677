-- bowline only: options of VACUUM and storage parameters that there are not.
CREATE TABLE parent (id INT PRIMARY KEY);
VACUUM FULL parent;
VACUUM (DISABLE_PAGE_SKIPPING) parent;
VACUUM (VERBOSE) parent;
VACUUM (PARALLEL 2) parent;
ANALYZE VERBOSE;
CREATE TABLE other (id INT) WITH (fillfactor = 70);
CREATE TABLE other (id INT) WITH (autovacuum_enabled = false);
CREATE TABLE other (id INT) WITH (oids = true);
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1;
